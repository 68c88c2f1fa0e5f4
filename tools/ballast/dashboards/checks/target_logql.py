r"""A panel's query is not LogQL.

The panel shows an error in place of logs.

Mend: correct it. Without a LogQL parser the stream selector, brackets, quotes and the names of stages are what is checked.

    - "targets": [{"datasource": {"type": "loki", "uid": "$datasource"}, "expr": "{app=checkout} |= \"error\""}]
    + "targets": [{"datasource": {"type": "loki", "uid": "$datasource"}, "expr": "{app=\"checkout\"} |= \"error\""}]
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.logql import problem
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.rule import check
from ballast.findings import Severity


@check("dashboards/target-logql", severity=Severity.ERROR)
def target_logql(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at each query of Loki."""
    for panel, target in dashboard.targets("logql"):
        found = problem(target.expr)
        if found:
            message, offset = found
            message = f"query {target.ref or target.number}: {message}"
            yield Issue(message, target.expr_path, "try it in Explore", panel=panel, target=target, offset=offset)
