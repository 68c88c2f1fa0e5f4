"""Maintenance: times in which failing is agreed on (`alerts/exclusions/`), so that alerts stay silent and tiles are left out.

A rule records the end of the maintenance that is on, or was on last, as Unix seconds. An alert's window pair is
silent while its short window reaches into one: from then on only what fails now can make the short window burn. The long window
still remembers what failed; whoever is still failing when maintenance is over is told as soon as the short window says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ballast.repo import Repository
from ballast.slo.model import Maintenance, RecordingRule
from ballast.slo.rules import MAINTENANCE, Series

__all__ = ["maintenance_by_service", "maintenance_of", "maintenance_rule"]


def maintenance_by_service(repository: Repository) -> dict[str, tuple[Maintenance, ...]]:
    """What `alerts/exclusions/` holds, without what is archived, by service, from the earliest on."""
    found: dict[str, set[Maintenance]] = {}
    for document in repository.exclusions:
        for one in document.model.exclusions if document.model.status == "active" else ():
            start, end = (int(datetime.fromisoformat(moment).timestamp()) for moment in (one.start, one.end))
            found.setdefault(one.service, set()).add(Maintenance(tuple(one.slos), start, end))
    return {service: tuple(sorted(times, key=lambda one: (one.start, one.end))) for service, times in found.items()}


def maintenance_of(slo: str, times: Iterable[Maintenance]) -> tuple[Maintenance, ...]:
    """The times that are about an SLO."""
    return tuple(one for one in times if not one.slos or slo in one.slos)


def maintenance_rule(series: Series, times: Iterable[Maintenance]) -> RecordingRule:
    """The last end of all maintenance that has begun."""
    each = (f"vector({one.end}) and on () (vector(time()) >= {one.start})" for one in times)
    return RecordingRule(MAINTENANCE, "max(\n  {}\n)".format("\n  or\n  ".join(each)), series.labels)
