-- The error-budget ledger. An hour of an SLO is a row; its sixty minutes are packed (ballast/budget/pack.py).

create table slo (
    id integer generated always as identity primary key,
    service text not null,
    name text not null,
    objective numeric not null check (objective > 0 and objective < 100),
    window_minutes integer not null,
    tier smallint,
    owner text not null default '',
    unit text not null,
    status text not null default 'active',
    first_known timestamptz,
    last_known timestamptz,
    collected timestamptz,
    unique (service, name)
);
comment on column slo.collected is 'End of the last minute that was collected, known or not.';

create table block (
    slo_id integer not null references slo,
    hour timestamptz not null,
    revision integer not null,
    supersedes integer,
    total bigint not null,
    bad bigint not null,
    known smallint not null,
    gap smallint not null,
    payload bytea not null,
    author text not null default '',
    reason text not null default '',
    written_at timestamptz not null default clock_timestamp(),
    primary key (slo_id, hour, revision),
    check (coalesce(supersedes, 0) = revision - 1)
) partition by range (hour);
comment on table block is 'Closed hours. Never updated, never deleted: a correction is a new revision that names the old one.';

create function refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only: write a correction';
end $$;
create trigger append_only before update or delete on block for each row execute function refuse();
create trigger append_only_whole before truncate on block for each statement execute function refuse();

create table till (
    slo_id integer not null references slo,
    hour timestamptz not null,
    total bigint not null,
    bad bigint not null,
    known smallint not null,
    gap smallint not null,
    payload bytea not null,
    primary key (slo_id, hour)
) with (fillfactor = 70);
comment on table till is 'Hours that are still open; each moves to block when it is complete or two hours old.';

create table day (
    slo_id integer not null references slo,
    day date not null,
    total bigint not null,
    bad bigint not null,
    known integer not null,
    gap integer not null,
    primary key (slo_id, day)
);
comment on table day is 'Closed hours by UTC day, computed anew from block whenever one of its hours is written.';

create table exclusion (
    id integer generated always as identity primary key,
    service text not null,
    slos text[] not null,
    start timestamptz not null,
    "end" timestamptz not null,
    reason text not null,
    approver text not null,
    source text not null,
    status text not null default 'active',
    unique (service, slos, start, "end", reason, approver)
);

create table left_out (
    slo_id integer not null references slo,
    hour timestamptz not null,
    total bigint not null,
    bad bigint not null,
    known smallint not null,
    gap smallint not null,
    primary key (slo_id, hour)
);
comment on table left_out is 'What of an hour does not count, computed anew from its minutes whenever they or the exclusions change.';

create function months(first timestamptz, last timestamptz) returns void language plpgsql as $$
declare month timestamptz := date_trunc('month', first, 'UTC');
begin
    while month <= last loop
        execute format('create table if not exists %I partition of block for values from (%L) to (%L)',
            'block_' || to_char(month at time zone 'UTC', 'YYYY_MM'), month, month + interval '1 month');
        month := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    end loop;
end $$;

-- What Grafana reads.

create view hourly as
select s.service, s.name as slo, h.hour, h.total - coalesce(x.total, 0) as total, h.bad - coalesce(x.bad, 0) as bad,
    h.known - coalesce(x.known, 0) as known_minutes, h.gap - coalesce(x.gap, 0) as gap_minutes
from (
    select * from (
        select distinct on (slo_id, hour) slo_id, hour, total, bad, known, gap from block order by slo_id, hour, revision desc
    ) closed
    union all select slo_id, hour, total, bad, known, gap from till
) h
join slo s on s.id = h.slo_id
left join left_out x on x.slo_id = h.slo_id and x.hour = h.hour;

create view daily as
select s.service, s.name as slo, d.day, sum(d.total)::bigint as total, sum(d.bad)::bigint as bad,
    sum(d.known)::bigint as known_minutes, sum(d.gap)::bigint as gap_minutes
from (
    select slo_id, day, total, bad, known, gap from day
    union all select slo_id, (hour at time zone 'UTC')::date, total, bad, known, gap from till
    union all select slo_id, (hour at time zone 'UTC')::date, -total, -bad, -known, -gap from left_out
) d
join slo s on s.id = d.slo_id
group by s.service, s.name, d.day;

create view budget as
select s.service, s.name as slo, s.objective, s.window_minutes, s.tier, s.owner, s.unit,
    coalesce(sum(d.total), 0)::bigint as total, coalesce(sum(d.bad), 0)::bigint as bad,
    coalesce(1 - sum(d.bad) / nullif(sum(d.total) * (1 - s.objective / 100), 0), 1) as remaining,
    s.first_known, s.last_known
from slo s
left join daily d on d.service = s.service and d.slo = s.name
    and d.day > (now() at time zone 'UTC')::date - s.window_minutes / 1440
where s.status = 'active'
group by s.id;
comment on view budget is 'Of whole UTC days, today included; `ballast budget status` is exact to the minute.';

create view burndown as
select d.service, d.slo, d.day, d.total, d.bad,
    (
        select 1 - sum(p.bad) / nullif(sum(p.total) * (1 - s.objective / 100), 0)
        from daily p
        where p.service = d.service and p.slo = d.slo and p.day > d.day - s.window_minutes / 1440 and p.day <= d.day
    ) as remaining
from daily d
join slo s on s.service = d.service and s.name = d.slo;
