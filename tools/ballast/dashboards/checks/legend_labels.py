"""A legend names a label that the query has dropped.

`sum by (route)` leaves `route` only; `{{instance}}` in the legend is then empty, and all lines are called alike.

Mend: keep the label in the query, or take it out of the legend.

    - "legendFormat": "{{instance}}"
    + "legendFormat": "{{route}}"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check

LABEL = re.compile(r"\{\{\s*([a-zA-Z_]\w*)\s*\}\}")


@check("dashboards/legend-labels")
def legend_labels(dashboard: Dashboard) -> Iterator[Issue]:
    """Compare each legend with the labels that its query keeps."""
    for panel, target in dashboard.targets("promql"):
        if "{{" not in target.legend:
            continue
        found = facts(target.expr)
        if found.problem is not None:
            continue
        for label in LABEL.finditer(target.legend):
            if not found.labels.has(label[1]) and label[1] != "__name__":
                kept = ", ".join(sorted(found.labels.only or ())) or "none"
                message = (
                    f"query {target.ref or target.number}: the legend uses {label[1]}, which the query drops (it keeps {kept})"
                )
                path = (*target.path, "legendFormat")
                mend = f"add {label[1]} to `by (…)`, or take it out of the legend"
                at, width = label.start(1), len(label[1])
                yield Issue(message, path, mend, panel=panel, target=target, offset=at, width=width)
