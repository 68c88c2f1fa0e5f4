"""What a provider tells back about an incident, done once: in the transaction that remembers the event's id.

Providers repeat events and may deliver them late or out of order, and a key's next incident may be open by then. So an event
counts only for the incident that it is about: its incident over there must not be known to belong to an earlier one of ours,
it must not be older than ours, nor older than an event that has counted already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg import AsyncConnection

from ballast.gateway.plan import Plan

Act = Literal["acknowledged", "unacknowledged", "resolved"]
Result = Literal["applied", "unchanged", "stale", "repeated", "unknown"]
SKEW = timedelta(seconds=5)
"""How far the provider's clock may be behind PostgreSQL's."""


@dataclass(frozen=True, slots=True)
class Callback:
    """An event. `act` is what it does to the incident (None: only its history tells, by `kind` and `note`), `by` who did it."""

    provider: str
    event_id: str
    occurred_at: datetime
    kind: str
    dedup_key: str
    their_incident: str
    act: Act | None
    by: str
    note: str = ""


_REMEMBER = """
insert into gateway_callbacks (provider, event_id, occurred_at, kind, dedup_key, their_incident, incident_id, result)
values (%(provider)s, %(event_id)s, %(occurred_at)s, %(kind)s, %(dedup_key)s, %(their_incident)s, %(incident)s, %(result)s)
"""

_KNOWN = "select 1 from gateway_callbacks where provider = %s and event_id = %s"

_EARLIER = """
select coalesce(bool_or(their_incident = %(theirs)s and incident_id <> %(incident)s), false),
    max(occurred_at) filter (where incident_id = %(incident)s and result in ('applied', 'unchanged'))
from gateway_callbacks where provider = %(provider)s and dedup_key = %(key)s and incident_id is not null
"""


async def decide(plan: Plan, connection: AsyncConnection, said: Callback) -> Result:
    """Plan what the event does, and remember it. The key is locked, so two replicas never judge one event at a time."""
    if await (await connection.execute(_KNOWN, (said.provider, said.event_id))).fetchone():
        return "repeated"
    state = plan.states.get(said.dedup_key)
    result: Result
    if state is None:
        result = "unknown"
    elif state.incident_id is None:
        result = "stale"
    else:
        values = {"provider": said.provider, "key": said.dedup_key, "theirs": said.their_incident}
        row = await (await connection.execute(_EARLIER, values | {"incident": state.incident_id})).fetchone()
        assert row is not None, "aggregates yield a row"
        of_another, newest = row
        late = said.occurred_at < state.opened_at - SKEW or (newest is not None and said.occurred_at < newest)
        result = "stale" if of_another or late else plan.told(state, said.act, said.kind, said.provider, said.by, said.note)
    await connection.execute(
        _REMEMBER,
        {
            "provider": said.provider,
            "event_id": said.event_id,
            "occurred_at": said.occurred_at,
            "kind": said.kind,
            "dedup_key": said.dedup_key,
            "their_incident": said.their_incident,
            "incident": state.incident_id if state else None,
            "result": result,
        },
    )
    return result
