-- Incidents and their history, events for the bus, and months as partitions of whatever only grows.
--
-- A partitioned table cannot be referred to by a foreign key and have its months detached freely, so the references between inbox,
-- outbox and events are plain columns. They are written by one statement sequence, in one transaction (`intake`).

alter table gateway_inbox rename to gateway_inbox_1;
alter table gateway_outbox rename to gateway_outbox_1;

create sequence gateway_inbox_ids;
create sequence gateway_outbox_ids;
create sequence gateway_event_ids;
create sequence gateway_incident_ids;

create table gateway_inbox (
    id bigint not null default nextval('gateway_inbox_ids'),
    received_at timestamptz not null default clock_timestamp(),
    source text not null,
    group_key text not null,
    dedup_key text not null,
    status text not null check (status in ('firing', 'resolved')),
    incident_id bigint,
    payload jsonb not null
) partition by range (received_at);
create table gateway_inbox_default partition of gateway_inbox default;

create table gateway_outbox (
    id bigint not null default nextval('gateway_outbox_ids'),
    received_at timestamptz not null,
    -- What is sent: the notification in this row of the inbox. A repeat that comes while the row waits takes its place.
    inbox_id bigint not null,
    inbox_at timestamptz not null,
    incident_id bigint,
    dedup_key text not null,
    destination text not null,
    action text not null check (action in ('trigger', 'acknowledge', 'resolve')),
    tier text not null check (tier in ('P1', 'P2', 'P3', 'P4')),
    -- The first trigger of an incident, as opposed to an update of one that is open.
    opens boolean not null,
    note text not null default '',
    -- How many later notifications this row carries besides its own.
    merged integer not null default 0,
    state text not null default 'pending' check (state in ('pending', 'delivered', 'parked', 'skipped')),
    -- Counts claims: the fencing token. An outcome is recorded only for the claim that is current.
    attempts integer not null default 0,
    not_before timestamptz not null default clock_timestamp(),
    -- Who is sending it, and until when nobody else may.
    lease_owner text,
    lease_until timestamptz,
    -- Since when it waits for Alertmanager's word.
    asked_since timestamptz,
    finished_at timestamptz,
    reason text
) partition by range (received_at);
create table gateway_outbox_default partition of gateway_outbox default;

insert into gateway_inbox (id, received_at, source, group_key, dedup_key, status, payload)
select id, received_at, source, group_key, dedup_key, status, payload from gateway_inbox_1;
insert into gateway_outbox (
    id, received_at, inbox_id, inbox_at, dedup_key, destination, action, tier, opens, state, attempts, not_before, lease_owner,
    lease_until, finished_at, reason
)
select
    o.id, i.received_at, o.inbox_id, i.received_at, o.dedup_key, o.destination, o.action, o.tier, o.opens, o.state, o.attempts,
    o.not_before, o.lease_owner, o.lease_until, o.finished_at, o.reason
from gateway_outbox_1 o join gateway_inbox_1 i on i.id = o.inbox_id;
select setval('gateway_inbox_ids', coalesce((select max(id) from gateway_inbox), 0) + 1);
select setval('gateway_outbox_ids', coalesce((select max(id) from gateway_outbox), 0) + 1);
drop table gateway_outbox_1;
drop table gateway_inbox_1;

alter table gateway_inbox add primary key (id, received_at);
alter table gateway_outbox add primary key (id, received_at);
create index gateway_inbox_by_key on gateway_inbox (dedup_key, id);
create index gateway_outbox_due on gateway_outbox (destination, tier, id) where state = 'pending';
create index gateway_outbox_pending_of_key on gateway_outbox (destination, dedup_key, id) where state = 'pending';
create index gateway_outbox_by_incident on gateway_outbox (incident_id);
create index gateway_outbox_unfinished on gateway_outbox (state, received_at) where state in ('pending', 'parked');

-- One row a key, for ever: what decides on the next notification of the key. `version` is random and changes with every write, so
-- that a copy of the row (in Redis) can be recognised as current.
create table gateway_keys (
    dedup_key text primary key,
    version bigint not null,
    incident_id bigint,
    status text not null check (status in ('triggered', 'acknowledged', 'resolved')),
    firing boolean not null,
    tier text not null,
    destinations text[] not null,
    occurrences integer not null,
    opened_at timestamptz not null,
    -- When it began or ceased to fire, newest last; as many as flap suppression can ask for.
    changes timestamptz[] not null,
    -- Flapping: it has ceased to fire, and is resolved at this moment unless it fires again.
    held_until timestamptz,
    inbox_id bigint not null,
    inbox_at timestamptz not null
);
create index gateway_keys_held on gateway_keys (held_until) where held_until is not null;

create table gateway_incidents (
    id bigint primary key,
    dedup_key text not null,
    group_key text not null,
    status text not null check (status in ('triggered', 'acknowledged', 'resolved')),
    tier text not null,
    title text not null,
    labels jsonb not null,
    occurrences integer not null default 1,
    opened_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at timestamptz
);
create unique index gateway_incidents_open on gateway_incidents (dedup_key) where status <> 'resolved';
create index gateway_incidents_opened_at on gateway_incidents (opened_at);

create table gateway_incident_history (
    id bigint generated always as identity primary key,
    incident_id bigint not null references gateway_incidents (id),
    at timestamptz not null,
    change text not null,
    status text not null,
    cause text not null,
    by_whom text not null default '',
    note text not null default '',
    inbox_id bigint
);
create index gateway_incident_history_by_incident on gateway_incident_history (incident_id, id);

-- What happened, for the bus (`events` says what `body` holds). Rows of one key are committed in the order of their ids, so whoever
-- reads the rows that are not relayed yet by id reads each key in order.
create table gateway_events (
    id bigint not null default nextval('gateway_event_ids'),
    created_at timestamptz not null,
    stream text not null check (stream in ('alerts', 'audit')),
    kind text not null,
    dedup_key text not null,
    version integer not null,
    body jsonb not null,
    -- Where the relay put it.
    relayed_at timestamptz,
    relay_partition integer,
    relay_offset bigint
) partition by range (created_at);
create table gateway_events_default partition of gateway_events default;
alter table gateway_events add primary key (id, created_at);
create index gateway_events_to_relay on gateway_events (stream, id) where relayed_at is null;
create index gateway_events_by_key on gateway_events (dedup_key, id);

-- Work that one replica does at a time. `fence` grows with every new holder: who writes under an older one is too late.
create table gateway_leases (
    name text primary key,
    owner text not null,
    fence bigint not null,
    until timestamptz not null
);

-- Token buckets, for gateways without Redis.
create table gateway_buckets (
    name text primary key,
    tokens double precision not null,
    at timestamptz not null
);
