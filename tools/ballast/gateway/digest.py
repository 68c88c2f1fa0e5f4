"""Digests: what incidents with the destination `digest` (P4) have gathered for a team, in one message at set times.

The moments are local times (`alerts/routing.yaml`, `digest`). At each, one transaction writes the row of that moment and, for
each team with something new, a row of inbox and outbox: whichever replica commits it first makes the digests, the others find
the row, and a crash leaves nothing or everything. From there a digest is delivered like any page, under a key of its own. After
a downtime over several moments one digest holds everything.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row

from ballast.gateway.notification import DIGEST_KEY
from ballast.gateway.plan import DIGEST
from ballast.gateway.provider import clip
from ballast.gateway.store import UNAVAILABLE, Store
from ballast.repo import DAYS, Digest

log = logging.getLogger("ballast.gateway")
LOOK_SECONDS = 5.0
MAX_ALERTS = 100
MAX_LINES = 50


@dataclass(frozen=True, slots=True)
class Item:
    """An incident in a digest."""

    incident_id: int
    team: str
    title: str
    status: str
    tier: str
    labels: dict[str, str]
    occurrences: int
    opened_at: datetime


def last_due(digest: Digest, now: datetime) -> datetime:
    """The last moment at or before `now` at which a digest was due, in UTC."""
    zone = ZoneInfo(digest.time_zone)
    today = now.astimezone(zone).date()
    moments = (
        datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC)
        for day in (today - timedelta(days=back) for back in range(-1, 9))
        if DAYS[day.weekday()] in digest.days
        for text in digest.times
    )
    return max(moment for moment in moments if moment <= now)


def notification(team: str, due: datetime, new: Sequence[Item], still: Sequence[Item]) -> dict[str, Any]:
    """A digest in the form of a notification, so that every provider can tell it."""
    open_now = sum(item.status != "resolved" for item in new)
    what = f"{len(new)} new alert{'s' if len(new) != 1 else ''} for {team}"
    rest = f", {open_now} still open" if open_now else ", all over"
    lines = [_line(item) for item in new[:MAX_LINES]]
    lines += [f"… and {len(new) - MAX_LINES} more"] if len(new) > MAX_LINES else []
    if still:
        lines += ["", f"Open since earlier digests: {len(still)}", *[_line(item) for item in still[:10]]]
        lines += [f"… and {len(still) - 10} more"] if len(still) > 10 else []
    labels = {"alertname": "Digest", "owner": team, "tier": "P4", "severity": "ticket"}
    alerts = [
        {
            "status": "resolved" if item.status == "resolved" else "firing",
            "labels": item.labels,
            "annotations": {"summary": item.title},
            "startsAt": item.opened_at.isoformat(),
        }
        for item in new[:MAX_ALERTS]
    ]
    return {
        "version": "4",
        "groupKey": f"{DIGEST_KEY}{team}/{due.isoformat()}",
        "status": "firing",
        "receiver": DIGEST,
        "groupLabels": {"alertname": "Digest", "owner": team},
        "commonLabels": labels,
        "commonAnnotations": {"summary": f"Digest: {what}{rest}", "description": "\n".join(lines)},
        "externalURL": "",
        "truncatedAlerts": max(0, len(new) - MAX_ALERTS),
        "alerts": alerts,
    }


def _line(item: Item) -> str:
    often = f", {item.occurrences}x" if item.occurrences > 1 else ""
    return f"- {clip(item.title, 200)} ({item.status}, since {item.opened_at:%m-%d %H:%M} UTC{often})"


class Digests:
    """Makes them for one gateway. `run` it beside the gateway; `wake` is called when there is something to send."""

    def __init__(self, store: Store, digest: Digest, destination: str, wake: Any) -> None:
        self._store = store
        self._digest = digest
        self._destination = destination
        self._wake = wake
        self._done: datetime | None = None

    async def run(self) -> None:
        """For ever. The tables must be there."""
        while True:
            try:
                if await self.make():
                    self._wake()
            except (*UNAVAILABLE, psycopg.Error) as error:
                log.warning("digests wait for PostgreSQL", extra={"error": str(error)})
            await asyncio.sleep(LOOK_SECONDS)

    async def make(self, now: datetime | None = None) -> int:
        """Make the digests that are due, unless somebody has; how many. `now` is PostgreSQL's time unless given.

        The very first moment that a database sees makes none: what is in it has been due since before there were digests.
        """
        moment = now or await self._store.now()
        due = last_due(self._digest, moment)
        if due == self._done:
            return 0
        async with self._store.connection() as connection:
            made = await self._make(connection, due)
        self._done = due
        if made:
            log.info("digests made", extra={"due": due.isoformat(), "digests": made})
        return made

    async def _make(self, connection: AsyncConnection, due: datetime) -> int:
        cursor = await connection.execute(_RUN, {"due": due})
        row = await cursor.fetchone()
        if row is None or row[0]:  # somebody has, or it is the first
            return 0
        items = await _items(connection, _NEW)
        still = await _items(connection, _STILL)
        teams = list(dict.fromkeys(item.team for item in items))
        for team in teams:
            new = [item for item in items if item.team == team]
            payload = notification(team, due, new, [item for item in still if item.team == team])
            group_key = str(payload["groupKey"])
            values = {
                "group_key": group_key,
                "dedup_key": hashlib.sha256(group_key.encode()).hexdigest(),
                "payload": orjson.dumps(payload).decode(),
                "destination": self._destination,
                "incidents": [item.incident_id for item in new],
            }
            await connection.execute(_WRITE, values)
        await connection.execute("update gateway_digest_runs set digests = %s where due_at = %s", (len(teams), due))
        return len(teams)


async def _items(connection: AsyncConnection, statement: str) -> list[Item]:
    cursor = connection.cursor(row_factory=class_row(Item))
    await cursor.execute(statement)
    return list(await cursor.fetchall())


_RUN = """
insert into gateway_digest_runs (due_at, digests) values (%(due)s, 0) on conflict do nothing
returning not exists (select from gateway_digest_runs where due_at <> %(due)s)
"""
_COLUMNS = "item.incident_id, item.team, title, status, tier, labels, occurrences, opened_at"
_NEW = f"""
select {_COLUMNS} from gateway_digest_items item join gateway_incidents incident on incident.id = item.incident_id
where item.digest_inbox_id is null order by item.team, item.incident_id for update of item
"""  # noqa: S608
_STILL = f"""
select {_COLUMNS} from gateway_incidents incident join gateway_digest_items item on item.incident_id = incident.id
where incident.status <> 'resolved' and item.digest_inbox_id is not null order by item.incident_id
"""  # noqa: S608
_WRITE = """
with came as (
    insert into gateway_inbox (received_at, source, group_key, dedup_key, status, payload)
    values (clock_timestamp(), 'digest', %(group_key)s, %(dedup_key)s, 'firing', %(payload)s::jsonb)
    returning id, received_at
), sent as (
    insert into gateway_outbox (received_at, inbox_id, inbox_at, dedup_key, destination, action, tier, opens)
    select received_at, id, received_at, %(dedup_key)s, %(destination)s, 'trigger', 'P4', false from came
)
update gateway_digest_items set digest_inbox_id = came.id from came where incident_id = any(%(incidents)s)
"""
