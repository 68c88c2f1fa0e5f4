"""A recording rule's name does not say what it holds: `level:metric:operations`.

`job:http_errors:rate5m` is kept by `job`, made of `http_errors_total`, by `rate` over 5 minutes: whoever reads it in a
query knows its labels and its unit. Where the level is one of the labels that `by (…)` could keep, and the query drops it,
the name is wrong. Names that stay otherwise are in `alerts/lint.yaml` under `record_names_except`.

Mend: rename it, and whatever reads it (convention: https://prometheus.io/docs/practices/rules/).

    - record: errors_5m
    - expr: sum by (job) (rate(errors_total[5m]))
    + record: job:errors:rate5m
    + expr: sum by (job) (rate(errors_total[5m]))
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, lint_config, whole_match
from ballast.alerts.model import RecordingRule
from ballast.alerts.series import series_of
from ballast.findings import Finding, Severity, Tree, check

KNOWN = {"job", "instance", "cluster", "namespace", "pod", "node", "service", "path", "code", "method", "region", "zone"}


@check("rule/record-name", on=RecordingRule, severity=Severity.WARNING, also=(LINT,))
def rule_record_name(rule: RecordingRule, tree: Tree) -> Iterator[Finding]:
    """Its parts; and its level against the labels that the query can return."""
    if any(whole_match(pattern).match(rule.name) for pattern in lint_config(tree).record_names_except):
        return
    parts = rule.name.split(":")
    if len(parts) < 3 or not all(parts):
        mend = "rename it to level:metric:operations, such as job:http_errors:rate5m"
        severity = Severity.WARNING if len(parts) < 2 or not all(parts) else Severity.NOTE
        yield rule.finding("the name is not like level:metric:operations", mend=mend, severity=severity)
        return
    root = rule.query.root
    for level in parts[0].split("_"):
        if root and level in KNOWN and level not in rule.labels and not any(s.can(level) for s in series_of(root)):
            yield rule.finding(f"the name says that it is kept by `{level}`, and the query drops that label")
