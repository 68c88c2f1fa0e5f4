"""How on-call hours and pages fall upon people: whether it is fair, and whom it wears out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from ballast.incidents.oncall.turns import Shift, shifts, zone
from ballast.repo import CannotRun, OnCall

if TYPE_CHECKING:
    from holidays import HolidayBase

NIGHT_BEGINS, NIGHT_ENDS = 22, 7
"""Hours of the person's own day (Google's and the EU's night work begin and end about there)."""
QUARTER = timedelta(minutes=15)


@dataclass
class Load:
    """What fell upon one person: hours (local time of the person), and pages by the moment of their first notification."""

    person: str
    hours: float = 0.0
    nights: float = 0.0
    weekends: float = 0.0
    holidays: float = 0.0
    pages: int = 0
    night_pages: int = 0
    schedules: set[str] = field(default_factory=set)


def loads(
    oncall: OnCall, start: datetime, end: datetime, pages: Mapping[str, Sequence[datetime]] | None = None
) -> tuple[Load, ...]:
    """Each person's load between two moments (aware), the heaviest first. `pages`: moments of pages by team (owner).

    A page counts for whoever was on call in the first step of its team. Raises CannotRun for a holiday calendar that is
    unknown.
    """
    found = {person: Load(person) for person in oncall.people}
    turns = {name: shifts(schedule, start, end) for name, schedule in oncall.schedules.items()}
    for name, taken in turns.items():
        for shift in taken:
            load = found[shift.person]
            load.schedules.add(name)
            place = oncall.people[shift.person].time_zone or oncall.schedules[name].time_zone
            for begin, hours in _quarters(shift):
                local = begin.astimezone(zone(place))
                load.hours += hours
                load.nights += hours * is_night(local)
                load.weekends += hours * (local.weekday() >= 5)
                load.holidays += hours * is_holiday(oncall.people[shift.person].holidays, local)
    for team, moments in (pages or {}).items():
        for moment in moments:
            for person, place in _called(oncall, turns, team, moment):
                found[person].pages += 1
                found[person].night_pages += is_night(moment.astimezone(zone(place)))
    return tuple(sorted(found.values(), key=lambda load: (-load.pages, -load.hours, load.person)))


def is_night(local: datetime) -> bool:
    """Whether a local time is at night."""
    return local.hour >= NIGHT_BEGINS or local.hour < NIGHT_ENDS


def is_holiday(calendar: str, local: datetime) -> bool:
    """Whether a local day is a public holiday of a calendar (`DE`, `DE-BE`; empty: none). CannotRun for an unknown one."""
    return bool(calendar) and local.date() in _holidays(calendar)


@lru_cache(maxsize=64)
def _holidays(calendar: str) -> HolidayBase:
    import holidays  # here: whoever lists the checks has no use for them

    country, _, part = calendar.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise CannotRun(
            f"there is no calendar of holidays named {calendar!r}: write a country, or country and part, as DE or DE-BE"
        ) from None


def _quarters(shift: Shift) -> Iterator[tuple[datetime, float]]:
    """A shift in quarters of an hour, on which time zones and half hours lie; the last one may be shorter."""
    begin = shift.start
    while begin < shift.end:
        end = min(begin + QUARTER, shift.end)
        yield begin, (end - begin) / timedelta(hours=1)
        begin = end


def _called(oncall: OnCall, turns: Mapping[str, list[Shift]], team: str, moment: datetime) -> Iterator[tuple[str, str]]:
    """People of a team's first step at a moment, with their time zones."""
    if team not in oncall.teams:
        return
    step = oncall.teams[team].steps[0]
    for name in step.schedules:
        for shift in turns[name]:
            if shift.start <= moment.astimezone(UTC) < shift.end:
                yield shift.person, oncall.people[shift.person].time_zone or oncall.schedules[name].time_zone
    for person in step.people:
        yield person, oncall.people[person].time_zone or "UTC"
