"""A variable's values are asked for once, when the dashboard is opened.

Look at last week, and the list still holds today's instances only: those that were replaced cannot be chosen.

Mend: write `"refresh": 2` (`ballast dashboards fix` does).

    - "variable": {"name": "job", "type": "query",
    -   "label": "Job", "query": "label_values(up, job)", "multi": true, "refresh": 1}
    + "variable": {"name": "job", "type": "query",
    +   "label": "Job", "query": "label_values(up, job)", "multi": true, "refresh": 2}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Edit, Issue
from ballast.dashboards.rule import check


@check("dashboards/template-on-time-change-reload")
def template_on_time_change_reload(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at each query variable."""
    for variable in dashboard.of_type("query"):
        if variable.refresh != 2:
            new: int | str = "onTimeRangeChanged" if dashboard.form == "v2" else 2
            written = f'"{new}"' if dashboard.form == "v2" else new
            message = f"variable `{variable.name}` does not follow the time range"
            edit = Edit(variable.path, new, key="refresh")
            yield Issue(message, (*variable.path, "refresh"), f'write "refresh": {written}', edits=(edit,))
