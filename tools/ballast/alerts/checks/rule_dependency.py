"""A rule reads what no rule records, or what another group records.

A metric with a colon in its name comes from a recording rule. Where none records it, because it was removed or renamed, the
rule that reads it returns nothing and its alert is silent for ever. And a recording rule that reads what another group
records sees it up to an interval late, for groups are evaluated side by side. Metrics that may be late, or come from
elsewhere, stand in `alerts/lint.yaml` under `other_group`.

Mend: bring the rule back, mend the name, or move both rules into one group.

    - groups:
    -   - name: a
    -     rules: [{record: "job:errors:rate5m", expr: "sum by (job) (rate(errors_total[5m]))"}]
    -   - name: b
    -     rules: [{record: "errors:rate5m", expr: "sum(job:errors:rate5m)"}]
    + groups:
    +   - name: a
    +     rules:
    +       - {record: "job:errors:rate5m", expr: "sum by (job) (rate(errors_total[5m]))"}
    +       - {record: "errors:rate5m", expr: "sum(job:errors:rate5m)"}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, lint_config, whole_match
from ballast.alerts.model import RecordingRule, Rule, RuleSet
from ballast.findings import Finding, Severity, Tree, check


@check("rule/dependency", on=RuleSet, severity=Severity.WARNING, also=(LINT,))
def rule_dependency(rules: RuleSet, tree: Tree) -> Iterator[Finding]:
    """Every selector against what is recorded; where only some files are looked at, what is missing is a note."""
    late = lint_config(tree).other_group
    groups: dict[str, set[tuple[str, str]]] = {}
    for rule in rules.rules:
        if isinstance(rule, RecordingRule):
            groups.setdefault(rule.name, set()).add(_group(rule))
    for rule in rules.rules:
        for name, selector in {n.name: n for n in reversed(rule.query.selectors)}.items():
            if any(whole_match(pattern).match(name) for pattern in late):
                continue
            if name not in groups:
                if ":" in name:
                    severity = Severity.WARNING if rules.complete else Severity.NOTE
                    yield rule.in_query(selector, f"no rule records `{name}`", severity=severity)
            elif isinstance(rule, RecordingRule) and _group(rule) not in groups[name]:
                other = ", ".join(sorted(group or path for path, group in groups[name]))
                message = f"`{name}` is recorded in another group ({other}): its value is up to an interval old"
                yield rule.in_query(selector, message, mend="move both into one group, the reader after the other")


def _group(rule: Rule) -> tuple[str, str]:
    return rule.source.path, rule.group
