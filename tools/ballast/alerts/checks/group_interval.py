"""A group of rules is evaluated so rarely that its results have gaps.

Prometheus looks back five minutes for a sample. What a group records every ten minutes is missing half of the time, and its
alerts resolve and fire again, unless `keep_firing_for` bridges the interval.

Mend: an `interval` of 5m or less, or `keep_firing_for` on each alert of the group.

    - groups:
    -   - name: slow
    -     interval: 10m
    -     rules: [{record: "job:up:sum", expr: "sum by (job) (up)"}]
    + groups:
    +   - name: slow
    +     interval: 5m
    +     rules: [{record: "job:up:sum", expr: "sum by (job) (up)"}]
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import duration
from ballast.alerts.model import AlertingRule, RuleFile
from ballast.findings import Finding, Severity, check
from ballast.repo import Position

LOOKBACK = 300.0
"""Seconds: Prometheus' default."""


@check("group/interval", on=RuleFile, severity=Severity.WARNING)
def group_interval(file: RuleFile) -> Iterator[Finding]:
    """Compare with the lookback."""
    for group, (document, path) in zip(file.groups, file.places, strict=True):
        written = str(group.get("interval") or "")
        every = duration(written) or 0.0
        if every <= LOOKBACK:
            continue
        rules = [rule for rule in file.rules if rule.document is document and rule.path[: len(path)] == path]
        if rules and all(isinstance(rule, AlertingRule) and (duration(rule.keep) or 0) >= every for rule in rules):
            continue
        place = document.text.place(document.number, (*path, "interval"))
        message = f"{group.get('name', '')}: evaluated every {written}, and Prometheus looks back 5m: results have gaps"
        yield Finding("", Position(file.source.path, place.line, place.column), message, "write 5m or less", width=len(written))
