r"""A query reads scraped series of every job.

A metric's name alone says little: two programs may expose it. Without a matcher on `job` their series are added up.

Mend: select the job.

    - "expr": "sum by (route) (rate(http_requests_total{instance=~\"$instance\"}[$__rate_interval]))"
    + "expr": "sum by (route) (rate(http_requests_total{instance=~\"$instance\", job=~\"$job\"}[$__rate_interval]))"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.checks._scraped import matcher
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.rule import check


@check("dashboards/target-job")
def target_job(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at each selector."""
    yield from matcher(dashboard, "job")
