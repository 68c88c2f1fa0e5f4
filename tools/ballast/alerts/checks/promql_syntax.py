"""A query does not parse.

Prometheus refuses the whole file, so every rule in it, and every change to it, is lost until it is mended.

Mend: the edit at the place shown.

    - expr: sum(rate(http_errors_total[5m]) > 1
    + expr: sum(rate(http_errors_total[5m])) > 1
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import Rule
from ballast.findings import Finding, Severity, check
from ballast.repo.promql import query_problem


@check("promql/syntax", on=Rule)
def promql_syntax(rule: Rule) -> Iterator[Finding]:
    """Parse; what only a switched-off feature allows is a warning."""
    if rule.query.root is not None and "{{" not in rule.expr and rule.query.root.kind not in ("text", "subquery", "selector"):
        return
    problem = query_problem(rule.expr)
    if problem:
        at = min(problem.offset, max(len(rule.expr) - 1, 0))
        severity = Severity.ERROR if problem.fatal else Severity.WARNING
        yield rule.in_query((at, at + 1), problem.message, mend=problem.hint, severity=severity)
