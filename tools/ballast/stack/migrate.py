"""Forward-only migrations for any PostgreSQL schema: numbered SQL files, each applied once, in order, in one transaction.

A migration that has been applied anywhere is never edited: its SHA-256 is kept, and another one is refused.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.repo import CannotRun

if TYPE_CHECKING:
    import psycopg


def migrate(connection: psycopg.Connection, folder: Path, *, table: str) -> list[str]:
    """Apply the `<number>_<name>.sql` files of `folder` that `table` does not list yet, and return their names.

    One program at a time does so. Raises CannotRun when the database is newer than the folder, or has another text of a file.
    """
    from psycopg import sql

    files = sorted(folder.glob("*.sql"))
    if [int(file.stem.partition("_")[0]) for file in files] != list(range(1, len(files) + 1)):
        raise ValueError(f"migrations in {folder} are not numbered 1, 2, 3, …")
    texts = [(file.stem, file.read_text()) for file in files]
    digests = [hashlib.sha256(text.encode()).hexdigest() for _, text in texts]
    name = sql.Identifier(table)
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext(current_schema() || %s))", (table,))
        connection.execute(
            sql.SQL(
                "create table if not exists {} (version integer primary key, name text not null, sha256 text not null,"
                " applied_at timestamptz not null default clock_timestamp())"
            ).format(name)
        )
        applied = [row[0] for row in connection.execute(sql.SQL("select sha256 from {} order by version").format(name))]
        if len(applied) > len(files):
            raise CannotRun(f"the database is at migration {len(applied)} and this program knows {len(files)}: run a newer one")
        for number, (was, known) in enumerate(zip(applied, digests, strict=False), 1):
            if was != known:
                raise CannotRun(
                    f"migration {number} ({texts[number - 1][0]}) was edited after it had been applied: add a new one"
                )
        for number in range(len(applied), len(files)):
            connection.execute(sql.SQL(texts[number][1]))  # a file of ours, not a literal
            connection.execute(
                sql.SQL("insert into {} (version, name, sha256) values (%s, %s, %s)").format(name),
                (number + 1, texts[number][0], digests[number]),
            )
    return [text for text, _ in texts[len(applied) :]]
