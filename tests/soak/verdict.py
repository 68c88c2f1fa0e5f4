"""Whether anything was lost, doubled or out of order: what the source knows against PostgreSQL and the receiver."""

from __future__ import annotations

import bisect
import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from tests.soak.source import Group

PARTITIONS = 3
"""Of each topic."""


@dataclass
class Verdict:
    """Counts over some groups. `skipped`: cycles on the only leg that opened nothing of their own, for when they could be told
    of they were over, or the incident before them was still open and went on.
    """

    faults: int = 0
    cycles: int = 0
    notifications: int = 0
    incidents: int = 0
    calls: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    skipped: int = 0
    events: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        """Sum up."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def judge(
    groups: Sequence[Group],
    firing: Collection[str],
    calls: Sequence[dict[str, Any]],
    incidents: Sequence[dict[str, Any]],
    outbox: Sequence[dict[str, Any]],
    inbox: Collection[int],
    *,
    two_legs: frozenset[str],
) -> Verdict:
    """`firing`: the groups that fire now; `calls` and `incidents` of the receiver; `outbox` rows by id; `inbox` ids.

    Lost: an accepted notification without a row, or one that nobody was told of: a group that fires has no open incident, or a
    cycle opened none (on a single leg it may have been skipped, with its reason: see `Verdict`).
    Doubled: two incidents for one cycle, or an open one for a group that does not fire. Disordered: the gateway's calls
    about one key have their effect in another order than its rows, or tell of its cycles in another order than they came.
    """
    found = Verdict(cycles=sum(len(g.cycles) for g in groups), notifications=sum(len(g.accepted) for g in groups))
    of = {name: _by_key(rows) for name, rows in (("incidents", incidents), ("outbox", outbox))}
    heard: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for call in calls:
        if isinstance(call["event"], dict) and call["effect"] not in ("fault", "rejected"):
            heard[call["event"]["dedup_key"]].append(call)
    for group in groups:
        mine, rows, told = of["incidents"][group.dedup_key], of["outbox"][group.dedup_key], heard[group.dedup_key]
        found.incidents += len(mine)
        found.calls += len(told)
        say = _teller(found, group, told, rows)
        if missing := group.accepted - set(inbox):
            found.lost += len(missing)
            say(f"LOST: accepted and not stored: {missing}")
        if stuck := [row for row in rows if row["state"] not in ("delivered", "skipped")]:
            found.lost += 1
            say(f"LOST: ended as {stuck[0]['state']}: {stuck[0]['reason']}")
        openings = [call for call in told if call["effect"] == "opened"]
        if group.tier in two_legs:
            opened = [_current(group, call["arrived"]) for call in openings]
        else:
            opened = _told_alone(group, openings)
        skips = sum(row["state"] == "skipped" for row in rows)
        unopened = len(group.cycles) - len(set(opened))
        if group.tier not in two_legs:
            found.skipped += min(unopened, skips)
        if unopened > (0 if group.tier in two_legs else skips):
            found.lost += 1
            say(f"LOST: {len(group.cycles)} cycles, opened {opened}, {skips} skipped")
        if len(opened) != len(set(opened)):
            found.doubled += 1
            say(f"DOUBLED: opened {opened} of {len(group.cycles)}")
        still = [i for i in mine if i["status"] != "resolved"]
        if group.name in firing and not still:
            found.lost += 1
            say("LOST: it fires, and no incident is open")
        if group.name not in firing and still:
            found.doubled += 1
            say("DOUBLED: it does not fire, and an incident is open")
        _ordered(found, group, told, rows, say)
    return found


def _ordered(found: Verdict, group: Group, told: list[dict[str, Any]], rows: list[dict[str, Any]], say: Any) -> None:
    told = [call for call in told if not call["agent"].startswith("Alertmanager")]
    triggers = [_cycle(group, call) for call in told if call["event"]["event_action"] == "trigger"]
    if triggers != sorted(triggers):
        found.disordered += 1
        say(f"DISORDERED: triggers of the cycles {triggers}")
        return
    place = 0
    for call in told:
        while place < len(rows) and rows[place]["action"] != call["event"]["event_action"]:
            place += 1
        if place == len(rows):
            found.disordered += 1
            say(f"DISORDERED: calls {_short(told)} for rows {[(r['action'][0], r['state']) for r in rows]}")
            return


def _cycle(group: Group, call: dict[str, Any]) -> int:
    """Which cycle of the group a trigger tells of."""
    return group.cycles.index(datetime.fromisoformat(call["event"]["payload"]["timestamp"]))


def _told_alone(group: Group, openings: list[dict[str, Any]]) -> list[int]:
    """The only leg tells of each cycle in turn, however late. A copy of a trigger whose incident has been and gone is sent when
    the group fires again, and opens the incident of the cycle that is on then.
    """
    found: list[int] = []
    for call in openings:
        cycle = _cycle(group, call)
        found.append(_current(group, call["arrived"]) if cycle in found else cycle)
    return found


def _current(group: Group, at: float) -> int:
    """The cycle that had begun last by then. A late trigger that tells of the one before, sent because the group fires again,
    opens this one's incident.
    """
    return bisect.bisect_right([began.timestamp() for began in group.cycles], at) - 1


def _teller(found: Verdict, group: Group, told: list[dict[str, Any]], rows: list[dict[str, Any]]) -> Any:
    def say(what: str) -> None:
        began = group.cycles[0].timestamp() if group.cycles else 0.0
        history = [
            f"{call['arrived'] - began:.2f}s {call['agent'][:2]} {call['event']['event_action']} {call['effect']}"
            for call in told
        ]
        facts = [(r["id"], r["action"], r["state"], r["attempts"], (r["reason"] or "")[:30]) for r in rows]
        cycles = [round(at.timestamp() - began, 2) for at in group.cycles]
        found.problems.append(f"{group.name} ({group.tier}): {what}\n  cycles {cycles}\n  receiver {history}\n  outbox {facts}")

    return say


def _short(calls: Sequence[dict[str, Any]]) -> list[str]:
    return [call["event"]["event_action"][0] for call in calls]


def _by_key(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["dedup_key"]].append(row)
    return found


def orders(written: Sequence[dict[str, Any]], bootstrap: str) -> list[str]:
    """What the topics lack or have in another order than PostgreSQL, of the events `written` (id, stream, dedup_key).

    An event may be there twice; its first occurrence counts. What was written after `written` was read may be there as well.
    """
    from confluent_kafka import Consumer, KafkaError

    streams = sorted({row["stream"] for row in written})
    expected: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in sorted(written, key=lambda row: row["id"]):
        expected[row["stream"], row["dedup_key"]].append(row["id"])
    first: dict[tuple[str, str], list[int]] = defaultdict(list)
    settings = {"bootstrap.servers": bootstrap, "group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "enable.auto.commit": False, "enable.partition.eof": True, "log_level": 0})
    try:
        consumer.subscribe(streams)
        ended: set[tuple[str | None, int | None]] = set()
        deadline = time.monotonic() + 60
        while len(ended) < PARTITIONS * len(streams) and time.monotonic() < deadline:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if (error := message.error()) is not None:
                if error.code() == KafkaError._PARTITION_EOF:
                    ended.add((message.topic(), message.partition()))
                continue
            key, number = (message.key() or b"").decode(), int(orjson.loads(message.value() or b"")["id"].rsplit(":", 1)[1])
            place = (str(message.topic()), key)
            if number not in first[place]:
                first[place].append(number)
    finally:
        consumer.close()
    return [
        f"BUS: {stream} {key[:8]}: written {ids}, on the topic {told}"
        for (stream, key), ids in expected.items()
        for told in [first[stream, key]]
        if told[: len(ids)] != ids or told != sorted(told)
    ]
