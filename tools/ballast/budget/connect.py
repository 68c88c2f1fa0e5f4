"""Where the ledger is, and where its samples come from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.repo import CannotRun

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

DATABASE, FALLBACK = "BALLAST_LEDGER_URL", "BALLAST_DATABASE_URL"
SCHEMA = "ballast_budget"
MIGRATIONS = Path(__file__).parent / "migrations"
TABLE = "budget_migrations"


def ledger_url() -> str:
    """`BALLAST_LEDGER_URL`, else `BALLAST_DATABASE_URL`, else the PostgreSQL that `make up` left running.

    Without a schema of its own in the URL's options the ledger is in the schema `ballast_budget`.
    """
    url = os.environ.get(DATABASE) or os.environ.get(FALLBACK) or _running_postgres()
    if not url:
        raise CannotRun(f"no ledger: set {DATABASE} to a PostgreSQL server, or start the demo's stack with `make up`")
    return url


@contextmanager
def connect(url: str | None = None, *, make: bool = False) -> Iterator[psycopg.Connection]:
    """A connection to the ledger, in autocommit; with `make` the schema is made and migrated first.

    Raises CannotRun when the database cannot be reached, or has no ledger yet.
    """
    import psycopg
    from psycopg import conninfo, sql

    url = url or ledger_url()
    try:
        options = str(conninfo.conninfo_to_dict(url).get("options") or "")
        own = sql.SQL("" if "search_path" in options else "set search_path = {};").format(sql.Identifier(SCHEMA))
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            if make:
                if "search_path" not in options:
                    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
                connection.execute(sql.SQL("{} set timezone = 'UTC'").format(own))
                from ballast.stack import migrate

                migrate(connection, MIGRATIONS, table=TABLE)
            elif not _is_made(connection, sql.SQL("{} set timezone = 'UTC'; select to_regclass({})").format(own, TABLE)):
                raise CannotRun("the ledger is empty: run `ballast budget collect` first")
            yield connection
    except psycopg.Error as error:
        raise CannotRun(f"the ledger cannot be used: {str(error).strip().splitlines()[0]}") from error


def _is_made(connection: psycopg.Connection, question: sql.Composed) -> bool:
    """Settings and the question in one round trip."""
    cursor = connection.execute(question)
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return row is not None and row[0] is not None


def running(name: str) -> str:
    """The address of a process that `make up` left running; empty when there is none."""
    from ballast.stack import entries

    return next((entry.url for entry in entries() if entry.detached and entry.name == name), "")


def _running_postgres() -> str:
    from ballast.stack import entries

    for entry in entries():
        if entry.detached and entry.name == "postgres":
            secret = Path(entry.log).parent / "password"
            if secret.is_file():
                return entry.url.replace("//", f"//ballast:{secret.read_text()}@", 1) + "/postgres"
    return ""
