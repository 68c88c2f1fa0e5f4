"""A tier of alerts that is told the wrong way: too late, on one leg, or with an urgency that PagerDuty does not give it.

PagerDuty derives the urgency from the event's severity: critical and error are high, warning and info low. A tier with high
urgency wakes somebody, so it leaves at once and on both legs (Alertmanager to PagerDuty, and by the gateway): then no single
failure loses it. An address of the gateway without TLS would carry pages in the clear.

Mend: give the tier a severity that fits its urgency, both legs, a `group_wait` of 1s at most and a `group_interval` of 10s at
most, or make it a tier that may wait.

    - tiers: {P1: {severity: warning, urgency: high, legs: [pagerduty, gateway], group_wait: 0s, group_interval: 5s}}
    + tiers: {P1: {severity: critical, urgency: high, legs: [pagerduty, gateway], group_wait: 0s, group_interval: 5s}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from ballast.repo.burn_rates import seconds
from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import AlertTier, Routing, Tier

URGENT = {"critical": "high", "error": "high", "warning": "low", "info": "low"}
LATEST = {"group_wait": 1, "group_interval": 10}
"""Seconds that a page may spend in Alertmanager, so that it arrives within 30 seconds with scrape and evaluation."""


@check("routing/tiers", on=Routing)
def tiers(routing: Routing) -> Iterator[Issue]:
    """Severity fits urgency, and what wakes somebody leaves at once by two ways."""
    for name in get_args(AlertTier):
        yield from _tier(name, routing.tiers.of(name))
    if not routing.delivery.gateway.startswith("https://"):
        yield Issue(
            ("delivery", "gateway"), f"{routing.delivery.gateway} is not https", "pages carry what is broken: use https"
        )


def _tier(name: str, tier: Tier) -> Iterator[Issue]:
    path = ("tiers", name)
    if URGENT[tier.severity] != tier.urgency:
        fitting = [severity for severity, urgency in URGENT.items() if urgency == tier.urgency]
        given = URGENT[tier.severity]
        message = f"{name} has severity {tier.severity}, which PagerDuty gives {given} urgency, and urgency {tier.urgency}"
        yield Issue((*path, "severity"), message, f"write severity: {' or '.join(fitting)}, or urgency: {given}")
    for number, leg in enumerate(tier.legs):
        if leg in tier.legs[:number]:
            yield Issue((*path, "legs", number), f"{name} has the leg {leg} twice", "keep one of the two")
    if tier.urgency == "low":
        return
    if set(tier.legs) != {"pagerduty", "gateway"}:
        yield Issue((*path, "legs"), f"{name} wakes somebody and has one leg only", "write legs: [pagerduty, gateway]")
    for key, most in LATEST.items():
        value = str(getattr(tier, key))
        if seconds(value) > most:
            yield Issue(
                (*path, key), f"{name} wakes somebody and waits {value} in Alertmanager", f"write {key}: {most}s or less"
            )
