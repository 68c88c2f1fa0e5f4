"""A panel that shows the last value asks for all values of the range.

Grafana throws away all but one of each series. An instant query returns that one, at a fraction of the cost.

Mend: write `"instant": true` and `"range": false` into the query (`ballast dashboards fix` does).

    - "type": "stat", "instant": false, "options": {"graphMode": "none"}
    + "type": "stat", "instant": true, "options": {"graphMode": "none"}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Edit, Issue, Panel, listing, mapping
from ballast.dashboards.rule import check
from ballast.findings import Severity

LAST = {"last", "lastNotNull"}


@check("dashboards/instant", severity=Severity.NOTE)
def instant(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at stats without a graph, gauges and bar gauges that reduce to the last value, and plain tables."""
    for panel, target in dashboard.targets("promql"):
        if not target.instant and _last(panel):
            edits = [Edit(target.path, True, key="instant")]
            if target.data.get("range") is True:
                edits.append(Edit(target.path, False, key="range"))
            message = f"query {target.ref or target.number} asks for a range and the last value is shown"
            mend = 'write "instant": true'
            where = (*target.path, "instant")
            yield Issue(message, where, mend, Severity.NOTE, panel=panel, target=target, edits=tuple(edits))


def _last(panel: Panel) -> bool:
    reduced = mapping(panel.options.get("reduceOptions"))
    if panel.data.get("transformations") or panel.type not in ("stat", "gauge", "bargauge"):
        return False
    if panel.type == "stat" and panel.options.get("graphMode", "area") != "none":
        return False
    return LAST.issuperset(listing(reduced.get("calcs")) or ["lastNotNull"])
