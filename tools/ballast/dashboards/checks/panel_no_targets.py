"""A panel that shows data asks for none.

It is empty for ever.

Mend: add a query, or remove the panel.

    - "targets": []
    + "targets": [{"refId": "A", "expr": "up"}]
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.rule import check

ASKING = {"stat", "singlestat", "graph", "table", "timeseries", "gauge", "bargauge", "heatmap", "logs", "state-timeline"}
ASKING |= {"status-history", "histogram", "piechart", "barchart"}


@check("dashboards/panel-no-targets")
def panel_no_targets(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at panels of kinds that cannot do without."""
    for panel in dashboard.panels:
        if panel.type in ASKING and panel.found and not panel.data.get("snapshotData"):
            if not panel.targets:
                yield Issue("has no query", (*panel.path, "targets"), "add a query, or remove the panel", panel=panel)
            elif all(target.hidden for target in panel.targets):
                yield Issue("all its queries are hidden", panel.targets[0].path, 'take `"hide": true` away', panel=panel)
