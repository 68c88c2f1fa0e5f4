-- The bus, digests, and what enrichment looks at.

-- The name of this database on the bus: an event's id is `<source>:<its id here>`, so that two databases never share one.
create table gateway_bus (
    only_row boolean primary key default true check (only_row),
    source uuid not null default gen_random_uuid()
);
insert into gateway_bus default values;

-- Moments at which digests were due, each once. Its row is written in the transaction that writes the digests.
create table gateway_digest_runs (
    due_at timestamptz primary key,
    made_at timestamptz not null default clock_timestamp(),
    digests integer not null
);

-- Incidents for a digest; `digest_inbox_id` is the digest's own row in the inbox, null until it is made.
create table gateway_digest_items (
    incident_id bigint primary key references gateway_incidents (id),
    added_at timestamptz not null default clock_timestamp(),
    team text not null,
    digest_inbox_id bigint
);
create index gateway_digest_items_waiting on gateway_digest_items (team) where digest_inbox_id is null;

-- Releases, so that a page can say what has just changed. Written by whoever deploys (`ballast gateway deployed`).
create table gateway_deploys (
    id bigint generated always as identity primary key,
    service text not null,
    version text not null,
    at timestamptz not null default clock_timestamp(),
    by_whom text not null default '',
    url text not null default '',
    unique (service, version, at)
);
create index gateway_deploys_by_service on gateway_deploys (service, at desc);
