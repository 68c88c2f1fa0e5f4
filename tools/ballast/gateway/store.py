"""The gateway's truth in PostgreSQL: an inbox of what came, incidents, an outbox of what must be sent, events for the bus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ballast.gateway import callbacks, events, partitions, statements
from ballast.gateway.callbacks import Act, Callback, Result
from ballast.gateway.migrate import migrate, migrations
from ballast.gateway.plan import Arrival, Plan, Receipt, Stale
from ballast.gateway.state import KeyState, Rules
from ballast.stack import Migration

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError)
"""What the store raises while PostgreSQL cannot be reached or is not ready."""
RULES = Rules()


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the outbox that this worker may send until its lease ends, with the notification it comes from.

    `age_seconds` is since the webhook came, `asked_seconds` since Alertmanager was first asked about it, both by PostgreSQL's
    clock; `resolved_since` and `fires_since` say that a resolve or a trigger of the same key waits behind it.
    """

    id: int
    received_at: datetime
    inbox_at: datetime
    incident_id: int | None
    dedup_key: str
    destination: str
    action: Literal["trigger", "acknowledge", "resolve"]
    tier: str
    opens: bool
    note: str
    merged: int
    attempts: int
    age_seconds: float
    asked_seconds: float
    resolved_since: bool
    fires_since: bool
    payload: dict[str, Any]
    traceparent: str


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits: rows by state, and the age in seconds of the oldest pending one (0 when none is)."""

    pending: int
    parked: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Lane:
    """What waits for one destination in one tier."""

    destination: str
    tier: str
    pending: int
    oldest_seconds: float


class Cache(Protocol):
    """Copies of keys' rows. It may forget anything at any time, and never raises."""

    async def get(self, keys: Sequence[str]) -> dict[str, KeyState]: ...  # noqa: D102
    async def put(self, states: Iterable[KeyState]) -> None: ...  # noqa: D102


