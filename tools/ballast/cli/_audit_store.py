"""Where `ballast audit` finds the log's twin, and what it asks of witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

    from ballast.audit import Seen


@contextmanager
def twin(*, make: bool = False) -> Iterator[psycopg.Connection]:
    """A connection to the twin, in autocommit; with `make` its schema is made and migrated first.

    The twin is in the schema that the URL's options name, else in `ballast_audit`. Raises CannotRun when the database cannot be
    used, or has no twin.
    """
    import psycopg
    from psycopg import conninfo, sql

    from ballast.audit import MIGRATIONS, SCHEMA, TABLE, twin_url
    from ballast.repo import CannotRun
    from ballast.stack import migrate

    url = twin_url()
    if not url:
        raise CannotRun("no twin: set BALLAST_AUDIT_DATABASE_URL to a PostgreSQL server")
    try:
        options = str(conninfo.conninfo_to_dict(url).get("options") or "")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            if "search_path" not in options:
                if make:
                    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
                connection.execute(
                    "select set_config('search_path', %s || ',' || current_setting('search_path'), false)", (SCHEMA,)
                )
            if make:
                migrate(connection, MIGRATIONS, table=TABLE)
            else:
                made = connection.execute("select to_regclass(%s)", (TABLE,)).fetchone()
                if made is None or made[0] is None:
                    raise CannotRun("the database has no twin of the audit log yet: run `ballast audit push`")
            yield connection
    except psycopg.Error as error:
        raise CannotRun(f"the audit log's twin cannot be used: {str(error).strip().splitlines()[0]}") from error


def ask_witnesses(log: str) -> tuple[list[Seen], list[str]]:
    """What all witnesses hold of a log, and what they could not say."""
    from pathlib import Path

    from ballast.audit import witnesses
    from ballast.repo import CannotRun, find_root

    try:
        root = find_root()
    except CannotRun:
        root = Path.cwd()
    found: list[Seen] = []
    notes: list[str] = []
    for witness in witnesses(root):
        try:
            heads, more = witness.heads(log)
        except CannotRun as error:
            notes.append(f"{witness.name} could not be asked: {error}")
            continue
        found += heads
        notes += more
    return found, notes
