"""A dashboard of scraped metrics has no `job` variable.

Every series that Prometheus scrapes carries `job`. With a variable for it one dashboard serves every installation; without,
series of two jobs are mixed.

Mend: add a variable `job` (`label_values(METRIC, job)`), with several values allowed, and `job=~"$job"` in the queries.

    - "variable": {"name": "job", "type": "query",
    -   "label": "Task", "query": "label_values(up, job)", "multi": true, "refresh": 2}
    + "variable": {"name": "job", "type": "query",
    +   "label": "Job", "query": "label_values(up, job)", "multi": true, "refresh": 2}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.checks._scraped import template
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.rule import check


@check("dashboards/template-job")
def template_job(dashboard: Dashboard) -> Iterator[Issue]:
    """Look for the variable."""
    yield from template(dashboard, "job")
