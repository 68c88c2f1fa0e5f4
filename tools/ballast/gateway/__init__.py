"""Alertmanager's webhook in, PostgreSQL, PagerDuty out: every alert is stored before it is acknowledged.

Importing this package loads neither the server nor the database driver; `serve` does.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ballast.gateway.incidents import Incident, incidents_between
from ballast.gateway.process import GatewayProcess
from ballast.gateway.settings import SECRETS, VARIABLES, Settings, environment, read_settings
from ballast.gateway.words import ago

if TYPE_CHECKING:
    from ballast.gateway.partitions import Month

__all__ = [
    "SECRETS",
    "VARIABLES",
    "GatewayProcess",
    "Incident",
    "Settings",
    "ago",
    "archive_months",
    "environment",
    "incidents_between",
    "read_settings",
    "record_deploy",
    "serve",
    "status",
]


def serve(settings: Settings) -> None:
    """Run a gateway until SIGTERM or SIGINT, then drain."""
    from ballast.gateway import server

    server.serve(settings)


async def status(database_url: str, limit: int = 20) -> dict[str, Any]:
    """What `GET /v1/status` says, asked of PostgreSQL itself. Raises CannotRun when it cannot be asked."""
    import psycopg

    from ballast.gateway.overview import overview
    from ballast.gateway.store import UNAVAILABLE, Store
    from ballast.repo import CannotRun

    try:  # the pool would try for long, and not say why
        await (await psycopg.AsyncConnection.connect(database_url, connect_timeout=5)).close()
        store = Store(database_url, "status", connections=1)
        await store.open()
        try:
            return (await overview(store, limit)).json()
        finally:
            await store.close()
    except psycopg.errors.UndefinedTable:
        raise CannotRun("this database has no gateway's tables yet") from None
    except (psycopg.Error, *UNAVAILABLE) as error:
        raise CannotRun(f"PostgreSQL cannot be used: {str(error).strip().splitlines()[0]}") from None


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


def record_deploy(database_url: str, service: str, version: str, *, at: datetime, by: str = "", url: str = "") -> bool:
    """Write down a deploy, for the pages that come after it; False when it was there. Raises CannotRun."""
    from ballast.gateway import enrich

    return enrich.record_deploy(database_url, service, version, at=at, by=by, url=url)
