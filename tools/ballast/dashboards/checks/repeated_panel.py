"""Two panels of a dashboard ask the same and show it in the same way.

One of them takes space, costs its queries, and is forgotten when the other is corrected.

Mend: remove one, or show something else in it.

    - "panel": {"title": "Requests again"}
    + "panel": {"title": "Errors", "targets": [{"refId": "A", "expr": "sum by (route) (rate(http_errors_total[5m]))"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue, Panel
from ballast.dashboards.rule import check


@check("dashboards/repeated-panel")
def repeated_panel(dashboard: Dashboard) -> Iterator[Issue]:
    """Compare kinds, data sources and queries, white space aside."""
    seen: dict[object, Panel] = {}
    for panel in dashboard.panels:
        asked = tuple(sorted("".join(target.expr.split()) for target in panel.targets if target.expr))
        if not asked or panel.library or panel.data.get("repeat"):
            continue
        key = panel.type, panel.targets[0].datasource.uid, asked, repr(panel.data.get("transformations"))
        first = seen.setdefault(key, panel)
        if first is not panel:
            where = dashboard.position(first.path)
            message = f"repeats {first.name} of line {where.line}"
            yield Issue(message, panel.path, "remove one of the two", panel=panel)
