"""Events of a gateway's database, for people: where there is no Kafka the table is the bus."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ballast.gateway.bus import statements


def events_of(
    database_url: str, *, since: datetime, key: str = "", stream: str = "", waiting: bool = False, limit: int = 100
) -> list[dict[str, Any]]:
    """The newest events since a moment, oldest first. `key` is a dedup key or its beginning, `stream` alerts or audit,
    `waiting` only those that are not on the bus yet. Raises CannotRun when the database cannot be used.
    """
    import psycopg
    from psycopg.rows import dict_row

    from ballast.repo import CannotRun

    values = {"key": key or None, "since": since, "stream": stream or None, "waiting": waiting, "limit": limit}
    try:
        with psycopg.connect(database_url, connect_timeout=5, row_factory=dict_row) as connection:
            return connection.execute(statements.LIST, values).fetchall()[::-1]
    except psycopg.errors.UndefinedTable:
        raise CannotRun("this database has no gateway's tables yet") from None
    except psycopg.Error as error:
        raise CannotRun(f"PostgreSQL cannot be used: {str(error).strip().splitlines()[0]}") from None
