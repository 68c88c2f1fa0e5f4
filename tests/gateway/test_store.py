"""Inbox and outbox on a real PostgreSQL: order, leases, migrations."""

from __future__ import annotations

import asyncio

import orjson
import psycopg
import pytest

from ballast.gateway.migrate import Migration, migrate, migrations
from ballast.gateway.notification import parse
from ballast.gateway.store import Store
from ballast.repo import CannotRun
from tests.gateway.conftest import Room, webhook
from tests.gateway.rows import accept, claim, query, run, schemas


def test_the_earliest_row_of_each_key_and_urgent_ones_first(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "Low", tier="P4")
        await accept(one, "High")
        await accept(one, "High", "resolved")
        jobs = await claim(one, 10, 30)
        assert [(j.tier, j.action, j.opens, j.attempts) for j in jobs] == [
            ("P1", "trigger", True, 1),
            ("P4", "trigger", True, 1),
        ]
        assert await claim(two, 10, 30) == [], "leased"
        assert await one.finish(jobs[0], "delivered")
        (resolve,) = await claim(two, 10, 30)
        assert (resolve.action, resolve.opens) == ("resolve", False)
        await accept(one, "High")
        assert await claim(two, 10, 30) == [], "the resolve is still on its way"
        assert await two.finish(resolve, "delivered")
        assert [(j.action, j.opens) for j in await claim(two, 10, 30)] == [("trigger", True)]
        await accept(one, "High")
        queue = await one.queue()
        assert (queue.pending, queue.parked) == (3, 0)
        assert queue.oldest_seconds > 0

    run(room, body)


def test_a_lease_that_ended_is_somebody_elses(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "A")
        (mine,) = await claim(one, 1, 0.0)
        (theirs,) = await claim(two, 1, 30)
        assert (mine.id, theirs.attempts) == (theirs.id, 2)
        assert not await one.finish(mine, "delivered")
        assert not await one.postpone(mine, 0, "late")
        assert await two.postpone(theirs, 3600, "429")
        assert await claim(one, 1, 30) == [], "not before its time"
        (row,) = await one.deliveries(10)
        assert (row["state"], row["reason"], row["attempts"]) == ("pending", "429", 2)

    run(room, body)


def test_replicas_never_share_a_row_nor_overtake_within_a_key(room: Room) -> None:
    """Repeats that wait become one row, so fewer are sent than came; none is left."""
    keys, rounds = [f"K{i}" for i in range(6)], 4
    sent: dict[str, list[int]] = {}
    merged = 0

    async def body(one: Store, two: Store) -> None:
        accepting = True

        async def work(replica: Store) -> None:
            nonlocal merged
            while accepting or (await replica.queue()).pending:
                for job in await claim(replica, 3):
                    sent.setdefault(job.dedup_key, []).append(job.id)
                    merged += job.merged
                    await asyncio.sleep(0)
                    assert await replica.finish(job, "delivered")
                await asyncio.sleep(0)

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            workers = [group.create_task(work(replica)) for replica in (one, two)]
            async with asyncio.TaskGroup() as storing:
                for number in range(rounds):
                    for key in keys:
                        status = ("firing", "resolved")[number % 2]
                        storing.create_task(accept((one, two)[number % 2], key, status))
            accepting = False
            await asyncio.gather(*workers)

    run(room, body)
    assert sum(map(len, sent.values())) + merged == len(keys) * rounds
    assert all(ids == sorted(set(ids)) for ids in sent.values())


def test_notifications_of_one_key_are_stored_one_after_the_other(room: Room) -> None:
    """Otherwise a later notification could get the earlier id, and be sent first."""
    key = parse(orjson.dumps(webhook("Twin")))[0].dedup_key
    lock = int.from_bytes(bytes.fromhex(key[:16]), signed=True)
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"

    async def body(one: Store, two: Store) -> None:
        async with await psycopg.AsyncConnection.connect(room.postgres.url) as first:
            await first.execute("select pg_advisory_xact_lock(%s)", (lock,))  # as if it were storing
            second = asyncio.create_task(accept(one, "Twin"))
            async with asyncio.timeout(10), await psycopg.AsyncConnection.connect(room.postgres.url) as watch:
                while await (await watch.execute(waiting)).fetchone() != (1,):
                    assert not second.done()
                    await asyncio.sleep(0.01)
            await accept(two, "Other")
            assert not second.done()
        await second

    run(room, body)


def test_migrations_are_applied_once_in_order_and_never_edited(room: Room) -> None:
    url = room.postgres.schema(next(schemas)).url
    known = migrations()
    more = [*known, Migration(len(known) + 1, "more", "create table more (i int)")]
    edited = [Migration(1, "edited", "select 1"), *known[1:]]

    async def apply(what: list[Migration]) -> list[Migration]:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            return await migrate(connection, what)

    async def twice() -> list[list[Migration]]:
        return await asyncio.gather(apply(known), apply(known))

    assert sorted(map(len, asyncio.run(twice()))) == [0, len(known)], "two gateways that start at once"
    assert asyncio.run(apply(more)) == more[-1:]
    with pytest.raises(CannotRun, match="run a newer gateway"):
        asyncio.run(apply(known))
    with pytest.raises(CannotRun, match="migration 1 was edited"):
        asyncio.run(apply([*edited, more[-1]]))
    broken = [*more, Migration(len(more) + 1, "broken", "create table kept (i int); select 1/0")]
    with pytest.raises(psycopg.errors.DivisionByZero):
        asyncio.run(apply(broken))
    with psycopg.connect(url) as connection:
        assert connection.execute("select to_regclass('kept')").fetchone() == (None,), "all or nothing"


def test_migrations_are_numbered_without_gaps(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "0001_a.sql").write_text("select 1")
    (tmp_path / "0003_b.sql").write_text("select 1")
    with pytest.raises(ValueError, match="not numbered"):
        migrations(tmp_path)


def test_a_new_row_is_due_though_the_clock_was_set_back(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "FromTheFuture")
        await query(one, "update gateway_outbox set not_before = clock_timestamp() + interval '10 minutes' returning 1")
        [job] = await claim(one)
        assert await one.postpone(job, 600, "later")
        assert await claim(one) == []

    run(room, body)
