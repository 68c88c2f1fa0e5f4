"""Three renderings of random schedules agree minute by minute around clock changes: shifts, the calendar, and Terraform's."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import icalendar
import pytest

from ballast.incidents import Shift, calendar, shifts, who
from ballast.repo import OnCall
from ballast.terraform import Server, Workspace
from tests.incidents.oncall.pagerduty import MINUTE, by_minute
from tests.incidents.oncall.schedules import PEOPLE, schedule

TERRAFORM = Path(__file__).parents[3] / "terraform"
SPAN = timedelta(days=3)
"""Before a clock change and after it."""
MINUTES = 2 * SPAN // MINUTE


def test_random_schedules() -> None:
    agree(60, seed=20261124)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_ten_thousand_random_schedules(seed: int) -> None:
    agree(500, seed)


def agree(count: int, seed: int) -> None:
    rng = random.Random(seed)
    made = {f"s{n:04d}": schedule(rng) for n in range(count)}
    file = {
        "version": "ballast/v1",
        "people": {p: {"name": p.title(), "email": f"{p}@acme.example"} for p in PEOPLE},
        "schedules": {name: given for name, (given, _) in made.items()},
        "teams": {"t": {"title": "T", "steps": [{"people": ["ada"], "minutes": 5}, {"people": ["bo"], "minutes": 5}]}},
    }
    oncall = OnCall.model_validate(file)
    planned, people = at_pagerduty(file)
    for name, (given, change) in made.items():
        start = (change - SPAN).replace(second=0, microsecond=0)
        taken = shifts(oncall.schedules[name], start, start + 2 * SPAN)
        ours = minutes_of(taken, start)
        seen = list(of_calendar(oncall, name, taken))
        told = json.dumps(given)
        assert None not in ours, f"a gap: {told}"
        assert all(one.end <= other.start for one, other in pairwise(seen)), f"an overlap: {told}"
        assert minutes_of(seen, start) == ours, told
        assert by_minute(planned[name], people, start, MINUTES) == ours, told
        for _ in range(20):
            minute = rng.randrange(MINUTES)
            assert who(oncall.schedules[name], start + minute * MINUTE) == ours[minute], told


def minutes_of(found: list[Shift], start: datetime) -> list[str | None]:
    out: list[str | None] = [None] * MINUTES
    for shift in found:
        a, b = ((moment - start) // MINUTE for moment in (shift.start, shift.end))
        out[a:b] = [shift.person] * (b - a)
    return out


def of_calendar(oncall: OnCall, name: str, taken: list[Shift]) -> Iterator[Shift]:
    """A calendar read back, by time."""
    mails = {person.email: key for key, person in oncall.people.items()}
    read = icalendar.Calendar.from_ical(calendar(oncall, {name: taken}))
    for event in sorted(read.walk("VEVENT"), key=lambda event: event["dtstart"].dt):
        yield Shift(mails[event["attendee"].removeprefix("MAILTO:")], event["dtstart"].dt, event["dtend"].dt, "")


def at_pagerduty(file: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What module `oncall` gives PagerDuty for these schedules, and people by PagerDuty's ids."""
    import tempfile

    with (
        tempfile.TemporaryDirectory() as into,
        Server(TERRAFORM / "schemas") as server,
        Workspace(TERRAFORM / "modules" / "oncall", into=Path(into) / "shadow", server=server, mode="hermetic") as workspace,
    ):
        given = {key: file[key] for key in ("people", "schedules", "teams")} | {"services": {}, "default_team": "t"}
        (Path(into) / "given.tfvars.json").write_text(json.dumps(given))
        (workspace.folder / "provider.tf.json").write_text(json.dumps({"provider": {"pagerduty": {"token": "not-a-token"}}}))
        workspace.init()
        words = ("-no-color", "-input=false", f"-var-file={into}/given.tfvars.json", "-out=plan")
        done = workspace.run("plan", *words, capture=True)
        assert done.returncode == 0, done.stderr
        plan = workspace.json("show", "-json", "plan")
    planned = {
        r["index"]: r["values"] for r in plan["planned_values"]["root_module"]["resources"] if r["type"] == "pagerduty_schedule"
    }
    people = {
        r["values"]["id"]: r["index"]
        for r in plan["prior_state"]["values"]["root_module"]["resources"]
        if r["type"] == "pagerduty_user"
    }
    return planned, people


def test_a_week_of_a_clock_change_is_an_hour_longer() -> None:
    oncall = {
        "time_zone": "Europe/Berlin",
        "layers": [{"name": "w", "people": ["a", "b"], "start": "2026-10-19T09:00:00+02:00"}],
    }
    schedule = OnCall.model_validate(
        {
            "version": "ballast/v1",
            "people": {p: {"name": p, "email": f"{p}@acme.example"} for p in ("a", "b")},
            "schedules": {"s": oncall},
            "teams": {"t": {"title": "T", "steps": [{"people": ["a"], "minutes": 5}]}},
        }
    ).schedules["s"]
    found = shifts(schedule, datetime(2026, 10, 19, 7, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC))
    assert [(s.person, s.hours) for s in found] == [("a", 169), ("b", 168)]
