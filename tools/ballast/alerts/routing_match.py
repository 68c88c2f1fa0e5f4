"""What Alertmanager does with an alert, worked out from its configuration: the route, inhibition and mute times.

The rules are Alertmanager's own (https://prometheus.io/docs/alerting/latest/configuration/#route): the deepest route that
matches, the first among siblings unless it says `continue`; receiver, grouping and waits are inherited, mute times are not.
Tests hold it against amtool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

_MATCHER = re.compile(r"^\s*([a-zA-Z_][\w]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$", re.DOTALL)
_INHERITED = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")
_DEFAULTS = {"group_by": [], "group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Routed:
    """Where one alert goes: its receiver, the matchers from the root to its route, and how it waits there (durations as
    written).

    `mute_times` are the names of the route's.
    """

    receiver: str
    path: tuple[tuple[str, ...], ...]
    group_by: tuple[str, ...]
    group_wait: str
    group_interval: str
    repeat_interval: str
    mute_times: tuple[str, ...]


def matches(matchers: Sequence[str], labels: Mapping[str, str]) -> bool:
    """Whether labels match all of them; a label that is missing is empty. Raises ValueError on what is no matcher."""
    return all(_match(text, labels) for text in matchers)


def routes(config: Mapping[str, Any], labels: Mapping[str, str]) -> list[Routed]:
    """Where an alert with these labels goes: one route, or several after a `continue`."""
    return list(_walk(config["route"], _DEFAULTS, (), labels))


def inhibitors(config: Mapping[str, Any], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """The inhibition rules of which an alert with these labels is a target, and for which there can be a source: one whose
    labels in `equal` are the alert's own.
    """
    found = []
    for rule in config.get("inhibit_rules", []):
        shared = [text for text in rule["source_matchers"] if re.split(r"[=!]", text)[0].strip() in rule.get("equal", [])]
        if matches([*rule["target_matchers"], *shared], labels):
            found.append(rule)
    return found


def inhibits(rule: Mapping[str, Any], source: Mapping[str, str], target: Mapping[str, str]) -> bool:
    """Whether `source`, while it fires, hides `target`. An alert that is on both sides of a rule hides no other such."""
    if not (matches(rule["source_matchers"], source) and matches(rule["target_matchers"], target)):
        return False
    if any(source.get(name, "") != target.get(name, "") for name in rule.get("equal", [])):
        return False
    return not (matches(rule["target_matchers"], source) and matches(rule["source_matchers"], target))


def muted(config: Mapping[str, Any], names: Sequence[str], at: datetime) -> list[str]:
    """Those of the mute times that cover a moment."""
    known = {one["name"]: one["time_intervals"] for one in config.get("time_intervals", [])}
    return [name for name in names if any(_covers(interval, at) for interval in known.get(name, []))]


def _walk(
    route: Mapping[str, Any], parent: Mapping[str, Any], path: tuple[tuple[str, ...], ...], labels: Mapping[str, str]
) -> Iterator[Routed]:
    own = {**parent, **{key: route[key] for key in _INHERITED if key in route}}
    here = (*path, tuple(route.get("matchers", ())))
    found = False
    for child in route.get("routes", []):
        if matches(child.get("matchers", []), labels):
            found = True
            yield from _walk(child, own, here, labels)
            if not child.get("continue", False):
                break
    if not found:
        yield Routed(
            receiver=own["receiver"],
            path=here,
            group_by=tuple(own["group_by"]),
            group_wait=own["group_wait"],
            group_interval=own["group_interval"],
            repeat_interval=own["repeat_interval"],
            mute_times=tuple(route.get("mute_time_intervals", ())),
        )


def _match(text: str, labels: Mapping[str, str]) -> bool:
    found = _MATCHER.match(text)
    if found is None:
        raise ValueError(f"{text} is not a matcher")
    name, sign, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1] if m[1] in '"\\' else m[0]), value[1:-1])
    given = labels.get(name, "")
    same = re.fullmatch(value, given) is not None if "~" in sign else given == value
    return same != sign.startswith("!")


def _covers(interval: Mapping[str, Any], at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(interval.get("location", "UTC")))
    if "weekdays" in interval and DAYS[local.weekday()] not in interval["weekdays"]:
        return False
    minute = local.hour * 60 + local.minute
    return any(_minutes(one["start_time"]) <= minute < _minutes(one["end_time"]) for one in interval.get("times", [])) or (
        "times" not in interval
    )


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
