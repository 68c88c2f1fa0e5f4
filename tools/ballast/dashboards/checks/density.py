"""More than anybody can read: too many panels on a screen, or too many lines in a panel.

People compare about seven lines. A screen (24 grid rows of a full-HD display) with more than 24 panels shows each smaller
than a match box, and Grafana asks all their queries at once.

Mend: fold rows, move panels to a dashboard of their own, ask for `topk(8, …)`.

    - "panel": {"gridPos": {"x": 0, "y": 8, "w": 1, "h": 1}}
    + "panel": {"gridPos": {"x": 0, "y": 8, "w": 12, "h": 8}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue, Panel
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check

SCREEN = 24
MOST_PANELS = 24
MOST_LINES = 12
LEAST = {"timeseries": (4, 3), "graph": (4, 3), "heatmap": (4, 3), "table": (4, 3), "logs": (4, 3)}


@check("dashboards/density")
def density(dashboard: Dashboard) -> Iterator[Issue]:
    """Count panels in the fullest screen, and lines in each panel where the query says how many."""
    open_panels = sorted((p for p in dashboard.panels if p.width and p.height and not p.folded), key=lambda p: p.y)
    most, top = 0, 0
    last = 0
    for first, panel in enumerate(open_panels):
        while last < len(open_panels) and open_panels[last].y < panel.y + SCREEN:
            last += 1
        if last - first > most:
            most, top = last - first, panel.y
    if most > MOST_PANELS:
        message = f"{most} panels on one screen (grid rows {top} to {top + SCREEN}); more than {MOST_PANELS} cannot be read"
        yield Issue(message, dashboard.at("panels"), "fold rows, or split the dashboard", key=True)
    for panel in open_panels:
        width, height = LEAST.get(panel.type, (2, 2))
        if panel.width < width or panel.height < height:
            message = f"is {panel.width}×{panel.height} grid units; a {panel.type or 'panel'} needs {width}×{height}"
            yield Issue(message, (*panel.path, "gridPos"), "give it more room", panel=panel)
    for panel in dashboard.panels:
        lines = _lines(panel)
        if panel.type in ("timeseries", "graph") and lines > MOST_LINES:
            message = f"draws at least {lines} lines; more than {MOST_LINES} cannot be told apart"
            yield Issue(message, (*panel.path, "targets"), "ask for topk(8, …), or aggregate", panel=panel)


def _lines(panel: Panel) -> int:
    """How many lines there are at least: one a query, or as many as a regular expression names values."""
    count = 0
    for target in panel.targets:
        if target.hidden or not target.expr:
            continue
        named = 1
        if target.language == "promql":
            for selector in facts(target.expr).selectors:
                if not selector.aggregated:
                    values = [v for _, op, v in selector.matchers if op == "=~" and not set(v) & set(".*+?[](){}^$\\")]
                    named = max([named, *(value.count("|") + 1 for value in values)])
        count += named
    return count
