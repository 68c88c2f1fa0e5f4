r"""A panel asks for a metric that nothing here exposes.

The panel stays empty, and an empty panel looks like a calm one.

Mend: correct the name; add the metric to the service's signals in `alerts/services/`, or, where an exporter exposes it, to
`tools/ballast/dashboards/exporters.txt`.

    - "expr": "sum(rate(htp_requests_total{job=~\"$job\"}[$__rate_interval]))"
    + "expr": "sum(rate(process_cpu_seconds_total{job=~\"$job\"}[$__rate_interval]))"
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ballast.dashboards.metrics import SOURCES, Metrics, metrics
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.promql import UNKNOWN, facts
from ballast.dashboards.rule import check
from ballast.findings import Tree


@check("dashboards/known-metric", also=SOURCES)
def known_metric(dashboard: Dashboard, tree: Tree) -> Iterator[Issue]:
    """Look each name up: services' signals, recorded series, exporters."""
    known: Metrics = metrics(tree)
    for panel, target in dashboard.targets("promql"):
        for name in dict.fromkeys(selector.name for selector in facts(target.expr).selectors):
            if not name or UNKNOWN in name or known.has(name):
                continue
            near = get_close_matches(name, known.names, 1, 0.75)
            mend = f"did you mean {near[0]}?" if near else "correct it, or say which service or exporter exposes it"
            at = max(target.expr.find(name), 0)
            message = f"query {target.ref or target.number}: nothing exposes {name}"
            yield Issue(message, target.expr_path, mend, panel=panel, target=target, offset=at, width=len(name))
