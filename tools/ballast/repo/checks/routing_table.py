"""A routing table with a gap, or with two answers.

`alerts/routing.yaml` turns a service's tier and an alert's severity into P1 to P4. A pair that is missing gets P2 for a page
and P3 for a ticket, whatever the service; of two rows for one pair the second is never read.

Mend: write one row for each of the three tiers and both severities.

    - - {tier: 1, severity: page, alert: P1}
    - - {tier: 1, severity: page, alert: P2}
    + - {tier: 1, severity: page, alert: P1}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import get_args

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import AlertSeverity, Routing, ServiceTier
from ballast.repo.position import Severity


@check("routing/table", on=Routing)
def table(routing: Routing) -> Iterator[Issue]:
    """Every tier and severity exactly once."""
    seen: set[tuple[int, str]] = set()
    for index, route in enumerate(routing.routes):
        pair = (route.tier, route.severity)
        if pair in seen:
            yield Issue(("routes", index), f"a second row for tier {route.tier} and {route.severity}", "keep one of the two")
        seen.add(pair)
    for tier, severity in product(get_args(ServiceTier), get_args(AlertSeverity)):
        if (tier, severity) not in seen:
            message = f"no row for tier {tier} and {severity}"
            hint = f"add {{ tier: {tier}, severity: {severity}, alert: P1 }} with the tier of the alert"
            yield Issue(("routes",), message, hint, Severity.WARNING, at_key=True)
