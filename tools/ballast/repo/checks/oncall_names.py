"""On call is somebody or something that is not there.

A name that no list has makes a turn, an override or a step of an escalation reach nobody. So does a step without anybody in
it, a time zone that does not exist, and a time that ends before it begins.

Mend: the name, or add it to `people` or `schedules`.

    - teams: {team-a: {title: A, steps: [{schedules: [primry], minutes: 10}]}}
    + teams: {team-a: {title: A, steps: [{schedules: [primary], minutes: 10}]}}
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.oncall import OnCall
from ballast.repo.source import Path


@check("oncall/names", on=OnCall)
def names(oncall: OnCall) -> Iterator[Issue]:
    """Names, zones and times."""
    for name, schedule in oncall.schedules.items():
        at: Path = ("schedules", name)
        if not _is_zone(schedule.time_zone):
            yield Issue(
                (*at, "time_zone"), f"there is no time zone {schedule.time_zone}", "an IANA name, such as Europe/Berlin"
            )
        seen: set[str] = set()
        for number, layer in enumerate(schedule.layers):
            here = (*at, "layers", number)
            if layer.name in seen:
                yield Issue((*here, "name"), f"a second layer {layer.name} in schedule {name}", "rename one of the two")
            seen.add(layer.name)
            yield from _known((*here, "people"), layer.people, oncall.people, "people")
            yield from _ordered(here, layer.start, layer.end)
        for number, override in enumerate(schedule.overrides):
            here = (*at, "overrides", number)
            yield from _known((*here, "person"), [override.person], oncall.people, "people", listed=False)
            yield from _ordered(here, override.start, override.end)
    for name, team in oncall.teams.items():
        for number, step in enumerate(team.steps):
            here = ("teams", name, "steps", number)
            if not step.schedules and not step.people:
                yield Issue(here, f"step {number + 1} of {name} tells nobody", "list schedules or people")
            yield from _known((*here, "schedules"), step.schedules, oncall.schedules, "schedules")
            yield from _known((*here, "people"), step.people, oncall.people, "people")


def _known(path: Path, given: list[str], known: Collection[str], where: str, listed: bool = True) -> Iterator[Issue]:
    for number, name in enumerate(given):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"add {name} to {where}"
            yield Issue((*path, number) if listed else path, f"{name} is not among `{where}`", hint)


def _ordered(path: Path, start: str, end: str | None) -> Iterator[Issue]:
    moments = {}
    for key, text in (("start", start), ("end", end)):
        if text is None:
            continue
        try:
            moments[key] = datetime.fromisoformat(text)
        except ValueError:
            yield Issue((*path, key), f"{text} is no moment of any calendar", "such as 2026-01-05T09:00:00+01:00")
    if len(moments) == 2 and moments["end"] <= moments["start"]:
        yield Issue((*path, "end"), "it ends before it begins", "mend one of the two")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no relative path; a folder of zones, such as Europe
        return False
    return True
