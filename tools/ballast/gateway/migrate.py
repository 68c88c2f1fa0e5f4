"""The gateway's migrations, on its own asynchronous connection: a query against a PostgreSQL that hangs can be cancelled there.

What is to be applied, and what is refused, `ballast.stack` decides for every schema.
"""

from __future__ import annotations

from pathlib import Path

from psycopg import AsyncConnection, sql

from ballast import stack
from ballast.stack import Migration

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


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All of them, in order. Raises ValueError on a gap in the numbers."""
    return stack.migrations(folder)


async def migrate(connection: AsyncConnection, known: list[Migration]) -> list[Migration]:
    """Apply what is missing and return it.

    Raises CannotRun when the database has a migration that this program does not know (it is too old) or knows differently.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute(_TABLE)
        cursor = await connection.execute("select sha256 from gateway_migrations order by version")
        todo = stack.missing(known, [sha256 for (sha256,) in await cursor.fetchall()], "gateway")
        for migration in todo:
            await connection.execute(sql.SQL(migration.text))
            await connection.execute(
                "insert into gateway_migrations (version, name, sha256) values (%s, %s, %s)",
                (migration.version, migration.name, migration.sha256),
            )
        return todo
