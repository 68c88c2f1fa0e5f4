"""Two recording rules write the same series.

Prometheus keeps one of two samples and logs the other as dropped, evaluation by evaluation; once one of the rules is edited
nobody knows which of the two is read.

Mend: remove one, or tell their series apart by a label.

    - groups:
    -   - name: a
    -     rules:
    -       - {record: "job:up:sum", expr: sum by (job) (up)}
    -       - {record: "job:up:sum", expr: sum(up) by (job)}
    + groups:
    +   - name: a
    +     rules:
    +       - {record: "job:up:sum", expr: sum by (job) (up)}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import RecordingRule, RuleSet
from ballast.findings import Finding, check


@check("rule/duplicate", on=RuleSet)
def rule_duplicate(rules: RuleSet) -> Iterator[Finding]:
    """Same name and labels, and queries that are the same or select the same metrics."""
    known: dict[tuple[object, ...], list[RecordingRule]] = {}
    for rule in rules.rules:
        if not isinstance(rule, RecordingRule):
            continue
        same = known.setdefault((rule.resource, rule.name, *sorted(rule.labels.items())), [])
        twin = next((other for other in same if _reads(other) == _reads(rule)), None)
        if twin:
            yield rule.finding(f"writes what the rule at {twin.position('record')} writes", mend="remove one of the two")
        same.append(rule)


def _reads(rule: RecordingRule) -> object:
    """What a rule's series are made of: rules that differ in their selectors may write different series."""
    selectors = [(n.name, n.matchers, n.range, n.offset) for n in rule.query.selectors]
    return selectors if rule.query.root is not None else rule.expr
