"""A recorded metric that no rule, dashboard or runbook reads.

It costs an evaluation and its series at every interval. What something outside this repository reads stands in
`alerts/lint.yaml` under `used_elsewhere`.

Mend: remove the rule, or say who reads it.

    - groups:
    -   - name: a
    -     rules:
    -       - {record: "job:up:sum", expr: sum by (job) (up)}
    + groups:
    +   - name: a
    +     rules:
    +       - {record: "job:up:sum", expr: sum by (job) (up)}
    +       - {alert: Down, expr: "job:up:sum == 0"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, lint_config, whole_match
from ballast.alerts.model import RecordingRule, RuleSet
from ballast.findings import Finding, Severity, Tree, check

READERS = ("dashboards/**/*.json", "runbooks/**/*.md", "alerts/slos/**/*.{yaml,yml}")
WORD = re.compile(r"[a-zA-Z_][\w:]*")


@check("rule/unused", on=RuleSet, severity=Severity.NOTE, also=(LINT, *READERS), home=True)
def rule_unused(rules: RuleSet, tree: Tree) -> Iterator[Finding]:
    """Names in selectors, in templates' queries and in files that show them."""
    elsewhere = lint_config(tree).used_elsewhere
    used = {selector.name for rule in rules.rules for selector in rule.query.selectors}
    for rule in rules.rules:
        used.update(word for text in getattr(rule, "annotations", {}).values() if "{{" in text for word in WORD.findall(text))
    for file in tree.match(*READERS):
        used.update(WORD.findall(file.text))
    said: set[str] = set()
    for rule in rules.rules:
        if not isinstance(rule, RecordingRule) or rule.name in used or rule.name in said:
            continue
        if not any(whole_match(pattern).match(rule.name) for pattern in elsewhere):
            said.add(rule.name)
            yield rule.finding("nobody reads it", mend="remove the rule, or name it under `used_elsewhere` in alerts/lint.yaml")
