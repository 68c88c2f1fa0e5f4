"""A schedule with hours in which nobody is on call.

A page that falls into such hours waits for the next step of the escalation, as if somebody had slept through it. Clock changes
aside, a week must be covered by layers that do not end.

Mend: add a layer for the rest of the week, or widen the hours.

    - schedules: {primary: {time_zone: UTC, layers: [{name: day, people: [ada], start: "2026-01-05T09:00:00Z", only: [{start: "09:00", until: "17:00"}]}]}}
    + schedules: {primary: {time_zone: UTC, layers: [{name: all, people: [ada], start: "2026-01-05T09:00:00Z"}]}}
"""  # noqa: E501 - a line of a page is a line

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import DAYS
from ballast.repo.oncall import OnCall, half_hours
from ballast.repo.position import Severity


@check("oncall/coverage", on=OnCall, severity=Severity.WARNING)
def coverage(oncall: OnCall) -> Iterator[Issue]:
    """The half hours of a week."""
    for name, schedule in oncall.schedules.items():
        covered: set[int] = set()
        for layer in schedule.layers:
            if layer.end is None:
                covered |= half_hours(layer)
        missing = [slot for slot in range(336) if slot not in covered]
        if missing:
            day, half = divmod(missing[0], 48)
            first = f"{DAYS[day].capitalize()} {half // 2:02d}:{half % 2 * 30:02d}"
            message = f"nobody is on call in {len(missing) / 2:g} hours of a week, the first on {first}"
            yield Issue(("schedules", name, "layers"), message, "add a layer for them", at_key=True)
