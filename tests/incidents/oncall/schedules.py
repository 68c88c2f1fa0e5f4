"""Random schedules (seeded) in which somebody is always on call, and a few days of a clock change around which to ask them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PEOPLE = ("ada", "bo", "chidi", "dana", "emre", "fay")
ZONES = (
    "Europe/Berlin",
    "America/Los_Angeles",
    "America/St_Johns",  # half an hour beside the hour
    "Australia/Lord_Howe",  # changes by half an hour
    "Antarctica/Troll",  # changes by two hours
    "Africa/Casablanca",  # changes for Ramadan
    "Pacific/Chatham",  # a quarter beside the hour
    "Asia/Kolkata",  # never changes
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def changes(zone: str, year: int) -> list[datetime]:
    """When a zone's offset changes in a year (UTC, to the hour); the middle of the year, where it never does."""
    place, hour = ZoneInfo(zone), timedelta(hours=1)
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found = []
    while moment < end:
        if moment.astimezone(place).utcoffset() != (moment + hour).astimezone(place).utcoffset():
            found.append(moment)
        moment += hour
    return found or [datetime(year, 7, 1, tzinfo=UTC)]


def schedule(rng: random.Random) -> tuple[dict[str, Any], datetime]:
    """A schedule as `alerts/oncall.yaml` has it, and a moment some days before and after which it is asked."""
    zone = rng.choice(ZONES)
    change = rng.choice(changes(zone, 2026))
    layers = [_layer(rng, zone, "base")]
    shape = rng.choice(("plain", "sun", "weekend", "over"))
    if shape == "sun":
        layers = _follow_the_sun(rng, zone)
    elif shape == "weekend":
        layers.append(_layer(rng, zone, "weekend") | {"only": [_hours(rng, days=["saturday", "sunday"])]})
    elif shape == "over":
        layers.append(_layer(rng, zone, "over") | {"only": [_hours(rng) for _ in range(rng.randint(1, 3))]})
        begin = change + timedelta(hours=rng.randint(-40, 10))
        layers.append(
            _layer(rng, zone, "help") | {"start": _text(begin, zone), "end": _text(begin + timedelta(hours=30), zone)}
        )
    overrides = []
    for _ in range(rng.randint(0, 2)):
        begin = change + timedelta(minutes=30 * rng.randint(-80, 80))
        until = begin + timedelta(minutes=30 * rng.randint(1, 40))
        overrides.append(
            {"person": rng.choice(PEOPLE), "start": _text(begin, zone), "end": _text(until, zone), "reason": "swapped"}
        )
    return {"description": shape, "time_zone": zone, "layers": layers, "overrides": overrides}, change


def _layer(rng: random.Random, zone: str, name: str) -> dict[str, Any]:
    start = datetime(2025, 12, 1, tzinfo=UTC) + timedelta(minutes=30 * rng.randint(0, 336))
    return {
        "name": name,
        "people": rng.sample(PEOPLE, rng.randint(1, 4)),
        "turn": rng.choice(("1w", "2w", "1d", "3d", "12h", "8h", "5h", "1h")),
        "start": _text(start, zone),
    }


def _follow_the_sun(rng: random.Random, zone: str) -> list[dict[str, Any]]:
    """Two or three sites that divide the day among them."""
    cuts = sorted(rng.sample(range(48), rng.randint(2, 3)))
    clocks = [f"{cut // 2:02d}:{cut % 2 * 30:02d}" for cut in cuts]
    return [
        _layer(rng, zone, f"site-{number}") | {"only": [{"start": start, "until": until}]}
        for number, (start, until) in enumerate(zip(clocks, clocks[1:] + clocks[:1], strict=True))
    ]


def _hours(rng: random.Random, days: list[str] | None = None) -> dict[str, Any]:
    start, until = (f"{half // 2:02d}:{half % 2 * 30:02d}" for half in (rng.randrange(48), rng.randrange(48)))
    return {"days": days or rng.sample(DAYS, rng.randint(1, 7)), "start": start, "until": until}


def _text(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).isoformat()
