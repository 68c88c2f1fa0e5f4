"""A dashboard does not say what it is for.

Whoever comes from an alert sees twenty panels and must guess which question they answer.

Mend: write a sentence into `description`.

    "description": "Can customers pay? If not, which step fails?"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue, text
from ballast.dashboards.rule import check


@check("dashboards/description")
def description(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at the dashboard's title and description."""
    if dashboard.form == "library":
        return
    if not dashboard.title.strip():
        yield Issue("the dashboard has no title", dashboard.at("title"), "write one")
    if not text(dashboard.data.get("description")).strip():
        path = (*dashboard.at("object"), "description")
        yield Issue("the dashboard has no description", path, "say in a sentence which question it answers")
