"""Forward-only migrations for any PostgreSQL schema: numbered SQL files, each applied once, in order, in one transaction.

A migration that has been applied anywhere is never edited: its SHA-256 is kept, and another one is refused. What is to be
applied is decided here for everybody; the gateway carries it out on its own asynchronous connection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.repo import CannotRun

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True)
class Migration:
    """`<version>_<name>.sql`."""

    version: int
    name: str
    text: str

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return f"{self.version:04}_{self.name}"

    @property
    def sha256(self) -> str:
        """Of the text: a migration that has been applied anywhere is never edited."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path) -> list[Migration]:
    """All of them, in order. Raises ValueError on a gap in the numbers."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path.read_text()))
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations in {folder} are not numbered 1, 2, 3, …")
    return found


def missing(known: Sequence[Migration], applied: Sequence[str], program: str = "program") -> list[Migration]:
    """Those that a database lacks, by the SHA-256 of those it has, in order.

    Raises CannotRun when it has one that this program does not know (it is too old) or knows differently.
    """
    if len(applied) > len(known):
        raise CannotRun(
            f"the database is at migration {len(applied)} and this {program} knows {len(known)}: run a newer {program}"
        )
    for migration, digest in zip(known, applied, strict=False):
        if migration.sha256 != digest:
            raise CannotRun(
                f"migration {migration.version} was edited after it had been applied ({migration.stem}): add a new one instead"
            )
    return list(known[len(applied) :])


def migrate(connection: psycopg.Connection, folder: Path, *, table: str) -> list[str]:
    """Apply the `<number>_<name>.sql` files of `folder` that `table` does not list yet, and return their names.

    One program at a time does so. Raises what `migrations` and `missing` raise.
    """
    from psycopg import sql

    known = migrations(folder)
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
        todo = missing(known, applied)
        for migration in todo:
            connection.execute(sql.SQL(migration.text))  # a file of ours, not a literal
            connection.execute(
                sql.SQL("insert into {} (version, name, sha256) values (%s, %s, %s)").format(name),
                (migration.version, migration.stem, migration.sha256),
            )
    return [migration.stem for migration in todo]
