"""An escalation that, in some weeks, comes to somebody who has already slept through it.

A step that calls the person of the step before gives an incident no second pair of ears. Two rotations that share a person meet
sooner or later; how often is counted over a year from the newest layer's beginning, so that no date decides.

Mend: keep people of schedules that stand in one escalation apart, or let an override bridge the weeks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ballast.findings import Finding, check
from ballast.incidents.oncall import Shift, shifts
from ballast.repo import CannotRun, OnCall, Repository, Severity, Step

YEAR = timedelta(days=364)


@check("oncall/twice", on=Repository, severity=Severity.WARNING)
def twice(repository: Repository) -> Iterator[Finding]:
    """Each step against the one before it."""
    document = repository.oncall
    if document is None:
        return
    oncall = document.model
    start = max(datetime.fromisoformat(layer.start) for schedule in oncall.schedules.values() for layer in schedule.layers)
    try:
        turns = {name: shifts(schedule, start, start + YEAR) for name, schedule in oncall.schedules.items()}
    except (CannotRun, IndexError):
        return  # other checks say what is wrong with it
    for name, team in oncall.teams.items():
        for number, (step, following) in enumerate(zip(team.steps, team.steps[1:], strict=False), 1):
            again = _again(oncall, turns, step, following)
            if again:
                person, hours = max(again.items(), key=lambda item: (item[1], item[0]))
                message = (
                    f"step {number + 1} of {name} calls whom step {number} has called in {sum(again.values()) / 24:.0f} days "
                    f"of a year, {oncall.people[person].name} in {hours / 24:.0f}"
                )
                yield Finding("", document.position("teams", name, "steps", number), message, "keep their people apart")


def _again(oncall: OnCall, turns: dict[str, list[Shift]], step: Step, following: Step) -> dict[str, float]:
    """Hours in which both steps call one person and nobody else, by person."""
    found: dict[str, float] = {}
    if len(step.schedules) + len(step.people) != 1 or len(following.schedules) + len(following.people) != 1:
        return found  # somebody else hears of it as well
    for one in _spans(turns, step):
        for other in _spans(turns, following):
            start, end = max(one.start, other.start), min(one.end, other.end)
            if one.person == other.person and start < end:
                found[one.person] = found.get(one.person, 0) + (end - start) / timedelta(hours=1)
    return found


def _spans(turns: dict[str, list[Shift]], step: Step) -> list[Shift]:
    if step.schedules:
        return turns.get(step.schedules[0], [])
    every = [shift for taken in turns.values() for shift in taken]
    if not every:
        return []
    return [Shift(step.people[0], min(s.start for s in every), max(s.end for s in every), "")]
