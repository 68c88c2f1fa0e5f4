"""The statements of a `Plan`. Each takes its rows as one JSON array: a transaction of many notifications needs few of them."""

_KEYS = """dedup_key text, version bigint, incident_id bigint, status text, firing boolean, tier text, destinations text[],
    occurrences integer, opened_at timestamptz, changes timestamptz[], held_until timestamptz, inbox_id bigint,
    inbox_at timestamptz, expected bigint"""

INSERT_KEYS = f"""
insert into gateway_keys
select dedup_key, version, incident_id, status, firing, tier, destinations, occurrences, opened_at, changes, held_until,
    inbox_id, inbox_at
from jsonb_to_recordset(%s::jsonb) as new ({_KEYS})
on conflict (dedup_key) do nothing
"""  # noqa: S608

UPDATE_KEYS = f"""
update gateway_keys set version = new.version, incident_id = new.incident_id, status = new.status, firing = new.firing,
    tier = new.tier, destinations = new.destinations, occurrences = new.occurrences, opened_at = new.opened_at,
    changes = new.changes, held_until = new.held_until, inbox_id = new.inbox_id, inbox_at = new.inbox_at
from jsonb_to_recordset(%s::jsonb) as new ({_KEYS})
where gateway_keys.dedup_key = new.dedup_key and gateway_keys.version = new.expected
"""  # noqa: S608

MERGE = """
update gateway_outbox waiting
set inbox_id = new.inbox_id, inbox_at = new.inbox_at, tier = least(waiting.tier, new.tier),
    merged = waiting.merged + 1 + new.merged,
    note = case when new.note = '' then waiting.note else new.note end
from jsonb_to_recordset(%s::jsonb) as new (
    inbox_id bigint, inbox_at timestamptz, dedup_key text, destination text, tier text, note text, merged integer
)
where waiting.state = 'pending' and waiting.action = 'trigger'
    and waiting.dedup_key = new.dedup_key and waiting.destination = new.destination
    and (waiting.lease_until is null or waiting.lease_until < clock_timestamp())
    and not exists (
        select from gateway_outbox later
        where later.state = 'pending' and later.dedup_key = new.dedup_key and later.destination = new.destination
            and later.id > waiting.id
    )
returning waiting.dedup_key, waiting.destination
"""

INSERT_INBOX = """
insert into gateway_inbox (id, received_at, source, group_key, dedup_key, status, incident_id, payload, traceparent)
select id, received_at, source, group_key, dedup_key, status, incident_id, payload, traceparent
from jsonb_to_recordset(%s::jsonb) as new (
    id bigint, received_at timestamptz, source text, group_key text, dedup_key text, status text, incident_id bigint,
    payload jsonb, traceparent text
)
"""

INSERT_INCIDENTS = """
insert into gateway_incidents (id, dedup_key, group_key, status, tier, title, labels, occurrences, opened_at, resolved_at)
select id, dedup_key, group_key, status, tier, title, labels, occurrences, opened_at, resolved_at
from jsonb_to_recordset(%s::jsonb) as new (
    id bigint, dedup_key text, group_key text, status text, tier text, title text, labels jsonb, occurrences integer,
    opened_at timestamptz, resolved_at timestamptz
)
"""

UPDATE_INCIDENTS = """
update gateway_incidents set status = new.status, tier = new.tier, occurrences = new.occurrences,
    acknowledged_at = coalesce(new.acknowledged_at, gateway_incidents.acknowledged_at),
    acknowledged_by = coalesce(new.acknowledged_by, gateway_incidents.acknowledged_by),
    resolved_at = new.resolved_at
from jsonb_to_recordset(%s::jsonb) as new (
    id bigint, status text, tier text, occurrences integer, acknowledged_at timestamptz, acknowledged_by text,
    resolved_at timestamptz
)
where gateway_incidents.id = new.id
"""

INSERT_HISTORY = """
insert into gateway_incident_history (incident_id, at, change, status, cause, by_whom, note, inbox_id)
select incident_id, at, change, status, cause, by_whom, note, inbox_id
from rows from (jsonb_to_recordset(%s::jsonb) as (
    incident_id bigint, at timestamptz, change text, status text, cause text, by_whom text, note text, inbox_id bigint
)) with ordinality as new (incident_id, at, change, status, cause, by_whom, note, inbox_id, place)
order by place
"""

INSERT_OUTBOX = """
insert into gateway_outbox (
    received_at, inbox_id, inbox_at, incident_id, dedup_key, destination, action, tier, opens, note, merged
)
select received_at, inbox_id, inbox_at, incident_id, dedup_key, destination, action, tier, opens, note, merged
from rows from (jsonb_to_recordset(%s::jsonb) as (
    received_at timestamptz, inbox_id bigint, inbox_at timestamptz, incident_id bigint, dedup_key text, destination text,
    action text, tier text, opens boolean, note text, merged integer
)) with ordinality as new (
    received_at, inbox_id, inbox_at, incident_id, dedup_key, destination, action, tier, opens, note, merged, place
)
order by place
"""

INSERT_EVENTS = """
insert into gateway_events (created_at, stream, kind, dedup_key, version, body)
select created_at, stream, kind, dedup_key, version, body
from rows from (jsonb_to_recordset(%s::jsonb) as (
    created_at timestamptz, stream text, kind text, dedup_key text, version integer, body jsonb
)) with ordinality as new (created_at, stream, kind, dedup_key, version, body, place)
order by place
"""

INSERT_DIGEST = """
insert into gateway_digest_items (incident_id, added_at, team)
select incident_id, added_at, team
from jsonb_to_recordset(%s::jsonb) as new (incident_id bigint, added_at timestamptz, team text)
"""
