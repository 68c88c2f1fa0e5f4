"""A dashboard that is kept as code can be changed in Grafana.

The change is lost when the file is read again, and whoever made it believes that it was saved.

Mend: write `"editable": false` (`ballast dashboards fix` does).

    - "editable": true
    + "editable": false
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Edit, Issue
from ballast.dashboards.rule import check


@check("dashboards/uneditable-dashboard")
def uneditable_dashboard(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at `editable`, which is true where it is missing."""
    if dashboard.form != "library" and dashboard.editable:
        edit = Edit(dashboard.at("object"), False, key="editable")
        message = "the dashboard can be changed in Grafana"
        yield Issue(message, dashboard.at("editable"), 'write "editable": false', edits=(edit,))
