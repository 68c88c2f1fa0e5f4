"""Forward-only migrations: numbered SQL files, each applied once, in order, in a transaction, by one gateway at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection, sql

from ballast.repo import CannotRun

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_315_003  # any number, the same in every gateway
_TABLE = """
create table if not exists gateway_migrations (
    version integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """`<version>_<name>.sql`."""

    version: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text: a migration that has been applied anywhere is never edited."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All of them, in order. Raises ValueError on a gap in the numbers."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path.read_text()))
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations in {folder} are not numbered 1, 2, 3, …")
    return found


async def migrate(connection: AsyncConnection, known: list[Migration]) -> list[Migration]:
    """Apply what is missing and return it.

    Raises CannotRun when the database has a migration that this program does not know (it is too old) or knows differently.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute(_TABLE)
        cursor = await connection.execute("select version, sha256 from gateway_migrations order by version")
        applied: dict[int, str] = dict(await cursor.fetchall())
        for version, sha256 in applied.items():
            if version > len(known):
                raise CannotRun(
                    f"the database is at migration {version} and this gateway knows {len(known)}: run a newer gateway"
                )
            if known[version - 1].sha256 != sha256:
                raise CannotRun(f"migration {version} was edited after it had been applied: add a new one instead")
        missing = [m for m in known if m.version not in applied]
        for migration in missing:
            await connection.execute(sql.SQL(migration.text))
            await connection.execute(
                "insert into gateway_migrations (version, name, sha256) values (%s, %s, %s)",
                (migration.version, migration.name, migration.sha256),
            )
        return missing
