"""The audit log's entries on the bus: from its twin in PostgreSQL to `gateway_events`, whence the relay takes them to Kafka."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ballast.audit import EVENT_KIND, EVENT_VERSION, event_of, note_told, untold

if TYPE_CHECKING:
    import psycopg

_LOCK = 7_315_007


def tell_entries(connection: psycopg.Connection) -> int | None:
    """Hand over what has not been yet, each entry once and each log in order; how many that were.

    The connection finds the twin's tables and the gateway's. None when there is no gateway in this database: the entries wait.
    """
    from psycopg.types.json import Jsonb

    there = connection.execute("select to_regclass('gateway_events')").fetchone()
    if there is None or there[0] is None:
        return None
    told = 0
    while True:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            entries = untold(connection)
            now = datetime.now(UTC)
            bodies = [event_of(log, record) for log, record in entries]
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into gateway_events (created_at, stream, kind, dedup_key, version, body)"
                    " values (%s, 'audit', %s, %s, %s, %s)",
                    [(now, EVENT_KIND, body["dedup_key"], EVENT_VERSION, Jsonb(body)) for body in bodies],
                )
            note_told(connection, entries)
        told += len(entries)
        if not entries:
            return told
