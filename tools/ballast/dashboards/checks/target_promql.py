"""A panel's query is not PromQL.

The panel shows an error in place of data.

Mend: correct the query at the place named.

    - "expr": "sum(rate(http_requests_total[5m])"
    + "expr": "sum(rate(http_requests_total[5m]))"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check
from ballast.findings import Severity


@check("dashboards/target-promql", severity=Severity.ERROR)
def target_promql(dashboard: Dashboard) -> Iterator[Issue]:
    """Parse each query of Prometheus, with Grafana's variables filled in."""
    for panel, target in dashboard.targets("promql"):
        problem = facts(target.expr).problem
        if problem is not None:
            message = f"query {target.ref or target.number}: {problem.message}"
            yield Issue(message, target.expr_path, problem.hint, panel=panel, target=target, offset=problem.offset)
    for panel in dashboard.panels:
        for target in panel.targets:
            if not target.expr.strip() and target.language == "promql" and not target.hidden and "expr" in target.data:
                message = f"query {target.ref or target.number} is empty"
                yield Issue(message, target.expr_path, "write it, or remove it", panel=panel, target=target)
