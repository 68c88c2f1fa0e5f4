"""Months of the tables that only grow: made ahead of time, and archived, never deleted.

A row whose month has no partition lands in the table's default partition, so that nothing is ever refused; `ensure` moves it to
its month as soon as it has made that. Archived is a month that has been detached and moved into the schema `archive` (beside a
schema other than public: `<schema>_archive`), where a view of the table's name shows all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import AsyncConnection, errors, sql

from ballast.repo import CannotRun

TABLES = {"gateway_inbox": "received_at", "gateway_outbox": "received_at", "gateway_events": "created_at"}
"""Table -> the time that its months are of."""
AHEAD = 2
"""Months made before they begin."""
_LOCK = 7_315_004
_WAIT = "set local lock_timeout = '2s'"
"""Whoever waits for a lock holds up those behind it: the page path goes first, this is tried again."""


@dataclass(frozen=True, slots=True)
class Month:
    """A partition. `pending` rows (not sent, or not relayed) keep it from being archived."""

    table: str
    name: str
    start: datetime
    rows: int
    pending: int

    @property
    def label(self) -> str:
        """`2026-06`."""
        return f"{self.start:%Y-%m}"


def following(month: datetime, count: int = 1) -> datetime:
    """The first moment of the month `count` months after this one."""
    months = month.year * 12 + month.month - 1 + count
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


async def ensure(connection: AsyncConnection, *, ahead: int = AHEAD) -> list[str]:
    """Make the partitions of this month (by PostgreSQL's clock), of `ahead` more, and of every month that has rows in a default
    partition. Returns the names of those made. One gateway at a time does so.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute(_WAIT)
        row = await (await connection.execute("select clock_timestamp() at time zone 'utc'")).fetchone()
        assert row is not None, "a select without from yields a row"
        this = datetime(row[0].year, row[0].month, 1, tzinfo=UTC)
        made = []
        for table, column in TABLES.items():
            stray = sql.SQL("select distinct date_trunc('month', {} at time zone 'utc') from {}").format(
                sql.Identifier(column), sql.Identifier(f"{table}_default")
            )
            strays = [month.replace(tzinfo=UTC) for (month,) in await (await connection.execute(stray)).fetchall()]
            there = await _names(connection, table)
            for month in sorted({*strays, *(following(this, n) for n in range(ahead + 1))}):
                name = f"{table}_{month:%Y_%m}"
                if name not in there:
                    await _make(connection, table, column, name, month)
                    made.append(name)
        return made


async def _make(connection: AsyncConnection, table: str, column: str, name: str, month: datetime) -> None:
    ids = {"table": sql.Identifier(table), "name": sql.Identifier(name), "column": sql.Identifier(column)}
    ids |= {"default": sql.Identifier(f"{table}_default")}
    bounds = {"start": sql.Literal(month), "end": sql.Literal(following(month))}
    for text in (
        "lock table {default} in access exclusive mode",
        "create table {name} (like {table} including defaults including constraints)",
        "with moved as (delete from {default} where {column} >= {start} and {column} < {end} returning *) "
        "insert into {name} select * from moved",
        "alter table {table} attach partition {name} for values from ({start}) to ({end})",
    ):
        await connection.execute(sql.SQL(text).format(**ids, **bounds))


async def _names(connection: AsyncConnection, table: str) -> set[str]:
    cursor = await connection.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = %s::regclass", (table,)
    )
    return {name for (name,) in await cursor.fetchall()}


async def strays(connection: AsyncConnection) -> int:
    """Rows in default partitions: their months are missing."""
    total = 0
    for table in TABLES:
        counting = sql.SQL("select count(*) from {}").format(sql.Identifier(f"{table}_default"))
        row = await (await connection.execute(counting)).fetchone()
        total += row[0] if row else 0
    return total


async def months(connection: AsyncConnection, before: datetime) -> list[Month]:
    """The months that end at or before `before`, oldest first, with their rows."""
    relayed = await (await connection.execute("select exists (select from gateway_leases where name = 'relay')")).fetchone()
    waiting = {
        "gateway_inbox": "false",
        "gateway_outbox": "state = 'pending'",
        # Without a bus nothing is ever relayed, and events wait for nobody.
        "gateway_events": "relayed_at is null" if relayed and relayed[0] else "false",
    }
    found = []
    for table in TABLES:
        for name in sorted(await _names(connection, table) - {f"{table}_default"}):
            year, month = name.removeprefix(f"{table}_").split("_")
            start = datetime(int(year), int(month), 1, tzinfo=UTC)
            if following(start) <= before:
                counting = sql.SQL("select count(*), count(*) filter (where {}) from {}").format(
                    sql.SQL(waiting[table]), sql.Identifier(name)
                )
                row = await (await connection.execute(counting)).fetchone()
                assert row is not None, "aggregates yield a row"
                found.append(Month(table, name, start, *row))
    return sorted(found, key=lambda m: (m.start, m.table))


async def archive(connection: AsyncConnection, before: datetime, *, dry_run: bool = False) -> list[Month]:
    """Detach the months that end at or before `before` into the archive, all of them or none; returns them.

    Raises CannotRun when rows of theirs still wait to be sent, when the current month is meant, or when somebody else holds a
    lock on them for longer than two seconds.
    """
    row = await (await connection.execute("select clock_timestamp() at time zone 'utc', current_schema()")).fetchone()
    assert row is not None, "a select without from yields a row"
    if before > datetime(row[0].year, row[0].month, 1, tzinfo=UTC):
        raise CannotRun(f"--before {before:%Y-%m} would archive the current month: the gateway is writing to it")
    found = await months(connection, before)
    held = [m for m in found if m.pending]
    # An inbox row is read together with the outbox row that it belongs to, so a month goes with all its tables.
    if held:
        what = ", ".join(f"{m.name} ({m.pending})" for m in held)
        raise CannotRun(f"rows still wait to be sent or relayed: {what}; `ballast gateway status` shows them")
    if dry_run or not found:
        return found
    schema = sql.Identifier("archive" if row[1] == "public" else f"{row[1]}_archive")
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            await connection.execute(_WAIT)
            await connection.execute(sql.SQL("create schema if not exists {}").format(schema))
            for month in found:
                ids = {"table": sql.Identifier(month.table), "name": sql.Identifier(month.name), "schema": schema}
                await connection.execute(sql.SQL("alter table {table} detach partition {name}").format(**ids))
                await connection.execute(sql.SQL("alter table {name} set schema {schema}").format(**ids))
            for table in sorted({m.table for m in found}):
                await _show(connection, table, schema)
    except errors.LockNotAvailable:
        raise CannotRun("the tables are in use: try again") from None
    return found


async def _show(connection: AsyncConnection, table: str, schema: sql.Identifier) -> None:
    """A view of every archived month of a table, with null for columns that it has got since."""
    cursor = await connection.execute(
        "select c.relname, array_agg(a.attname::text) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "where n.nspname = %s and c.relkind = 'r' and c.relname like %s group by 1 order by 1",
        (schema.as_string(connection).strip('"'), f"{table}\\_%"),
    )
    cursor2 = await connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        (table,),
    )
    columns = [name for (name,) in await cursor2.fetchall()]
    every = sql.SQL(" union all ").join(
        sql.SQL("select {} from {}.{}").format(_columns(columns, there), schema, sql.Identifier(name))
        for name, there in await cursor.fetchall()
    )
    await connection.execute(sql.SQL("create or replace view {}.{} as {}").format(schema, sql.Identifier(table), every))


def _columns(wanted: list[str], there: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(name) if name in there else sql.SQL("null as {}").format(sql.Identifier(name)) for name in wanted
    )
