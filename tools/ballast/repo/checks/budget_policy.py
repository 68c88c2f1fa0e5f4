"""A budget policy with a gap, or that cannot work.

Every tier needs a step that freezes feature releases, or its spent budget has no consequence. Two steps of one tier at the same
percentage leave open which one is meant. Months and quarters begin in a time zone, which must exist.

Mend: give each tier its steps, the last of which freezes.

    - - {tier: 1, left: 0, action: notify}
    + - {tier: 1, left: 0, action: freeze}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args
from zoneinfo import ZoneInfo

from ballast.repo.budget import BudgetPolicy
from ballast.repo.burn_rates import seconds
from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import ServiceTier


@check("budget/policy", on=BudgetPolicy)
def policy(policy: BudgetPolicy) -> Iterator[Issue]:
    """Steps, zone and intervals."""
    seen: set[tuple[int, float]] = set()
    for index, step in enumerate(policy.steps):
        if (step.tier, step.left) in seen:
            yield Issue(("steps", index), f"a second step of tier {step.tier} at {step.left:g} %", "keep one of the two")
        seen.add((step.tier, step.left))
    for tier in get_args(ServiceTier):
        if not any(step.tier == tier and step.action == "freeze" for step in policy.steps):
            hint = f"add {{tier: {tier}, left: 0, action: freeze}}"
            yield Issue(("steps",), f"nothing freezes tier {tier}", hint, at_key=True)
    try:
        ZoneInfo(policy.time_zone)
    except (KeyError, ValueError, OSError):
        yield Issue(("time_zone",), f"there is no time zone {policy.time_zone}", "an IANA name, such as Europe/Berlin")
    for name in ("fresh", "history"):
        if seconds(getattr(policy, name)) < 60:
            yield Issue((name,), f"`{name}` is less than a minute, the ledger's interval", "such as 15m")
    if seconds(policy.source.scrape_interval) <= 0:
        yield Issue(("source", "scrape_interval"), "an interval of no length", "such as 15s")
