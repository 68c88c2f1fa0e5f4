"""A role that may read the views and nothing else, for Grafana."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

VIEWS = ("hourly", "daily", "budget", "burndown")


def grant_reader(connection: psycopg.Connection, role: str) -> None:
    """Make the role, without login or password, unless it is there, and let it read the views. Grant it to Grafana's user."""
    from psycopg import sql

    name = sql.Identifier(role)
    with connection.transaction():
        if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is None:
            connection.execute(sql.SQL("create role {} nologin").format(name))
        schema = connection.execute("select current_schema()").fetchone()
        assert schema is not None
        connection.execute(sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(schema[0]), name))
        views = sql.SQL(", ").join(map(sql.Identifier, VIEWS))
        connection.execute(sql.SQL("grant select on {} to {}").format(views, name))
