"""The gateway's truth in PostgreSQL: an inbox of what came, an outbox of what must be sent, written in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ballast.gateway.migrate import Migration, migrate, migrations
from ballast.gateway.notification import Notification

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError)
"""What the store raises while PostgreSQL cannot be reached or is not ready."""


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the outbox that this worker may send until its lease ends, with the notification it comes from."""

    id: int
    dedup_key: str
    action: str
    tier: str
    opens: bool
    attempts: int
    received_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits: rows by state, and the age in seconds of the oldest pending one (0 when none is)."""

    pending: int
    parked: int
    oldest_seconds: float


class Store:
    """Everything the gateway reads and writes. Each method is one transaction; raises one of UNAVAILABLE when it cannot be."""

    def __init__(self, url: str, owner: str, *, connections: int = 8) -> None:
        self._owner = owner
        self._pool: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
            url,
            kwargs={"connect_timeout": 3, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3},
            min_size=1,
            max_size=connections,
            timeout=3.0,
            reconnect_timeout=2.0,  # then the next caller starts a new attempt: recovery never waits for a long backoff
            check=AsyncConnectionPool.check_connection,
            open=False,
        )

    async def open(self) -> None:
        """Begin to connect, without waiting for it."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close(timeout=2.0)

    async def migrate(self) -> list[Migration]:
        """Bring the schema up to date; says which migrations were applied."""
        async with self._pool.connection() as connection:
            return await migrate(connection, migrations())

    async def ping(self) -> None:
        """Prove that PostgreSQL answers."""
        async with self._pool.connection() as connection:
            await connection.execute("select 1")

    async def accept(self, notification: Notification, raw: dict[str, Any], *, source: str, destination: str) -> int:
        """Store a notification and the event it calls for; when this returns, both are committed. Returns the inbox id.

        The rows of one key are written one transaction after the other, so that their ids are in the order of their commits.
        """
        key = notification.dedup_key
        action = "trigger" if notification.status == "firing" else "resolve"
        async with self._pool.connection() as connection:
            await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (key,))
            cursor = await connection.execute(_INBOX, (source, notification.group_key, key, notification.status, _json(raw)))
            row = await cursor.fetchone()
            assert row is not None, "insert … returning yields a row"
            values = {"inbox": row[0], "key": key, "destination": destination, "action": action, "tier": notification.tier}
            await connection.execute(_OUTBOX, values)
            return int(row[0])

    async def claim(self, limit: int, lease_seconds: float) -> list[Job]:
        """Up to `limit` rows that are due, the most urgent first; of each key only the earliest pending row.

        Nobody else gets them for `lease_seconds`; whoever does not finish by then must not send any more.
        """
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Job))
            await cursor.execute(_CLAIM, {"limit": limit, "owner": self._owner, "lease": lease_seconds})
            return sorted(await cursor.fetchall(), key=lambda job: (job.tier, job.id))

    async def finish(self, job: Job, state: str, reason: str = "") -> bool:
        """Record `delivered` or `parked`. False when the lease was lost to somebody else."""
        return await self._update(_FINISH, {"state": state, "reason": reason, "id": job.id})

    async def postpone(self, job: Job, seconds: float, reason: str) -> bool:
        """Give a row back, to be tried again after `seconds`. False when the lease was lost to somebody else."""
        return await self._update(_POSTPONE, {"seconds": seconds, "reason": reason, "id": job.id})

    async def queue(self) -> Queue:
        """How much waits."""
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Queue))
            await cursor.execute(_QUEUE)
            found = await cursor.fetchone()
            assert found is not None, "aggregates yield a row"
            return found

    async def deliveries(self, limit: int) -> list[dict[str, Any]]:
        """The newest rows of the outbox, newest first, for people and the demo."""
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(_DELIVERIES, (limit,))
            return await cursor.fetchall()

    async def _update(self, statement: str, values: dict[str, Any]) -> bool:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, values | {"owner": self._owner})
            return cursor.rowcount == 1


def _json(raw: dict[str, Any]) -> str:
    return orjson.dumps(raw).decode()


_INBOX = """
insert into gateway_inbox (source, group_key, dedup_key, status, payload) values (%s, %s, %s, %s, %s::jsonb) returning id
"""

_OUTBOX = """
insert into gateway_outbox (inbox_id, dedup_key, destination, action, tier, opens)
select %(inbox)s, %(key)s, %(destination)s, %(action)s, %(tier)s,
    %(action)s = 'trigger' and coalesce((
        select earlier.action = 'resolve' from gateway_outbox earlier
        where earlier.destination = %(destination)s and earlier.dedup_key = %(key)s order by earlier.id desc limit 1
    ), true)
"""

_CLAIM = """
with due as (
    select id from gateway_outbox candidate
    where state = 'pending' and not_before <= clock_timestamp() and (lease_until is null or lease_until < clock_timestamp())
        and not exists (
            select from gateway_outbox earlier
            where earlier.state = 'pending' and earlier.destination = candidate.destination
                and earlier.dedup_key = candidate.dedup_key and earlier.id < candidate.id
        )
    order by tier, id limit %(limit)s for update skip locked
)
update gateway_outbox claimed
set lease_owner = %(owner)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s), attempts = claimed.attempts + 1
from due, gateway_inbox inbox
where claimed.id = due.id and inbox.id = claimed.inbox_id
returning claimed.id, claimed.dedup_key, claimed.action, claimed.tier, claimed.opens, claimed.attempts,
    inbox.received_at, inbox.payload
"""

_FINISH = """
update gateway_outbox
set state = %(state)s, reason = nullif(%(reason)s, ''), finished_at = clock_timestamp(), lease_owner = null, lease_until = null
where id = %(id)s and lease_owner = %(owner)s and state = 'pending'
"""

_POSTPONE = """
update gateway_outbox
set not_before = clock_timestamp() + make_interval(secs => %(seconds)s), reason = %(reason)s,
    lease_owner = null, lease_until = null
where id = %(id)s and lease_owner = %(owner)s and state = 'pending'
"""

_QUEUE = """
select count(*) filter (where state = 'pending') as pending, count(*) filter (where state = 'parked') as parked,
    coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where state = 'pending')), 0)::float8
        as oldest_seconds
from gateway_outbox
where state <> 'delivered'
"""

_DELIVERIES = """
select outbox.id, outbox.destination, outbox.action, outbox.tier, outbox.state, outbox.attempts, outbox.reason,
    outbox.dedup_key, inbox.group_key, inbox.payload -> 'commonLabels' ->> 'alertname' as alertname,
    extract(epoch from inbox.received_at)::float8 as received, extract(epoch from outbox.finished_at)::float8 as finished
from gateway_outbox outbox join gateway_inbox inbox on inbox.id = outbox.inbox_id
order by outbox.id desc limit %s
"""
