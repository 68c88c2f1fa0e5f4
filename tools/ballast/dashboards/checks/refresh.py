"""A dashboard asks too often, or for too much, by default.

Every open tab repeats every query. At a refresh of five seconds twenty panels are four queries a second a viewer, and nothing
is newer than the last scrape. A month by default makes each opening cost a month's samples.

Mend: `"refresh": "1m"` (none for long ranges), and a range of a day at most; who wants more can choose it.

    - "refresh": "5s"
    + "refresh": "1m"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check
from ballast.repo import seconds

LEAST = 10
LONG = 2 * 86400
MOST = 7 * 86400
_BACK = re.compile(r"now-(\d+)([smhdwMy])(?:/\w)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}


@check("dashboards/refresh")
def refresh(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at the refresh, the range, and both together."""
    every = _duration(dashboard.refresh)
    span = _span(dashboard.time_from)
    if every and every < LEAST:
        message = f"refreshed every {dashboard.refresh}, more often than anything is scraped"
        yield Issue(message, dashboard.at("refresh"), 'write "refresh": "1m"')
    elif every and every < 300 and span >= LONG:
        message = f"{dashboard.time_from[4:]} of data are asked for again every {dashboard.refresh}"
        yield Issue(message, dashboard.at("refresh"), 'write "refresh": "" or a shorter range')
    if span > MOST and _raw(dashboard):
        message = f"opens on {dashboard.time_from[4:]} of unrecorded series"
        yield Issue(message, dashboard.at("from"), 'write "from": "now-24h", or record what is shown')
    for name, value in (("from", dashboard.time_from), ("to", dashboard.time_to)):
        if name == "from" and value and not value.startswith("now"):
            message = f"opens on a fixed time ({value}), which is soon no longer kept"
            yield Issue(message, dashboard.at("from"), 'write "from": "now-6h", "to": "now"')


def _raw(dashboard: Dashboard) -> bool:
    """Whether a query reads series that no rule records."""
    asked = (selector for _, target in dashboard.targets("promql") for selector in facts(target.expr).selectors)
    return any(":" not in selector.name and selector.name not in ("ALERTS", "") for selector in asked)


def _duration(value: str) -> float:
    try:
        return float(seconds(value)) if value and value != "auto" else 0.0
    except ValueError:
        return 0.0


def _span(value: str) -> int:
    found = _BACK.fullmatch(value)
    return int(found[1]) * _SECONDS[found[2]] if found else 0
