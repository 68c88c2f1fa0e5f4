r"""A rate over a fixed range.

Zoomed out, points are further apart than the range: what happens between is not shown. Zoomed in, the range is shorter than
four scrapes and the line has holes. `$__rate_interval` is always the right length.

Mend: write `[$__rate_interval]` (`ballast dashboards fix` does).

    - "expr": "sum(rate(http_requests_total{job=~\"$job\", instance=~\"$instance\"}[5m]))"
    + "expr": "sum(rate(http_requests_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Edit, Issue
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check

LINES = {"timeseries", "graph", "heatmap", "trend", "xychart", "barchart"}
_RANGE = re.compile(r"\[\s*(\$__interval|\$\{__interval\}|[0-9][0-9a-z]*)\s*\]")
_CALL = re.compile(r"\b(rate|irate)\s*\($")


@check("dashboards/target-rate-interval")
def target_rate_interval(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at rate and irate of panels that draw over time; a number for a fixed range is a fair question elsewhere."""
    for panel, target in dashboard.targets("promql"):
        if panel.type not in LINES or target.instant or facts(target.expr).problem is not None:
            continue
        found = list(fixed(target.expr))
        if found:
            offset, written = found[0]
            message = f"query {target.ref or target.number}: a rate over [{written}]"
            edits = tuple(Edit(target.expr_path, "$__rate_interval", old=text, offset=at) for at, text in found)
            mend = "write [$__rate_interval]"
            width = len(written)
            yield Issue(message, target.expr_path, mend, panel=panel, target=target, offset=offset, width=width, edits=edits)


def fixed(expr: str) -> Iterator[tuple[int, str]]:
    """Where a rate's range is written out, and what is written; ranges in texts are none."""
    texts = [found.span() for found in re.finditer(r'"(?:[^"\\]|\\.)*"|`[^`]*`', expr)]
    for found in _RANGE.finditer(expr):
        if any(begin < found.start() < end for begin, end in texts):
            continue
        depth, at = 0, found.start() - 1
        while at >= 0 and depth >= 0:  # back to the bracket in which the selector stands, over its braces
            if not any(begin <= at < end for begin, end in texts):
                depth += {")": 1, "(": -1}.get(expr[at], 0)
            at -= 1
        if depth < 0 and _CALL.search(expr[: at + 2]):
            yield found.start(1), found[1]
