"""Partitions by month: made ahead, filled from the default one, archived whole."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from ballast.gateway import partitions
from ballast.gateway.migrate import migrate, migrations
from ballast.gateway.store import Store
from ballast.repo import CannotRun
from tests.gateway.conftest import Room
from tests.gateway.rows import accept, claim, deliver, query, run, schemas

BALLAST = str(Path(sys.executable).parent / "ballast")
MAY, JULY = datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


async def age(replica: Store) -> None:
    """Everything that is stored came in May."""
    for table, column in (*partitions.TABLES.items(), ("gateway_outbox", "inbox_at")):
        await query(replica, f"update {table} set {column} = '{MAY.isoformat()}' returning 1")


def test_months_are_made_ahead_and_strays_move_into_theirs(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        assert await one.make_months() == [], "migrate has made them"
        await accept(one, "A")
        await deliver(one)
        async with one.connection() as connection:
            assert await partitions.strays(connection) == 0
        await age(one)
        async with one.connection() as connection:
            assert await partitions.strays(connection) == 4, "no month for them: nothing is refused"
        made = await asyncio.gather(one.make_months(), two.make_months())
        assert sorted([*made[0], *made[1]]) == sorted(f"{table}_2026_05" for table in partitions.TABLES)
        async with one.connection() as connection:
            assert await partitions.strays(connection) == 0
        assert len(await one.deliveries(10)) == 1

    run(room, body)


def test_an_archived_month_is_out_of_the_way_and_can_be_asked(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "Old")
        await age(one)
        await one.make_months()
        async with one.connection() as connection:
            with pytest.raises(CannotRun, match=r"gateway_outbox_2026_05 \(1\)"):
                await partitions.archive(connection, JULY)
        await deliver(two)
        await accept(one, "New")
        async with one.connection() as connection:
            with pytest.raises(CannotRun, match="current month"):
                await partitions.archive(connection, datetime(2999, 1, 1, tzinfo=UTC))
            dry = await partitions.archive(connection, JULY, dry_run=True)
            assert [(m.table, m.label, m.rows) for m in dry] == [
                ("gateway_events", "2026-05", 1), ("gateway_inbox", "2026-05", 1), ("gateway_outbox", "2026-05", 1),
            ]  # fmt: skip
            assert await partitions.archive(connection, JULY) == dry
            assert await partitions.archive(connection, JULY) == []
        (row,) = await claim(one)
        assert row.payload["groupLabels"] == {"alertname": "New"}
        assert len(await one.deliveries(10)) == 1
        assert (await accept(one, "Old")).change == "repeated", "what decides on the next notification stays"
        (schema,) = (await query(one, "select current_schema()"))[0]
        assert await query(one, f"select payload -> 'groupLabels' ->> 'alertname' from {schema}_archive.gateway_inbox") == [
            ("Old",)
        ]
        assert await query(one, f"select state from {schema}_archive.gateway_outbox") == [("delivered",)]

    run(room, body)


def test_the_command(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "Old")
        await deliver(one)
        await age(one)
        await one.make_months()

    url = room.postgres.schema(run(room, body)).url

    def archive(*words: str) -> subprocess.CompletedProcess[str]:
        line = [BALLAST, "gateway", "archive", "--database-url", url, *words]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    dry = archive("--before", "2026-06", "--dry-run")
    assert (dry.returncode, "would be archived" in dry.stdout, "2026-05" in dry.stdout) == (0, True, True), dry
    done = archive("--before", "2026-06")
    assert (done.returncode, "archived: 3 months of tables" in done.stdout) == (0, True), done
    assert archive("--before", "2026-06").stdout == "nothing to archive before 2026-06\n"
    wrong = archive("--before", "June")
    assert (wrong.returncode, "2026-06" in wrong.stderr) == (2, True), wrong


def test_rows_of_the_first_schema_are_kept(room: Room) -> None:
    url = room.postgres.schema(next(schemas)).url

    async def both() -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            known = migrations()
            await migrate(connection, known[:1])
            await connection.execute(
                """insert into gateway_inbox (source, group_key, dedup_key, status, payload)
                values ('alertmanager', 'g', 'k', 'firing', '{"commonLabels": {"alertname": "A"}}')"""
            )
            await connection.execute(
                """insert into gateway_outbox (inbox_id, dedup_key, destination, action, tier, opens)
                values (1, 'k', 'pagerduty', 'trigger', 'P1', true)"""
            )
            await migrate(connection, known)
        store = Store(url, "me")
        await store.open()
        try:
            await store.migrate()
            (job,) = await claim(store)
            assert (job.id, job.dedup_key, job.opens) == (1, "k", True)
            assert (await accept(store, "B")).inbox > 1
        finally:
            await store.close()

    asyncio.run(both())
