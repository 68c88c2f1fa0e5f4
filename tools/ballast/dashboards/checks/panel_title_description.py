"""A panel has no title, or nothing says what it shows.

At three in the morning "Value" means nothing. The description, behind the (i) of the panel, says what is normal.

Mend: give both, in a sentence.

    - "description": ""
    + "description": "Requests a second by route. Below 10 at daytime, customers cannot reach us."
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.rule import check

PLAIN = {"text", "row", "news", "dashlist", "welcome", "gettingstarted", "alertGroups", ""}


@check("dashboards/panel-title-description")
def panel_title_description(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at each panel that shows data."""
    for panel in dashboard.panels:
        if panel.type in PLAIN or not panel.found:
            continue
        for what, value in (("title", panel.title), ("description", panel.description)):
            if not value.strip():
                path = (*panel.path, what)
                yield Issue(f"has no {what}", path, f"say what it shows in `{what}`", panel=panel)
