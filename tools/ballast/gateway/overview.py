"""How things are, from PostgreSQL: what is open, what waits and for how long, what was refused, and who works on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from psycopg.rows import dict_row

from ballast.gateway.store import Lane, Store

PARKED_SECONDS = 24 * 3600.0
"""For how long a parked delivery is shown as something to look at. It stays in the table for ever."""
REPLICA_SECONDS = 60.0
"""A replica that has not been seen for so long is not shown."""


@dataclass(frozen=True, slots=True)
class Overview:
    """`incidents` are open ones, newest first; `parked` deliveries that a provider refused within the last day; times are Unix
    seconds, ages and durations seconds.
    """

    incidents: list[dict[str, Any]]
    open: int
    lanes: list[Lane]
    pending: int
    oldest_seconds: float
    parked: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    replicas: list[dict[str, Any]]

    def json(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


_INCIDENTS = """
select id, status, tier, title, labels ->> 'service' as service, occurrences, dedup_key, acknowledged_by,
    extract(epoch from opened_at)::float8 as opened, extract(epoch from acknowledged_at)::float8 as acknowledged,
    extract(epoch from clock_timestamp() - opened_at)::float8 as age_seconds, count(*) over () as open
from gateway_incidents where status <> 'resolved' order by tier, id desc limit %(limit)s
"""

_DELIVERIES = """
select outbox.id, outbox.destination, outbox.action, outbox.tier, outbox.state, outbox.attempts, outbox.merged, outbox.reason,
    outbox.dedup_key, outbox.incident_id as incident, coalesce(inbox.payload -> 'commonLabels' ->> 'alertname', inbox.group_key)
        as alert, inbox.source, inbox.traceparent,
    extract(epoch from outbox.received_at)::float8 as received, extract(epoch from outbox.finished_at)::float8 as finished,
    extract(epoch from clock_timestamp() - outbox.received_at)::float8 as age_seconds
from gateway_outbox outbox
join gateway_inbox inbox on inbox.id = outbox.inbox_id and inbox.received_at = outbox.inbox_at
"""
_NEWEST = _DELIVERIES + "order by outbox.id desc limit %(limit)s"
_PARKED = (
    _DELIVERIES
    + """where outbox.state = 'parked' and outbox.finished_at > clock_timestamp() - make_interval(secs => %(seconds)s)
order by outbox.id desc limit %(limit)s"""
)
_OF_INCIDENT = _DELIVERIES + "where outbox.incident_id = %(incident)s order by outbox.id limit %(limit)s"

_REPLICAS = """
select owner, facts, extract(epoch from started_at)::float8 as started,
    extract(epoch from clock_timestamp() - seen_at)::float8 as seen_seconds_ago
from gateway_replicas where seen_at > clock_timestamp() - make_interval(secs => %(seconds)s) order by owner
"""

_BEAT = """
insert into gateway_replicas (owner, facts) values (%s, %s::jsonb)
on conflict (owner) do update set seen_at = clock_timestamp(), facts = excluded.facts
"""

_INCIDENT = """
select id, status, tier, title, labels, occurrences, dedup_key, group_key, acknowledged_by,
    extract(epoch from opened_at)::float8 as opened, extract(epoch from acknowledged_at)::float8 as acknowledged,
    extract(epoch from resolved_at)::float8 as resolved
from gateway_incidents where id = %(incident)s
"""

_HISTORY = """
select extract(epoch from at)::float8 as at, change, status, cause, by_whom, note
from gateway_incident_history where incident_id = %(incident)s order by id limit %(limit)s
"""


async def overview(store: Store, limit: int = 20) -> Overview:
    """Everything at once. Raises what the store raises."""
    lanes = await store.lanes()
    async with store.connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)

        async def rows(statement: str, **values: Any) -> list[dict[str, Any]]:
            await cursor.execute(statement, values)
            return await cursor.fetchall()  # type: ignore[no-any-return]

        incidents = await rows(_INCIDENTS, limit=limit)
        return Overview(
            incidents=[{key: value for key, value in row.items() if key != "open"} for row in incidents],
            open=incidents[0]["open"] if incidents else 0,
            lanes=lanes,
            pending=sum(lane.pending for lane in lanes),
            oldest_seconds=max((lane.oldest_seconds for lane in lanes), default=0.0),
            parked=await rows(_PARKED, limit=limit, seconds=PARKED_SECONDS),
            deliveries=await rows(_NEWEST, limit=limit),
            replicas=await rows(_REPLICAS, seconds=REPLICA_SECONDS),
        )


async def incident(store: Store, number: int, limit: int = 200) -> dict[str, Any] | None:
    """One incident with its `history` and `deliveries`, oldest first; None when there is none of that number."""
    async with store.connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        values = {"incident": number, "limit": limit}
        await cursor.execute(_INCIDENT, values)
        found = await cursor.fetchone()
        if found is None:
            return None
        await cursor.execute(_HISTORY, values)
        history = await cursor.fetchall()
        await cursor.execute(_OF_INCIDENT, values)
        return {**found, "history": history, "deliveries": await cursor.fetchall()}


async def beat(store: Store, facts: str) -> None:
    """Say that this replica is there; `facts` is JSON."""
    async with store.connection() as connection:
        await connection.execute(_BEAT, (store.owner, facts))
