-- The audit log's twin: the lines as they are, what they say in columns, and nothing that can be changed.

create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end $$;

create table audit_entry (
    log text not null,
    sequence bigint not null check (sequence > 0),
    line text not null,
    at text not null generated always as (line::jsonb ->> 'at') stored,
    who text not null generated always as (line::jsonb ->> 'who') stored,
    what text not null generated always as (line::jsonb ->> 'what') stored,
    subject text not null generated always as (line::jsonb ->> 'subject') stored,
    result text not null generated always as (line::jsonb ->> 'result') stored,
    why text not null generated always as (line::jsonb ->> 'why') stored,
    details jsonb not null generated always as (line::jsonb -> 'details') stored,
    previous text not null generated always as (line::jsonb ->> 'previous') stored,
    hash text not null generated always as (line::jsonb ->> 'hash') stored,
    written_at timestamptz not null default clock_timestamp(),
    primary key (log, sequence),
    check ((line::jsonb ->> 'sequence')::bigint = sequence),
    -- The line without its own hash is what the hash is over (RFC 8785 sorts the keys).
    check (
        encode(sha256(convert_to(
            replace(line, '"hash":"' || (line::jsonb ->> 'hash') || '",', ''), 'UTF8')), 'hex') = line::jsonb ->> 'hash'
    )
);
comment on table audit_entry is 'A row a line of an audit log. Never updated, never deleted.';
create index audit_entry_by_what on audit_entry (what, at);
create index audit_entry_by_subject on audit_entry (subject, at);

create function audit_continue() returns trigger language plpgsql as $$
declare
    newest record;
begin
    select sequence, hash into newest from audit_entry where log = new.log order by sequence desc limit 1;
    if new.sequence <> coalesce(newest.sequence, 0) + 1 then
        raise exception 'entry % does not follow entry % of %', new.sequence, coalesce(newest.sequence, 0), new.log;
    end if;
    if new.line::jsonb ->> 'previous' <> coalesce(newest.hash, repeat('0', 64)) then
        raise exception 'entry % does not continue the entry before it in %', new.sequence, new.log;
    end if;
    return new;
end $$;
create trigger chain before insert on audit_entry for each row execute function audit_continue();
create trigger append_only before update or delete on audit_entry for each row execute function audit_refuse();
create trigger append_only_whole before truncate on audit_entry for each statement execute function audit_refuse();

create table audit_head (
    log text not null,
    size bigint not null,
    document text not null,
    written_at timestamptz not null default clock_timestamp(),
    primary key (log, size)
);
comment on table audit_head is 'Signed heads, as they were when entries were copied.';
create trigger append_only before update or delete on audit_head for each row execute function audit_refuse();
create trigger append_only_whole before truncate on audit_head for each statement execute function audit_refuse();

create table audit_told (
    log text not null,
    sequence bigint not null,
    told_at timestamptz not null default clock_timestamp(),
    primary key (log, sequence),
    foreign key (log, sequence) references audit_entry
);
comment on table audit_told is 'Entries that the gateway has for the bus: each once.';
create trigger append_only before update or delete on audit_told for each row execute function audit_refuse();
create trigger append_only_whole before truncate on audit_told for each statement execute function audit_refuse();
