"""What notifications do to an incident, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.gateway.state import Arrived, Decision, KeyState, Rules, closed, decide

START = datetime(2026, 11, 24, tzinfo=UTC)
RULES = Rules(changes=4, seconds=60)


def play(script: str, *, tier: str = "P3", rules: Rules = RULES, step: float = 1.0) -> list[Decision]:
    """`f` fires, `r` ceases, a step apart, `.` is a minute of nothing."""
    state: KeyState | None = None
    at, decisions = START, []
    for number, letter in enumerate(script):
        at += timedelta(seconds=60 if letter == "." else step)
        if letter != ".":
            decision = decide(state, Arrived("00" * 32, letter == "f", tier, at, number, 100 + number, ("pagerduty",)), rules)
            state = decision.state
            decisions.append(decision)
    return decisions


def changes(script: str, **how: object) -> list[str]:
    return [decision.change for decision in play(script, **how)]  # type: ignore[arg-type]


def test_an_incident_opens_repeats_and_ends_and_the_next_one_is_another() -> None:
    decisions = play("ffrrf")
    assert [d.change for d in decisions] == ["opened", "repeated", "resolved", "orphaned", "opened"]
    assert [d.actions for d in decisions] == [("trigger",), ("trigger",), ("resolve",), ("resolve",), ("trigger",)]
    assert [d.opens for d in decisions] == [True, False, False, False, True]
    incidents = [d.state.incident_id for d in decisions if d.state]
    assert incidents == [100, 100, None, None, 104]


def test_a_resolve_of_nothing_is_passed_on() -> None:
    (decision,) = play("r")
    assert (decision.change, decision.state, decision.actions) == ("orphaned", None, ("resolve",))


def test_a_flapping_group_is_held_as_one_incident_and_says_so_once() -> None:
    decisions = play("frfrfrfr")
    assert [d.change for d in decisions] == [
        "opened", "resolved", "opened", "resolved", "opened", "held", "fired_again", "held",
    ]  # fmt: skip
    held = decisions[5]
    assert held.actions == ("trigger",)
    assert "began or ceased to fire 6 times in 60 s" in held.note
    assert held.state is not None
    assert held.state.held_until == START + timedelta(seconds=6 + 60)
    again = decisions[6]
    assert again.state is not None
    assert (again.state.held_until, again.state.incident_id) == (None, held.state.incident_id)
    assert changes("frfrfr.fr") == ["opened", "resolved", "opened", "resolved", "opened", "held", "fired_again", "resolved"]


@pytest.mark.parametrize(("tier", "rules"), [("P1", RULES), ("P2", RULES), ("P3", Rules(changes=0))])
def test_what_has_a_second_leg_is_never_held(tier: str, rules: Rules) -> None:
    assert set(changes("fr" * 20, tier=tier, rules=rules)) == {"opened", "resolved"}


@given(script=st.text("fr.", max_size=60), tier=st.sampled_from(["P1", "P3"]))
def test_whatever_comes_an_incident_is_told_in_order(script: str, tier: str) -> None:
    """Every incident begins with exactly one opening trigger, and a first page is never held back."""
    open_incident: int | None = None
    seen = set()
    firing = False
    for decision in play(script, tier=tier):
        incident = decision.state.incident_id if decision.state else None
        if decision.opens:
            assert open_incident is None
            assert incident not in seen
            seen.add(incident)
        elif open_incident is not None and incident is not None:
            assert incident == open_incident
        if decision.change in ("opened", "repeated", "fired_again"):
            assert decision.actions == ("trigger",)
            assert incident is not None
            firing = True
        elif decision.change in ("resolved", "held", "orphaned", "still_held"):
            firing = False
        assert (decision.state is not None and decision.state.firing) == firing
        open_incident = incident


@given(script=st.text("fr.", min_size=1, max_size=20))
def test_a_copy_reads_as_it_was_written(script: str) -> None:
    for decision in play(script):
        if decision.state is not None:
            assert KeyState.read(orjson.loads(orjson.dumps(decision.state.json()))) == decision.state
            assert closed(decision.state).version != decision.state.version
