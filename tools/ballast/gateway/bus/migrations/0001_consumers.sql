-- What a consumer has done, in the database of its effects.

-- The next offset to be worked on. Its row is locked by whoever works on the partition.
create table bus_offsets (
    consumer text not null,
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    primary key (consumer, topic, partition)
);

-- Events whose effect is stored: the bus may carry one several times.
create table bus_done (
    consumer text not null,
    event_id text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (consumer, event_id)
);

-- Messages that could not be worked on, as they came.
create table bus_dead (
    id bigint generated always as identity primary key,
    consumer text not null,
    topic text not null,
    partition integer not null,
    message_offset bigint not null,
    key bytea,
    value bytea,
    reason text not null,
    at timestamptz not null default clock_timestamp()
);
