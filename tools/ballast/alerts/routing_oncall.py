"""Who is on call at a moment, by `alerts/oncall.yaml`, as PagerDuty composes a schedule (see `ballast.repo.OnCall`)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ballast.repo import Layer, OnCall, Schedule, half_hours


def on_call(schedule: Schedule, at: datetime) -> str | None:
    """The person's key: of the last override that covers the moment, else of the last layer that has somebody then; or None."""
    for override in reversed(schedule.overrides):
        if _moment(override.start) <= at < _moment(override.end):
            return override.person
    zone = ZoneInfo(schedule.time_zone)
    for layer in reversed(schedule.layers):
        if _on(layer, at, zone):
            return layer.people[_turn(layer, at, zone) % len(layer.people)]
    return None


def escalation(oncall: OnCall, team: str, at: datetime) -> list[tuple[int, list[str]]]:
    """For each step of a team: after how many minutes it is told, and the names of whom; nothing for an unknown team.

    A schedule that has nobody at the moment is named as `nobody in <schedule>`.
    """
    if team not in oncall.teams:
        return []
    found, minutes = [], 0
    for step in oncall.teams[team].steps:
        people = [oncall.people[key].name for key in step.people if key in oncall.people]
        for name in step.schedules:
            key = on_call(oncall.schedules[name], at) if name in oncall.schedules else None
            people.append(oncall.people[key].name if key in oncall.people else f"nobody in {name}")
        found.append((minutes, list(dict.fromkeys(people))))
        minutes += step.minutes
    return found


def _on(layer: Layer, at: datetime, zone: ZoneInfo) -> bool:
    if at < _moment(layer.start) or (layer.end is not None and at >= _moment(layer.end)):
        return False
    local = at.astimezone(zone)
    return local.weekday() * 48 + local.hour * 2 + local.minute // 30 in half_hours(layer)


def _turn(layer: Layer, at: datetime, zone: ZoneInfo) -> int:
    """The number of the turn. Turns change at the same local time, also over a clock change."""
    began, now = (moment.astimezone(zone).replace(tzinfo=None) for moment in (_moment(layer.start), at))
    return int((now - began).total_seconds() // layer.turn_seconds)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
