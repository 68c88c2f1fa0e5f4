"""The log's twin in PostgreSQL: the same lines, in tables whose triggers refuse every change, for those who search.

`MIGRATIONS` and `TABLE` are for `ballast.stack.migrate`, which stands above this package. Functions take a connection that is
in the twin's schema.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.audit.chain import Record, record_of
from ballast.audit.head import Book, Signed
from ballast.repo import CannotRun

if TYPE_CHECKING:
    import psycopg

MIGRATIONS = Path(__file__).parent / "migrations"
TABLE, SCHEMA = "audit_migrations", "ballast_audit"
VARIABLE = "BALLAST_AUDIT_DATABASE_URL"
_LOCK = 7_315_006


class Difference(Exception):
    """Two stores disagree about an entry: one of them was changed, or the log has two ends (a fork)."""

    def __init__(self, log: str, sequence: int) -> None:
        super().__init__(f"entry {sequence} of {log} is another in the database: one of them was changed")


def twin_url() -> str:
    """Where the twin is; empty when none is configured."""
    return os.environ.get(VARIABLE, "")


def copy(connection: psycopg.Connection, lines: Sequence[bytes], book: Book) -> int:
    """Copy what the twin does not have yet, and the head; how many entries that were. One program at a time.

    Raises Difference when the twin has another entry where both have one.
    """
    log = book.head.log
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        row = connection.execute(
            "select sequence, line from audit_entry where log = %s order by sequence desc limit 1", (log,)
        ).fetchone()
        have = int(row[0]) if row else 0
        if row and (have > len(lines) or lines[have - 1] != row[1].encode() + b"\n"):
            raise Difference(log, _first_difference(connection, log, lines))
        rows = [(log, have + n, line[:-1].decode()) for n, line in enumerate(lines[have:], 1)]
        with connection.cursor() as cursor:
            cursor.executemany("insert into audit_entry (log, sequence, line) values (%s, %s, %s)", rows)
        connection.execute(
            "insert into audit_head (log, size, document) values (%s, %s, %s) on conflict do nothing",
            (log, book.head.size, json.dumps(book.signed.document(), sort_keys=True)),
        )
    return len(rows)


def logs(connection: psycopg.Connection) -> list[str]:
    """The names of all logs in the twin."""
    return [row[0] for row in connection.execute("select distinct log from audit_entry order by log")]


def twin_lines(connection: psycopg.Connection, log: str) -> list[bytes]:
    """The lines of a log, in order."""
    rows = connection.execute("select line from audit_entry where log = %s order by sequence", (log,))
    return [row[0].encode() + b"\n" for row in rows]


def twin_book(connection: psycopg.Connection, log: str) -> Book | None:
    """The newest head of a log in the twin. CannotRun when it is none."""
    row = connection.execute("select document from audit_head where log = %s order by size desc limit 1", (log,)).fetchone()
    if row is None:
        return None
    try:
        return Book(Signed.read(json.loads(row[0])))
    except ValueError as error:
        raise CannotRun(f"the newest head of {log} in the database {error}") from None


def untold(connection: psycopg.Connection, limit: int = 1000) -> list[tuple[str, Record]]:
    """Entries that `audit_told` does not list yet, oldest first within a log."""
    rows = connection.execute(
        "select log, line from audit_entry entry where not exists (select from audit_told told where told.log = entry.log"
        " and told.sequence = entry.sequence) order by log, sequence limit %s",
        (limit,),
    )
    return [(log, record_of(line.encode() + b"\n")) for log, line in rows]


def note_told(connection: psycopg.Connection, entries: Sequence[tuple[str, Record]]) -> None:
    """In the transaction in which somebody was told."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into audit_told (log, sequence) values (%s, %s)", [(log, one.sequence) for log, one in entries]
        )


def _first_difference(connection: psycopg.Connection, log: str, lines: Sequence[bytes]) -> int:
    theirs = twin_lines(connection, log)
    for number, (ours, other) in enumerate(zip(lines, theirs, strict=False), 1):
        if ours != other:
            return number
    return min(len(lines), len(theirs)) + 1
