-- The edges: where a trace goes on, what providers tell us back, and which replicas there are.

-- W3C trace context of the request that brought it: the delivery, minutes later and in another replica, belongs to the same trace.
alter table gateway_inbox add column traceparent text not null default '';

-- Webhooks of providers about incidents, each event once: the row is written in the transaction that does what the event says.
create table gateway_callbacks (
    provider text not null,
    event_id text not null,
    received_at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz not null,
    kind text not null,
    dedup_key text not null,
    -- The incident over there, and ours that was open under the key.
    their_incident text not null,
    incident_id bigint,
    result text not null,
    primary key (provider, event_id)
);
create index gateway_callbacks_by_key on gateway_callbacks (dedup_key, received_at);

-- What each replica last said about itself. Rows of replicas that are gone stay, with the time when they were last seen.
create table gateway_replicas (
    owner text primary key,
    started_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    facts jsonb not null
);
create index gateway_replicas_seen on gateway_replicas (seen_at);
