"""The rows that one transaction writes: inbox, incidents, their history, outbox and events together, or none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import orjson
from psycopg import AsyncConnection

from ballast.gateway import events, writes
from ballast.gateway.notification import Notification
from ballast.gateway.provider import clip
from ballast.gateway.state import Arrived, Decision, KeyState, Rules, Status, closed, decide, new_version

DIGEST = "digest"
"""In place of a provider's name: the incident is told in its team's next digest (`digest`), and not by itself."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A notification to be stored. `raw` is the JSON object it was read from, `destinations` where its incident is reported,
    `traceparent` the W3C trace context of the request that brought it.
    """

    notification: Notification
    raw: Mapping[str, Any]
    source: str
    destinations: tuple[str, ...]
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was stored: the row of the inbox, and what it meant for the incident of its key."""

    inbox: int
    dedup_key: str
    change: str
    incident: int | None


class Stale(Exception):
    """A copy of a key's row was not current: read the rows themselves and decide again."""


@dataclass(slots=True)
class Plan:
    """Rows, in the order in which they came about. `states` begins as rows of `gateway_keys` and ends as what they become."""

    now: datetime
    states: dict[str, KeyState]
    inbox: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    digest: list[dict[str, Any]] = field(default_factory=list)
    before: dict[str, int | None] = field(default_factory=dict)
    """Key -> the version that its row must still have (None: no row)."""

    def arrive(self, arrival: Arrival, inbox_id: int, incident_id: int, rules: Rules) -> Receipt:
        """Decide on a notification."""
        said = arrival.notification
        key = said.dedup_key
        arrived = Arrived(key, said.status == "firing", said.tier, self.now, inbox_id, incident_id, arrival.destinations)
        was = self.states.get(key)
        decision = decide(was, arrived, rules)
        incident = was.incident_id if was else None
        if decision.state is not None:
            incident = incident or decision.state.incident_id
            self._set(decision.state)
        self.inbox.append(
            {
                "id": inbox_id,
                "received_at": self.now,
                "source": arrival.source,
                "group_key": said.group_key,
                "dedup_key": key,
                "status": said.status,
                "incident_id": incident,
                "payload": arrival.raw,
                "traceparent": arrival.traceparent,
            }
        )
        self._incident(decision, said, incident, arrived)
        where = decision.state.destinations if decision.state else arrival.destinations
        if decision.opens and DIGEST in where:
            team = clip(said.common_labels.get("owner", ""), 256) or "nobody's services"
            self.digest.append({"incident_id": incident, "added_at": self.now, "team": team})
        for number, action in enumerate(decision.actions):
            for destination in where:
                self._send(arrived, incident, destination, action, decision.opens, decision.note if number == 0 else "")
        return Receipt(inbox_id, key, decision.change, incident)

    def end(self, state: KeyState, cause: str, *, by: str = "", note: str = "", send: bool) -> None:
        """Resolve the open incident of a key: by a person, quiet at last (then `send` it), or gone from Alertmanager."""
        assert state.incident_id is not None, "the caller looked"
        self._set(closed(state))
        self.changed.append(_change(state, "resolved", self.now))
        self._record(state, "resolved", "resolved", cause, by=by, note=note, inbox=state.inbox_id)
        if send:
            arrived = Arrived(state.dedup_key, False, state.tier, self.now, state.inbox_id, state.incident_id, ())
            for destination in state.destinations:
                self._send(arrived, state.incident_id, destination, "resolve", False, note, inbox_at=state.inbox_at)

    def reconcile(self, state: KeyState, action: str, incident: int | None, reason: str) -> None:
        """The notification of a key's newest row was late and is not sent on: a trigger's incident has ended meanwhile, a
        resolve's goes on.
        """
        if action == "trigger" and incident is not None and state.incident_id == incident:
            self.end(state, "reconciled", note=reason, send=False)
        elif action == "resolve" and incident is not None and state.incident_id is None:
            goes_on = replace(state, version=new_version(), incident_id=incident, status="triggered", firing=True)
            self._set(goes_on)
            self.changed.append(_change(goes_on, "triggered", self.now))
            self._record(goes_on, "fired_again", "triggered", "reconciled", note=reason, inbox=state.inbox_id)

    def acknowledge(self, state: KeyState, acknowledged: bool, by: str, cause: str) -> None:
        """A person has taken the open incident of a key, or given it back."""
        status: Status = "acknowledged" if acknowledged else "triggered"
        self._set(replace(state, status=status, version=new_version()))
        self.changed.append(_change(state, status, self.now, by))
        self._record(state, "acknowledged" if acknowledged else "unacknowledged", status, cause, by=by)

    def told(
        self, state: KeyState, act: str | None, kind: str, cause: str, by: str, note: str
    ) -> Literal["applied", "unchanged"]:  # fmt: skip
        """What a person did to the open incident of a key; `act` None changes nothing but its history."""
        if act == "resolved":
            self.end(state, cause, by=by, note=note, send=False)
        elif act is not None and state.status == ("acknowledged" if act == "acknowledged" else "triggered"):
            return "unchanged"
        elif act is not None:
            self.acknowledge(state, act == "acknowledged", by, cause)
        else:
            self._record(state, kind, state.status, cause, by=by, note=note)
        return "applied"

    def _set(self, state: KeyState) -> None:
        was = self.states.get(state.dedup_key)
        self.before.setdefault(state.dedup_key, was.version if was else None)
        self.states[state.dedup_key] = state

    def _incident(self, decision: Decision, said: Notification, incident: int | None, arrived: Arrived) -> None:
        state = decision.state
        title = clip(said.title, 1024)
        facts: dict[str, Any] = {"group_key": said.group_key, "title": title, "labels": said.common_labels}
        if state is None or incident is None:  # nothing is open that this could change
            facts |= {"incident": None, "status": "resolved", "tier": said.tier, "occurrences": 0, "cause": "webhook"}
            facts |= {"by": "", "note": "", "inbox": arrived.inbox_id}
            self.events.append(events.row("alerts", f"incident.{decision.change}", self.now, arrived.dedup_key, **facts))
            return
        if decision.change == "opened":
            row = _change(state, "triggered", self.now) | {"dedup_key": arrived.dedup_key, "group_key": said.group_key}
            self.opened.append(row | {"title": title, "labels": said.common_labels, "opened_at": self.now})
        else:
            self.changed.append(_change(replace(state, incident_id=incident), state.status, self.now))
        of = replace(state, incident_id=incident)
        self._record(of, decision.change, state.status, "webhook", note=decision.note, inbox=arrived.inbox_id, **facts)

    def _record(
        self, of: KeyState, change: str, status: str, cause: str, *, by: str = "", note: str = "", inbox: int | None = None,
        **facts: Any,
    ) -> None:  # fmt: skip
        self.history.append(
            {
                "incident_id": of.incident_id,
                "at": self.now,
                "change": change,
                "status": status,
                "cause": cause,
                "by_whom": by,
                "note": note,
                "inbox_id": inbox,
            }
        )
        more = {"incident": of.incident_id, "status": status, "tier": of.tier, "occurrences": of.occurrences, "cause": cause}
        more |= {"by": by, "note": note, "inbox": inbox}
        self.events.append(events.row("alerts", f"incident.{change}", self.now, of.dedup_key, **more, **facts))

    def _send(
        self, arrived: Arrived, incident: int | None, destination: str, action: str, opens: bool, note: str,
        *, inbox_at: datetime | None = None,
    ) -> None:  # fmt: skip
        if destination == DIGEST:
            return
        row = {
            "received_at": self.now,
            "inbox_id": arrived.inbox_id,
            "inbox_at": inbox_at or self.now,
            "incident_id": incident,
            "dedup_key": arrived.dedup_key,
            "destination": destination,
            "action": action,
            "tier": arrived.tier,
            "opens": opens,
            "note": note,
            "merged": 0,
        }
        same = [r for r in self.outbox if (r["dedup_key"], r["destination"]) == (arrived.dedup_key, destination)]
        if same and action == "trigger" == same[-1]["action"] and not opens:  # within this very transaction
            row |= {"opens": same[-1]["opens"], "note": note or same[-1]["note"], "merged": same[-1]["merged"] + 1}
            same[-1].update(row)
        else:
            self.outbox.append(row)

    async def write(self, connection: AsyncConnection) -> None:
        """Write it all. Raises Stale when a key's row was not what `states` said."""
        rows = [self.states[key].json() | {"expected": version} for key, version in self.before.items()]
        inserted, updated = [r for r in rows if r["expected"] is None], [r for r in rows if r["expected"] is not None]
        updates = [r for r in self.outbox if r["action"] == "trigger" and not r["opens"]]
        merged: set[tuple[str, str]] = set()
        async with connection.pipeline():
            cursors = [
                await connection.execute(statement, (_json(rows),))
                for statement, rows in ((writes.INSERT_KEYS, inserted), (writes.UPDATE_KEYS, updated), (writes.MERGE, updates))
                if rows
            ]
        if inserted or updated:
            touched = sum(c.rowcount for c in cursors[: bool(inserted) + bool(updated)])
            if touched != len(rows):
                raise Stale
        if updates:
            merged = {(key, destination) for key, destination in await cursors[-1].fetchall()}
        fresh = [r for r in self.outbox if not (r in updates and (r["dedup_key"], r["destination"]) in merged)]
        # One row an incident, as it is in the end; those that end before those that begin, for a key has one open incident.
        last = {row["id"]: row for row in self.changed}
        opened = [row | last.pop(row["id"], {}) for row in self.opened]
        changed = list(last.values())
        async with connection.pipeline():
            for statement, rows in (
                (writes.INSERT_INBOX, self.inbox),
                (writes.UPDATE_INCIDENTS, changed),
                (writes.INSERT_INCIDENTS, opened),
                (writes.INSERT_HISTORY, self.history),
                (writes.INSERT_OUTBOX, fresh),
                (writes.INSERT_EVENTS, self.events),
                (writes.INSERT_DIGEST, self.digest),
            ):
                if rows:
                    await connection.execute(statement, (_json(rows),))


def _change(state: KeyState, status: str, now: datetime, by: str = "") -> dict[str, Any]:
    return {
        "id": state.incident_id,
        "status": status,
        "tier": state.tier,
        "occurrences": state.occurrences,
        "acknowledged_at": now if by and status == "acknowledged" else None,
        "acknowledged_by": by or None if status == "acknowledged" else None,
        "resolved_at": now if status == "resolved" else None,
    }


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
