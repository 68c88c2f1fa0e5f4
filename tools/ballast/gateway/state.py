"""What a notification does to the incident of its key: a pure function, the same with and without Redis.

    (none, resolved) --firing--> triggered --a person--> acknowledged
    triggered, acknowledged --resolved, or a person--> resolved; the next firing opens a new incident, as at PagerDuty

A group that begins and ceases to fire more than `changes` times within `seconds` flaps: its incident stays open, PagerDuty is
told so once, and the resolve is sent when the group has been quiet for `seconds`. A first page is never held back. Groups whose
pages also leave on Alertmanager's own leg (`direct` tiers) are never held: that leg resolves in any case, and telling PagerDuty
about the incident afterwards would open another.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

Change = Literal["opened", "repeated", "resolved", "orphaned", "held", "still_held", "fired_again"]
Status = Literal["triggered", "acknowledged", "resolved"]


@dataclass(frozen=True, slots=True)
class Rules:
    """When a group flaps (`changes` = 0: never), and the tiers whose pages have a second leg."""

    changes: int = 6
    seconds: float = 600.0
    direct: frozenset[str] = frozenset({"P1", "P2"})


@dataclass(frozen=True, slots=True)
class KeyState:
    """A row of `gateway_keys`. `incident_id` is that of the open incident, or None; `version` is new with every write."""

    dedup_key: str
    version: int
    incident_id: int | None
    status: Status
    firing: bool
    tier: str
    destinations: tuple[str, ...]
    occurrences: int
    opened_at: datetime
    changes: tuple[datetime, ...]
    held_until: datetime | None
    inbox_id: int
    inbox_at: datetime

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> KeyState:
        """From a row of the table, or from the JSON that Redis holds. Raises KeyError, TypeError or ValueError on others."""
        when = {name: _time(row[name]) for name in ("opened_at", "inbox_at")}
        held = row["held_until"]
        lists = {"destinations": tuple(row["destinations"]), "changes": tuple(map(_time, row["changes"]))}
        return cls(**{**row, **when, **lists, "held_until": None if held is None else _time(held)})

    def json(self) -> dict[str, Any]:
        """As a row. (`dataclasses.asdict` would copy every value, at a tenth of what accepting an alert costs.)"""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Decision:
    """`state` is what the key's row becomes (None: no row was there and none is due). `actions` are to be sent, in order;
    `note` goes with the first; `opens` says that the trigger opens an incident.
    """

    change: Change
    state: KeyState | None
    actions: tuple[Literal["trigger", "resolve"], ...]
    opens: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the state machine has to know about a notification, and the ids that are its own if it needs them."""

    dedup_key: str
    firing: bool
    tier: str
    at: datetime
    inbox_id: int
    incident_id: int
    destinations: tuple[str, ...]


def decide(state: KeyState | None, arrived: Arrived, rules: Rules) -> Decision:
    """The decision on a notification; `state` is the key's row before it."""
    return _fires(state, arrived, rules) if arrived.firing else _ceases(state, arrived, rules)


def _fires(state: KeyState | None, arrived: Arrived, rules: Rules) -> Decision:
    changes = _changed(state, arrived, rules)
    if state is None or state.incident_id is None:
        opened = KeyState(
            dedup_key=arrived.dedup_key,
            version=new_version(),
            incident_id=arrived.incident_id,
            status="triggered",
            firing=True,
            tier=arrived.tier,
            destinations=arrived.destinations,
            occurrences=1,
            opened_at=arrived.at,
            changes=changes,
            held_until=None,
            inbox_id=arrived.inbox_id,
            inbox_at=arrived.at,
        )
        return Decision("opened", opened, ("trigger",), opens=True)
    known = _seen(state, arrived)
    again = replace(
        known,
        firing=True,
        tier=arrived.tier,
        destinations=tuple(dict.fromkeys((*state.destinations, *arrived.destinations))),
        occurrences=state.occurrences + 1,
        changes=changes,
        held_until=None,
    )
    return Decision("repeated" if state.firing else "fired_again", again, ("trigger",))


def _ceases(state: KeyState | None, arrived: Arrived, rules: Rules) -> Decision:
    if state is None:
        return Decision("orphaned", None, ("resolve",))  # the other leg may have opened it
    known = _seen(state, arrived)
    if state.incident_id is None:
        return Decision("orphaned", replace(known, firing=False), ("resolve",))
    if not state.firing:
        return Decision("still_held", known, ())
    changes = _changed(state, arrived, rules)
    recent = [at for at in changes if at >= arrived.at - timedelta(seconds=rules.seconds)]
    if rules.changes and len(recent) > rules.changes and arrived.tier not in rules.direct:
        held = replace(known, firing=False, changes=changes, held_until=arrived.at + timedelta(seconds=rules.seconds))
        note = (
            f"flapping: began or ceased to fire {len(recent)} times in {rules.seconds:g} s; held open until quiet for as long"
        )
        return Decision("held", held, ("trigger",), note=note)
    return Decision("resolved", replace(closed(known), changes=changes), ("resolve",))


def closed(state: KeyState) -> KeyState:
    """The key's row once its incident has ended."""
    return replace(state, version=new_version(), incident_id=None, status="resolved", firing=False, held_until=None)


def new_version() -> int:
    """A version that no other write has."""
    return random.getrandbits(63)


def _seen(state: KeyState, arrived: Arrived) -> KeyState:
    return replace(state, version=new_version(), inbox_id=arrived.inbox_id, inbox_at=arrived.at)


def _changed(state: KeyState | None, arrived: Arrived, rules: Rules) -> tuple[datetime, ...]:
    if state is None:
        return (arrived.at,)
    if state.firing == arrived.firing:
        return state.changes
    return _newest((*state.changes, arrived.at), rules.changes + 2)


def _newest(times: Iterable[datetime], count: int) -> tuple[datetime, ...]:
    return tuple(times)[-count:]


def _time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
