"""The relay's statements."""

SOURCE = "select source::text from gateway_bus"

TAKE = """
select id, created_at, stream, dedup_key, body from gateway_events
where stream = %(stream)s and relayed_at is null order by id limit %(limit)s
"""

DONE = """
update gateway_events event
set relayed_at = clock_timestamp(), relay_partition = new.partition, relay_offset = new.message_offset
from unnest(%(ids)s::bigint[], %(ats)s::timestamptz[], %(partitions)s::integer[], %(offsets)s::bigint[])
    as new (id, at, partition, message_offset)
where event.id = new.id and event.created_at = new.at
"""

LAG = """
select stream, count(*) as rows, extract(epoch from clock_timestamp() - min(created_at))::float8 as oldest_seconds
from gateway_events
where relayed_at is null group by stream
"""

RELEASE = """
update gateway_leases set until = clock_timestamp()
where name = %(name)s and owner = %(owner)s and fence = %(fence)s and until > clock_timestamp()
"""

LIST = """
select id, created_at, stream, kind, dedup_key, body, relayed_at, relay_partition, relay_offset from gateway_events
where (%(key)s::text is null or dedup_key like %(key)s::text || '%%') and created_at >= %(since)s
    and (%(stream)s::text is null or stream = %(stream)s)
    and (not %(waiting)s or relayed_at is null)
order by id desc limit %(limit)s
"""
