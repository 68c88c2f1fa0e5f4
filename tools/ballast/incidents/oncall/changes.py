"""What a change of the on-call file changes for people: spans in which somebody else is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from ballast.incidents.oncall.turns import Shift, shifts
from ballast.repo import OnCall


@dataclass(frozen=True)
class Change:
    """From `start` until before `end` (aware, UTC) `now` is on call where `before` was; None: nobody."""

    schedule: str
    start: datetime
    end: datetime
    before: str | None
    now: str | None


def changes(before: OnCall, now: OnCall, start: datetime, end: datetime) -> list[Change]:
    """Every span between two moments (aware) in which another person is on call, by schedule and time."""
    found: list[Change] = []
    for name in sorted({*before.schedules, *now.schedules}):
        old, new = ([*shifts(p.schedules[name], start, end)] if name in p.schedules else [] for p in (before, now))
        edges = {start.astimezone(UTC), end.astimezone(UTC), *(m for s in (*old, *new) for m in (s.start, s.end))}
        for begin, until in pairwise(sorted(edges)):
            was, is_now = _person(old, begin), _person(new, begin)
            last = found[-1] if found else None
            if was == is_now:
                continue
            if last and (last.schedule, last.end, last.before, last.now) == (name, begin, was, is_now):
                found[-1] = Change(name, last.start, until, was, is_now)
            else:
                found.append(Change(name, begin, until, was, is_now))
    return found


def _person(found: list[Shift], moment: datetime) -> str | None:
    return next((shift.person for shift in found if shift.start <= moment < shift.end), None)
