"""Whose turn it is.

Turns and hours are meant in the schedule's local time, as PagerDuty means them: a turn of a week that begins on Monday at 9:00
begins at 9:00 in summer and in winter, so the weeks of a clock change last an hour less or more. Where a clock change makes a
local time happen twice, the first is meant; where it leaves it out, the moment at which the clock jumps past it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ballast.repo import DAYS, CannotRun, Layer, Schedule

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shift:
    """Somebody on call from `start` until before `end` (aware, UTC), by a layer or an override."""

    person: str
    start: datetime
    end: datetime
    layer: str
    reason: str = ""

    @property
    def hours(self) -> float:
        """Its length in hours."""
        return (self.end - self.start) / timedelta(hours=1)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises CannotRun for a name that the time zone database does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CannotRun(f"{name!r} is no IANA time zone: write one as Europe/Berlin") from error


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """Who is on call from `start` until `end` (aware), in order; where nobody is, nothing. Neighbours of one person join."""
    found: list[Shift] = []
    for begin, until in pairwise(sorted({start.astimezone(UTC), end.astimezone(UTC), *_edges(schedule, start, end)})):
        shift = _at(schedule, begin)
        if shift is None:
            continue
        person, layer, reason = shift
        last = found[-1] if found else None
        if last and (last.person, last.layer, last.reason, last.end) == (person, layer, reason, begin):
            found[-1] = Shift(person, last.start, until, layer, reason)
        else:
            found.append(Shift(person, begin, until, layer, reason))
    return found


def who(schedule: Schedule, moment: datetime) -> str | None:
    """The person on call at a moment (aware), or None."""
    found = _at(schedule, moment.astimezone(UTC))
    return found[0] if found else None


def _at(schedule: Schedule, moment: datetime) -> tuple[str, str, str] | None:
    """Person, layer and reason: the last override that holds, else the last layer that has somebody."""
    for override in reversed(schedule.overrides):
        if _utc(override.start) <= moment < _utc(override.end):
            return override.person, "override", override.reason
    for layer in reversed(schedule.layers):
        if _utc(layer.start) <= moment and (layer.end is None or moment < _utc(layer.end)) and _within(schedule, layer, moment):
            return layer.people[_turn(schedule, layer, moment) % len(layer.people)], layer.name, ""
    return None


def _within(schedule: Schedule, layer: Layer, moment: datetime) -> bool:
    return not layer.only or any(begin <= moment < until for begin, until in _hours(schedule, layer, moment, moment))


def _turn(schedule: Schedule, layer: Layer, moment: datetime) -> int:
    """The last turn that has begun at a moment. Local time misleads by hours at most: a step or two."""
    first, place = _local(layer.start, schedule), zone(schedule.time_zone)
    turn = (moment.astimezone(place).replace(tzinfo=None) - first) // timedelta(seconds=layer.turn_seconds)
    while _begins(schedule, layer, turn) > moment:
        turn -= 1
    while _begins(schedule, layer, turn + 1) <= moment:
        turn += 1
    return turn


def _begins(schedule: Schedule, layer: Layer, turn: int) -> datetime:
    return moment_of(_local(layer.start, schedule) + turn * timedelta(seconds=layer.turn_seconds), zone(schedule.time_zone))


def _edges(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every moment between two at which somebody else may be on call."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    for override in schedule.overrides:
        yield from (m for m in (_utc(override.start), _utc(override.end)) if start < m < end)
    for layer in schedule.layers:
        begin, until = max(start, _utc(layer.start)), min(end, _utc(layer.end) if layer.end else end)
        if begin >= until:
            continue
        yield from (m for m in (begin, until) if start < m < end)
        if len(layer.people) > 1:
            turn = _turn(schedule, layer, begin)
            while (moment := _begins(schedule, layer, turn := turn + 1)) < until:
                yield moment
        yield from (m for pair in _hours(schedule, layer, begin, until) for m in pair if begin < m < until)


def _hours(schedule: Schedule, layer: Layer, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times of a layer's `only` that may touch a span, from a day before it."""
    place = zone(schedule.time_zone)
    day = start.astimezone(place).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0) - DAY
    last = end.astimezone(place).replace(tzinfo=None)
    while day <= last:
        for hours in layer.only:
            if DAYS[day.weekday()] in hours.days:
                begin = day + _clock(hours.start)
                yield moment_of(begin, place), moment_of(begin + timedelta(minutes=hours.minutes), place)
        day += DAY


def moment_of(local: datetime, place: ZoneInfo) -> datetime:
    """The moment (UTC) of a local time: the first of two; for one that the clock leaves out, the moment it jumps past it."""
    moment = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) == local:
        return moment
    before, after = local.replace(tzinfo=place, fold=1).astimezone(UTC), moment
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(place).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _clock(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


@lru_cache(maxsize=4096)
def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _local(text: str, schedule: Schedule) -> datetime:
    return _utc(text).astimezone(zone(schedule.time_zone)).replace(tzinfo=None)
