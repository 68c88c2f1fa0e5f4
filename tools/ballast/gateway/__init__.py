"""Alertmanager's webhook in, PostgreSQL, PagerDuty out: every alert is stored before it is acknowledged.

Importing this package loads neither the server nor the database driver; `serve` does.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ballast.gateway.process import GatewayProcess
from ballast.gateway.settings import VARIABLES, Settings, environment, read_settings

if TYPE_CHECKING:
    from ballast.gateway.partitions import Month

__all__ = ["VARIABLES", "GatewayProcess", "Settings", "archive_months", "environment", "read_settings", "serve"]


def serve(settings: Settings) -> None:
    """Run a gateway until SIGTERM or SIGINT, then drain."""
    from ballast.gateway import server

    server.serve(settings)


async def archive_months(database_url: str, before: datetime, *, dry_run: bool = False) -> list[Month]:
    """Archive the months of a gateway's database that end at or before `before`; returns them. Raises CannotRun when rows of
    theirs still wait, or the database cannot be used.
    """
    import psycopg

    from ballast.gateway import partitions
    from ballast.repo import CannotRun

    try:
        async with await psycopg.AsyncConnection.connect(database_url, connect_timeout=5) as connection:
            return await partitions.archive(connection, before, dry_run=dry_run)
    except psycopg.errors.UndefinedTable:
        raise CannotRun("this database has no gateway's tables yet") from None
    except psycopg.Error as error:
        raise CannotRun(f"PostgreSQL cannot be used: {str(error).strip().splitlines()[0]}") from None
