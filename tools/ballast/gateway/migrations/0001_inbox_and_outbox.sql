-- Every notification that was accepted, as it came, and what must be sent because of it. Rows change state; none is deleted.

create table gateway_inbox (
    id bigint generated always as identity primary key,
    received_at timestamptz not null default clock_timestamp(),
    source text not null,
    group_key text not null,
    dedup_key text not null,
    status text not null check (status in ('firing', 'resolved')),
    payload jsonb not null
);

create index gateway_inbox_dedup_key on gateway_inbox (dedup_key, id);

create table gateway_outbox (
    id bigint generated always as identity primary key,
    inbox_id bigint not null references gateway_inbox (id),
    dedup_key text not null,
    destination text not null,
    action text not null check (action in ('trigger', 'acknowledge', 'resolve')),
    tier text not null check (tier in ('P1', 'P2', 'P3', 'P4')),
    -- The first trigger of an incident, as opposed to an update of one that is open.
    opens boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    state text not null default 'pending' check (state in ('pending', 'delivered', 'parked')),
    attempts integer not null default 0,
    not_before timestamptz not null default clock_timestamp(),
    -- Who is sending it, and until when nobody else may.
    lease_owner text,
    lease_until timestamptz,
    finished_at timestamptz,
    reason text
);

create index gateway_outbox_pending on gateway_outbox (tier, id) where state = 'pending';
create index gateway_outbox_pending_by_key on gateway_outbox (destination, dedup_key, id) where state = 'pending';
create index gateway_outbox_by_key on gateway_outbox (destination, dedup_key, id);
create index gateway_outbox_undelivered on gateway_outbox (state, created_at) where state <> 'delivered';
