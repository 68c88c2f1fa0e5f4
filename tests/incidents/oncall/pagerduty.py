"""PagerDuty's reading of a schedule, minute by minute, from what Terraform gives it.

Written from its documentation (https://support.pagerduty.com/main/docs/schedule-basics, the `schedule` object of its REST API)
and not from `ballast.incidents`: rotations and restrictions are local time; the last layer with somebody is on call. A local
time that a clock change doubles or leaves out is the first minute at which a clock on the wall shows it or a later one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


def by_minute(schedule: Mapping[str, Any], people: Mapping[str, str], start: datetime, minutes: int) -> list[str | None]:
    """Who is on call in each minute. `schedule`: a planned `pagerduty_schedule`; `people`: names by PagerDuty's ids."""
    place = ZoneInfo(schedule["time_zone"])
    wall = [(start + n * MINUTE).astimezone(place).replace(tzinfo=None) for n in range(minutes)]
    shown = list(accumulate(wall, max))
    called: list[str | None] = [None] * minutes
    for layer in schedule["layer"]:
        users = [people[user] for user in layer["users"]]
        turns: list[str | None] = [None] * minutes
        first, turn = _local(layer["rotation_virtual_start"], place), timedelta(seconds=layer["rotation_turn_length_seconds"])
        number = (wall[0] - first) // turn - 1
        while (begin := first + number * turn) <= shown[-1]:
            a, b = bisect_left(shown, begin), bisect_left(shown, begin + turn)
            turns[a:b] = [users[number % len(users)]] * (b - a)
            number += 1
        open_ = [not layer["restriction"]] * minutes
        for restriction in layer["restriction"]:
            monday = (wall[0] - timedelta(days=wall[0].weekday() + 7)).replace(hour=0, minute=0, second=0)
            hour, minute, _ = map(int, restriction["start_time_of_day"].split(":"))
            at = timedelta(days=restriction["start_day_of_week"] - 1, hours=hour, minutes=minute)
            for week in range(4):
                begin = monday + timedelta(weeks=week) + at
                until = begin + timedelta(seconds=restriction["duration_seconds"])
                a, b = bisect_left(shown, begin), bisect_left(shown, until)
                open_[a:b] = [True] * (b - a)
        begins = _minute(layer["start"], start)
        ends = _minute(layer["end"], start) if layer["end"] else minutes
        for n in range(max(0, begins), min(minutes, ends)):
            if open_[n]:
                called[n] = turns[n]
    return called


def _local(text: str, place: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(place).replace(tzinfo=None)


def _minute(text: str, start: datetime) -> int:
    return (datetime.fromisoformat(text) - start) // MINUTE