class Store:
    """Everything the gateway reads and writes. Each method is one transaction; raises one of UNAVAILABLE when it cannot be."""

    def __init__(self, url: str, owner: str, *, connections: int = 8, rules: Rules = RULES, cache: Cache | None = None) -> None:
        self.owner = owner
        self.cache = cache
        self._rules = rules
        self._pool: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
            url,
            kwargs={
                "connect_timeout": 3,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "tcp_user_timeout": 10_000,  # a server that is gone while it owes an answer is noticed, too
            },
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

    def connection(self) -> Any:
        """A connection for a transaction of somebody else's (the relay, a page): `async with store.connection() as c`."""
        return self._pool.connection()

    async def migrate(self) -> list[Migration]:
        """Bring the schema up to date; says which migrations were applied."""
        async with self._pool.connection() as connection:
            done = await migrate(connection, migrations())
        await self.make_months()
        return done

    async def make_months(self) -> list[str]:
        """Make the partitions of this month and the next two; says which were made."""
        async with self._pool.connection() as connection:
            return await partitions.ensure(connection)

    async def now(self) -> datetime:
        """PostgreSQL's clock; also proves that it answers."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute("select clock_timestamp()")).fetchone()
            assert row is not None, "a select without from yields a row"
            return row[0]  # type: ignore[no-any-return]

    # --- What comes in ----------------------------------------------------------------------------------------------

    async def accept(self, arrivals: Sequence[Arrival]) -> list[Receipt]:
        """Store notifications, what they mean for incidents, and the events they call for: when this returns, all is committed.

        The rows of one key are written one transaction after the other, so that their ids are in the order of their commits.
        """
        keys = [arrival.notification.dedup_key for arrival in arrivals]
        receipts: list[Receipt] = []

        async def decide(plan: Plan, connection: AsyncConnection) -> None:
            cursor = await connection.execute(statements.IDS, {"count": len(arrivals)})
            row = await cursor.fetchone()
            assert row is not None, "a select without from yields a row"
            receipts[:] = [
                plan.arrive(arrival, inbox, incident, self._rules)
                for arrival, inbox, incident in zip(arrivals, *row, strict=True)
            ]

        await self._transact(keys, decide)
        return receipts

    async def acted(self, dedup_key: str, act: Act, *, by: str, cause: str) -> bool:
        """What a person did to the incident of a key, at the provider (`cause`) or here. False when nothing changes."""
        return await self._change(dedup_key, lambda plan, state: plan.told(state, act, act, cause, by, "") == "applied")

    async def called_back(self, said: Callback) -> Result:
        """What a provider tells about the incident of a key, at most once an event."""
        result: Result = "unknown"

        async def decide(plan: Plan, connection: AsyncConnection) -> None:
            nonlocal result
            result = await callbacks.decide(plan, connection, said)

        await self._transact([said.dedup_key], decide)
        return result

    async def release(self) -> int:
        """Resolve the incidents of flapping groups that have been quiet long enough; how many. Their resolves are sent."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(statements.QUIET)).fetchall()

        def apply(plan: Plan, state: KeyState) -> bool:
            due = state.held_until is not None and state.held_until <= plan.now
            if due:
                plan.end(state, "quiet", note="quiet again after flapping", send=True)
            return due

        return sum([await self._change(key, apply) for (key,) in rows])

    async def _change(self, dedup_key: str, apply: Any) -> bool:
        """Let `apply` plan a change of a key whose incident is open; whether it did."""
        done = False

        async def decide(plan: Plan, connection: AsyncConnection) -> None:
            nonlocal done
            state = plan.states.get(dedup_key)
            done = state is not None and state.incident_id is not None and apply(plan, state)

        await self._transact([dedup_key], decide)
        return done

    async def _transact(self, keys: Sequence[str], decide: Any) -> None:
        """Lock the keys, read their rows (copies first), decide, write. A copy that was not current costs a second round."""
        for copies in (True, False):
            found = await self.cache.get(keys) if copies and self.cache else {}
            try:
                async with self._pool.connection() as connection:
                    plan = await self._begin(connection, keys, found)
                    await decide(plan, connection)
                    await plan.write(connection)
            except Stale:
                if not copies:
                    raise psycopg.OperationalError("a key's row changed under its lock") from None
                continue
            if self.cache:
                await self.cache.put([plan.states[key] for key in plan.before])
            return

    async def _begin(self, connection: AsyncConnection, keys: Sequence[str], found: dict[str, KeyState]) -> Plan:
        locks = sorted({int.from_bytes(bytes.fromhex(key[:16]), signed=True) for key in keys})
        await connection.execute(statements.LOCK, (locks,))
        cursor = connection.cursor(row_factory=dict_row)
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            await cursor.execute(statements.STATES, (missing,))
            states = {row["dedup_key"]: KeyState.read(row) for row in await cursor.fetchall()}
        else:
            states = {}
        row = await (await cursor.execute("select clock_timestamp() as now")).fetchone()
        assert row is not None, "a select without from yields a row"
        return Plan(row["now"], {**found, **states})

    # --- What goes out ----------------------------------------------------------------------------------------------

    async def claim(self, destination: str, tiers: Sequence[str], limit: int, lease_seconds: float) -> list[Job]:
        """Up to `limit` rows that are due, the most urgent first; of each key only the earliest pending row.

        Nobody else gets them for `lease_seconds`; whoever does not finish by then must not send any more.
        """
        values = {"destination": destination, "tiers": list(tiers), "limit": limit, "owner": self.owner, "lease": lease_seconds}
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Job))
            await cursor.execute(statements.CLAIM, values)
            return sorted(await cursor.fetchall(), key=lambda job: (job.tier, job.id))

    async def finish(self, job: Job, state: Literal["delivered", "parked", "skipped"], reason: str = "") -> bool:
        """Record how a row ended. False when the lease was lost to somebody else."""
        async with self._pool.connection() as connection:
            return await self._finish(connection, job, state, reason)

    async def is_overtaken(self, job: Job) -> bool:
        """Whether this row's notification is a copy of an older webhook, out of a socket that was read late: of each of its
        alerts (of a trigger: of those that fire) the end was told before it came, and a later start of the same alert as well.

        The end alone would not do: an alert that Prometheus could not repeat for a while ends in Alertmanager, and fires again
        with the start that it had.
        """
        alerts = [a for a in job.payload.get("alerts", ()) if job.action == "resolve" or a.get("status") == "firing"]
        if not alerts or job.payload.get("truncatedAlerts"):
            return False
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statements.TOLD, {"key": job.dedup_key, "inbox_at": job.inbox_at})
            told = [tuple(row) for row in await cursor.fetchall()]
        ended = {(name, start) for name, start, status in told if status == "resolved"}
        newest: dict[str, datetime] = {}
        for name, start, _ in told:
            at = datetime.fromisoformat(start)
            newest[name] = max(at, newest.get(name, at))
        own = {(a.get("fingerprint"), a.get("startsAt")) for a in alerts}
        return own <= ended and all(newest[name] > datetime.fromisoformat(start) for name, start in own)

    async def skip(self, job: Job, reason: str) -> bool:
        """A late row that must not be sent, because Alertmanager's group is in another state meanwhile; its incident is set
        right, unless something has come for the key since. False when the lease was lost.
        """
        done = False

        async def decide(plan: Plan, connection: AsyncConnection) -> None:
            nonlocal done
            done = await self._finish(connection, job, "skipped", reason)
            state = plan.states.get(job.dedup_key)
            if done and state is not None and state.inbox_at <= job.inbox_at:
                plan.reconcile(state, job.action, job.incident_id, reason)

        await self._transact([job.dedup_key], decide)
        return done

    async def _finish(self, connection: AsyncConnection, job: Job, state: str, reason: str) -> bool:
        facts = {"outbox": job.id, "incident": job.incident_id, "destination": job.destination, "action": job.action}
        facts |= {"tier": job.tier, "attempts": job.attempts, "merged": job.merged, "reason": reason}
        cursor = await connection.execute(statements.FINISH, self._of(job) | {"state": state, "reason": reason})
        row = await cursor.fetchone()
        if row is None:
            return False
        event = events.row("audit", f"delivery.{state}", row[0], job.dedup_key, **facts)
        await connection.execute(statements.EVENT, event | {"body": orjson.dumps(event["body"]).decode()})
        return True

    async def postpone(self, job: Job, seconds: float, reason: str, *, asked: bool = False) -> bool:
        """Give a row back, to be tried after `seconds`; `asked`: it waits for Alertmanager. False when the lease was lost."""
        return await self._update(statements.POSTPONE, job, {"seconds": seconds, "reason": reason, "asked": asked})

    async def unclaim(self, job: Job) -> bool:
        """Give a row back as if it had not been claimed (there was no room in the rate limit)."""
        return await self._update(statements.UNCLAIM, job, {})

    async def _update(self, statement: str, job: Job, values: dict[str, Any]) -> bool:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, self._of(job) | values)
            return cursor.rowcount == 1

    def _of(self, job: Job) -> dict[str, Any]:
        return {"id": job.id, "received_at": job.received_at, "owner": self.owner, "attempts": job.attempts}

    # --- Work of one replica at a time ------------------------------------------------------------------------------

    async def lease(self, name: str, seconds: float) -> int | None:
        """Take or keep a lease by PostgreSQL's clock: its fence, or None while another replica holds it."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statements.LEASE, {"name": name, "owner": self.owner, "seconds": seconds})
            row = await cursor.fetchone()
            return None if row is None else int(row[0])

    @asynccontextmanager
    async def fenced(self, name: str, fence: int) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits only while the lease is still ours. Raises LeaseLost otherwise."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statements.FENCED, {"name": name, "owner": self.owner, "fence": fence})
            if await cursor.fetchone() is None:
                raise LeaseLost(name)
            yield connection

    # --- What people ask --------------------------------------------------------------------------------------------

    async def queue(self) -> Queue:
        """How much waits."""
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Queue))
            await cursor.execute(statements.QUEUE)
            found = await cursor.fetchone()
            assert found is not None, "aggregates yield a row"
            return found

    async def lanes(self) -> list[Lane]:
        """How much waits, by destination and tier."""
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Lane))
            await cursor.execute(statements.LANES)
            return await cursor.fetchall()

    async def deliveries(self, limit: int) -> list[dict[str, Any]]:
        """The newest rows of the outbox, newest first, for people and the demo."""
        return await self._rows(statements.DELIVERIES, (limit,))

    async def incidents(self, limit: int, *, everything: bool = False) -> list[dict[str, Any]]:
        """Open incidents, newest first; with `everything` the resolved ones too."""
        return await self._rows(statements.INCIDENTS, {"limit": limit, "everything": everything})

    async def history(self, incident: int) -> list[dict[str, Any]]:
        """What happened to an incident, oldest first."""
        return await self._rows(statements.HISTORY, (incident,))

    async def _rows(self, statement: str, values: Any) -> list[dict[str, Any]]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(statement, values)
            return await cursor.fetchall()


class LeaseLost(Exception):
    """Another replica has taken over."""
