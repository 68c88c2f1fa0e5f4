"""A dashboard of scraped metrics has no `instance` variable.

Every series that Prometheus scrapes carries `instance`. Without a variable nobody can look at the one process that fails.

Mend: add a variable `instance` (`label_values(METRIC{job=~"$job"}, instance)`), with several values allowed.

    - "variable": {"name": "instance", "type": "query",
    -   "label": "Instance", "query": "label_values(up, instance)", "refresh": 2}
    + "variable": {"name": "instance", "type": "query",
    +   "label": "Instance", "query": "label_values(up, instance)", "multi": true}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.checks._scraped import template
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.rule import check


@check("dashboards/template-instance")
def template_instance(dashboard: Dashboard) -> Iterator[Issue]:
    """Look for the variable."""
    yield from template(dashboard, "instance")
