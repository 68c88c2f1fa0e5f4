"""Two alerts have one name and mean different things.

A name is how people find the runbook and how silences and inhibitions are written. Rules of one name are right only as
levels of the same condition: they must differ in `severity`, and share their labels `service` and `slo` (or have none).

Mend: rename one, or tell them apart by `severity`.

    - groups:
    -   - name: a
    -     rules:
    -       - {alert: Down, expr: up == 0, labels: {severity: page}}
    -       - {alert: Down, expr: probe_success == 0, labels: {severity: page}}
    + groups:
    +   - name: a
    +     rules:
    +       - {alert: Down, expr: up == 0, labels: {severity: page}}
    +       - {alert: ProbeFails, expr: probe_success == 0, labels: {severity: page}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import AlertingRule, RuleSet
from ballast.findings import Finding, Severity, check


@check("alerts/name", on=RuleSet, severity=Severity.WARNING)
def alerts_name(rules: RuleSet) -> Iterator[Finding]:
    """Every alert against the first of its name."""
    first: dict[tuple[bool, str], AlertingRule] = {}
    levels: dict[tuple[bool, str, str], AlertingRule] = {}
    for rule in rules.rules:
        if not isinstance(rule, AlertingRule):
            continue
        known = first.setdefault((rule.resource, rule.name), rule)
        same = levels.setdefault((rule.resource, rule.name, rule.labels.get("severity", "")), rule)
        if known is rule:
            continue
        if any(rule.labels.get(label) != known.labels.get(label) for label in ("service", "slo")):
            yield rule.finding(f"the name is taken by another service's alert at {known.position('alert')}", mend="rename it")
        elif same is not rule:
            where = same.position("alert")
            mend = "rename it, or give it another `severity`"
            yield rule.finding(f"a second alert of this name and severity: the first is at {where}", mend=mend)
