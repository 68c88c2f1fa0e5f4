"""Who is on call (`alerts/oncall.yaml`): one contract for PagerDuty and Jira Service Management (modules `oncall*`).

Layers of a schedule stand over each other: where two are on at once, the later one is on call; overrides stand over all layers.
That is how PagerDuty composes a schedule (https://support.pagerduty.com/main/docs/schedule-basics).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from ballast.repo.models import DAYS, Day
from ballast.repo.strict import Name, Strict

Clock = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):(00|30)$", description="Local time, on the half hour.", examples=["09:00"])
]
Moment = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$",
        description="RFC 3339, with the offset.",
        examples=["2026-01-05T09:00:00+01:00"],
    ),
]
UNITS = {"h": 3600, "d": 86400, "w": 604800}
"""Seconds of the units of a turn."""


class Person(Strict):
    """Somebody who can be on call; the account of the same address must exist at the provider."""

    name: str = Field(min_length=1, description="What people call them.")
    email: str = Field(
        pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        description="Of their account at PagerDuty or Atlassian.",
        examples=["ada@acme.example"],
    )
    time_zone: str = Field(default="", description="IANA name; the schedule's, unless given.", examples=["Europe/Berlin"])
    holidays: str = Field(
        default="",
        pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$",
        description="Public holidays that count as such: a country (ISO 3166-1), or country and part (ISO 3166-2).",
        examples=["DE-BE"],
    )


class Hours(Strict):
    """Times of the week. `until` at or before `start` is on the next day."""

    days: list[Day] = Field(default=list(DAYS), min_length=1, description="Days on which it begins; all, unless given.")
    start: Clock
    until: Clock

    @property
    def minutes(self) -> int:
        """How long it lasts, in minutes of a day without a clock change."""
        return (_minutes(self.until) - _minutes(self.start) - 1) % 1440 + 1


class Layer(Strict):
    """People who take turns, always or within `only`."""

    name: Name
    people: list[str] = Field(min_length=1, description="In the order of their turns.")
    turn: str = Field(
        default="1w",
        pattern=r"^[1-9][0-9]*[hdw]$",
        description="How long one person's turn is: hours, days or weeks.",
        examples=["1w"],
    )
    start: Moment = Field(description="When the first person's first turn begins; turns change at that time of day.")
    end: Moment | None = Field(default=None, description="When the layer ends; never, unless given.")
    only: list[Hours] = Field(default_factory=list, description="Times of the week; always, if empty.")

    @property
    def turn_seconds(self) -> int:
        """A turn in seconds (a day has 86,400: providers keep local time over clock changes)."""
        return int(self.turn[:-1]) * UNITS[self.turn[-1]]


class Override(Strict):
    """Somebody stands in for whoever is on call."""

    person: str
    start: Moment
    end: Moment
    reason: str = Field(min_length=1, description="Why, for whoever wonders.")


class Schedule(Strict):
    """Who is on call when; at each moment at most one person."""

    description: str = ""
    time_zone: str = Field(description="IANA name, in which layers and hours are meant.", examples=["Europe/Berlin"])
    layers: list[Layer] = Field(min_length=1, description="A later layer stands over an earlier one.")
    overrides: list[Override] = Field(default_factory=list)


class Step(Strict):
    """Who is told, and how long they have before the next step is."""

    schedules: list[str] = Field(default_factory=list)
    people: list[str] = Field(default_factory=list)
    minutes: int = Field(ge=1, le=1440, description="Minutes before the next step.")


class Team(Strict):
    """A team that owns services: whom its alerts go to. Its key is the `owner` of service files."""

    title: str = Field(min_length=1, description="What people call it.")
    steps: list[Step] = Field(min_length=1, description="Escalation, from the first to be told.")
    repeat: int = Field(default=2, ge=0, le=9, description="How often the steps begin again while nobody acknowledges.")


class OnCall(Strict):
    """`alerts/oncall.yaml`: people, schedules, and the teams whose alerts they take."""

    version: Literal["ballast/v1"]
    people: dict[Name, Person] = Field(min_length=1)
    schedules: dict[Name, Schedule] = Field(min_length=1)
    teams: dict[Name, Team] = Field(min_length=1)


def half_hours(layer: Layer) -> frozenset[int]:
    """The half hours of a week (0 is Monday 00:00) in which a layer has somebody on call."""
    if not layer.only:
        return frozenset(range(336))
    return frozenset(
        (DAYS.index(day) * 48 + _minutes(hours.start) // 30 + slot) % 336
        for hours in layer.only
        for day in hours.days
        for slot in range(hours.minutes // 30)
    )


def _minutes(clock: str) -> int:
    found = re.fullmatch(r"(\d\d):(\d\d)", clock)
    return int(found[1]) * 60 + int(found[2]) if found else 0
