r"""A query cannot be narrowed to one instance.

The process that fails hides in the sum of all. Where a sum over all instances is what the panel is for, say so in `.lint`.

Mend: select the instance.

    - "expr": "sum by (route) (rate(http_requests_total{job=~\"$job\"}[$__rate_interval]))"
    + "expr": "sum by (route) (rate(http_requests_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.checks._scraped import matcher
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.rule import check


@check("dashboards/target-instance")
def target_instance(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at each selector."""
    yield from matcher(dashboard, "instance")
