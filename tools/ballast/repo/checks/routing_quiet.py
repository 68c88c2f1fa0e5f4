"""A time in which alerts are not told, an inhibition or a digest that cannot be what was meant.

A tier that wakes somebody has no mute times: what must not be told for an hour is silenced in Alertmanager, by a person, for
that hour. A mute time that ends before it begins would be none (write two where it passes midnight), and an inhibition whose
target is its own source hides what it is about.

Mend: the edit at the line shown.

    - mute_times: [{name: nights, because: nobody works, tiers: [P1], start: "20:00", until: "24:00"}]
    + mute_times: [{name: nights, because: nobody works, tiers: [P3], start: "20:00", until: "24:00"}]
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import Routing
from ballast.repo.source import Path


@check("routing/quiet", on=Routing)
def quiet(routing: Routing) -> Iterator[Issue]:
    """Mute times, inhibitions and the digest."""
    names: set[str] = set()
    for number, mute in enumerate(routing.mute_times):
        at: Path = ("mute_times", number)
        if mute.name in names:
            yield Issue((*at, "name"), f"a second mute time {mute.name}", "rename one of the two")
        names.add(mute.name)
        for place, tier in enumerate(mute.tiers):
            if routing.tiers.of(tier).urgency == "high":
                message = f"{tier} wakes somebody, and {mute.name} would keep it quiet"
                yield Issue((*at, "tiers", place), message, f"take {tier} out, and silence it in Alertmanager when you must")
        if mute.start >= mute.until:
            message = f"{mute.name} begins at {mute.start} and ends at {mute.until}"
            yield Issue((*at, "until"), message, "write two, to 24:00 and from 00:00")
        yield from _zone((*at, "time_zone"), mute.time_zone)
    for number, rule in enumerate(routing.inhibitions):
        if set(rule.source) <= set(rule.target) and set(rule.target) <= set(rule.source):
            message = "source and target are the same: of several such alerts none would be told"
            yield Issue(("inhibitions", number, "target"), message, "say what makes the target another alert")
    yield from _zone(("digest", "time_zone"), routing.digest.time_zone)
    for place, moment in enumerate(routing.digest.times):
        if moment == "24:00":
            yield Issue(("digest", "times", place), "a digest at 24:00 is of the next day", 'write "00:00"')
    for place, destination in enumerate(routing.digest.destinations):
        if destination in ("digest", "pagerduty"):
            message = f"a digest does not go to {destination}"
            yield Issue(("digest", "destinations", place), message, "name chat, jsm or webhook")


def _zone(path: Path, name: str) -> Iterator[Issue]:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # no such zone, or no such name
        yield Issue(path, f"there is no time zone {name}", "an IANA name, such as Europe/Berlin")
