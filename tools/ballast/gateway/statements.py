"""The store's statements. Every comparison with a time uses PostgreSQL's clock, never a replica's."""

LOCK = "select pg_advisory_xact_lock(key) from unnest(%s::bigint[]) key"
"""In the order given: sorted, so that no two transactions wait for each other."""

IDS = """
select array(select nextval('gateway_inbox_ids') from generate_series(1, %(count)s)),
    array(select nextval('gateway_incident_ids') from generate_series(1, %(count)s))
"""

STATES = "select * from gateway_keys where dedup_key = any(%s)"

QUIET = "select dedup_key from gateway_keys where held_until <= clock_timestamp() order by held_until limit 100"

CLAIM = """
with due as (
    select id, received_at from gateway_outbox candidate
    where state = 'pending' and destination = %(destination)s and tier = any(%(tiers)s)
        and (attempts = 0 and asked_since is null or not_before <= clock_timestamp())  -- new: due, whatever the clock says
        and (lease_until is null or lease_until < clock_timestamp())
        and id = (  -- by the index of the key, row by row: as a join this is quadratic in what waits
            select min(first.id) from gateway_outbox first
            where first.state = 'pending' and first.destination = candidate.destination
                and first.dedup_key = candidate.dedup_key
        )
    order by tier, id limit %(limit)s for update skip locked
)
update gateway_outbox claimed
set lease_owner = %(owner)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s), attempts = claimed.attempts + 1
from due, gateway_inbox inbox
where claimed.id = due.id and claimed.received_at = due.received_at
    and inbox.id = claimed.inbox_id and inbox.received_at = claimed.inbox_at
returning claimed.id, claimed.received_at, claimed.inbox_at, claimed.incident_id, claimed.dedup_key,
    claimed.destination, claimed.action, claimed.tier, claimed.opens, claimed.note, claimed.merged, claimed.attempts,
    extract(epoch from clock_timestamp() - claimed.received_at)::float8 as age_seconds,
    coalesce(extract(epoch from clock_timestamp() - claimed.asked_since), 0)::float8 as asked_seconds,
    exists (
        select from gateway_outbox later
        where later.state = 'pending' and later.destination = claimed.destination and later.dedup_key = claimed.dedup_key
            and later.id > claimed.id and later.action = 'resolve'
    ) as resolved_since,
    exists (
        select from gateway_outbox later
        where later.state = 'pending' and later.destination = claimed.destination and later.dedup_key = claimed.dedup_key
            and later.id > claimed.id and later.action = 'trigger'
    ) as fires_since,
    inbox.payload, inbox.traceparent
"""

TOLD = """
select distinct alert ->> 'fingerprint', alert ->> 'startsAt', alert ->> 'status'
from gateway_inbox inbox, jsonb_array_elements(inbox.payload -> 'alerts') alert
where inbox.dedup_key = %(key)s and inbox.received_at >= %(inbox_at)s - interval '1 day' and inbox.received_at < %(inbox_at)s
"""
"""What notifications of a key told about alerts in the day before."""

_OURS = """
where id = %(id)s and received_at = %(received_at)s and state = 'pending'
    and lease_owner = %(owner)s and attempts = %(attempts)s
"""

FINISH = f"""
update gateway_outbox
set state = %(state)s, reason = nullif(%(reason)s, ''), finished_at = clock_timestamp(), lease_owner = null, lease_until = null
{_OURS} returning finished_at
"""  # noqa: S608

POSTPONE = f"""
update gateway_outbox
set not_before = clock_timestamp() + make_interval(secs => %(seconds)s), reason = %(reason)s,
    asked_since = case when %(asked)s then coalesce(asked_since, clock_timestamp()) end,
    attempts = attempts - case when %(asked)s then 1 else 0 end, lease_owner = null, lease_until = null
{_OURS}
"""  # noqa: S608

UNCLAIM = f"""
update gateway_outbox set attempts = attempts - 1, lease_owner = null, lease_until = null
{_OURS}
"""  # noqa: S608

EVENT = """
insert into gateway_events (created_at, stream, kind, dedup_key, version, body)
values (%(created_at)s, %(stream)s, %(kind)s, %(dedup_key)s, %(version)s, %(body)s::jsonb)
"""

LEASE = """
insert into gateway_leases as lease (name, owner, fence, until)
values (%(name)s, %(owner)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
on conflict (name) do update set owner = excluded.owner, until = excluded.until,
    fence = lease.fence + case when lease.owner = excluded.owner then 0 else 1 end
where lease.owner = excluded.owner or lease.until < clock_timestamp()
returning fence
"""

FENCED = """
select from gateway_leases
where name = %(name)s and owner = %(owner)s and fence = %(fence)s and until > clock_timestamp() for update
"""

QUEUE = """
select count(*) filter (where state = 'pending') as pending, count(*) filter (where state = 'parked') as parked,
    coalesce(extract(epoch from clock_timestamp() - min(received_at) filter (where state = 'pending')), 0)::float8
        as oldest_seconds
from gateway_outbox
where state in ('pending', 'parked')
"""

LANES = """
select destination, tier, count(*) as pending,
    extract(epoch from clock_timestamp() - min(received_at))::float8 as oldest_seconds
from gateway_outbox
where state = 'pending' group by destination, tier order by tier, destination
"""

DELIVERIES = """
select outbox.id, outbox.destination, outbox.action, outbox.tier, outbox.state, outbox.attempts, outbox.merged, outbox.reason,
    outbox.dedup_key, outbox.incident_id as incident, inbox.group_key,
    inbox.payload -> 'commonLabels' ->> 'alertname' as alertname,
    extract(epoch from outbox.received_at)::float8 as received, extract(epoch from outbox.finished_at)::float8 as finished
from gateway_outbox outbox
join gateway_inbox inbox on inbox.id = outbox.inbox_id and inbox.received_at = outbox.inbox_at
order by outbox.id desc limit %s
"""

INCIDENTS = """
select id, dedup_key, group_key, status, tier, title, labels, occurrences, opened_at, acknowledged_at, acknowledged_by,
    resolved_at
from gateway_incidents
where %(everything)s or status <> 'resolved'
order by id desc limit %(limit)s
"""

HISTORY = """
select at, change, status, cause, by_whom, note, inbox_id from gateway_incident_history where incident_id = %s order by id
"""
