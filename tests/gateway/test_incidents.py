"""Incidents on a real PostgreSQL, with and without a real Redis: the same decisions, whatever becomes of the copies."""

from __future__ import annotations

import asyncio
import time

import pytest
import redis as client

from ballast.gateway.copies import Copies
from ballast.gateway.state import Rules
from ballast.gateway.store import LeaseLost, Store
from ballast.stack import Redis
from tests.gateway.conftest import Room
from tests.gateway.rows import accept, arrival, claim, deliver, query, run

FLAPPY = Rules(changes=2, seconds=0.5)


@pytest.fixture(params=["postgresql", "redis"])
def redis_url(request: pytest.FixtureRequest) -> str:
    """Empty, or a Redis'."""
    return "" if request.param == "postgresql" else request.getfixturevalue("redis").url


def test_one_transaction_holds_everything(room: Room, redis_url: str) -> None:
    async def body(one: Store, two: Store) -> None:
        first = await accept(one, "A")
        again = await accept(two, "A")
        ended = await accept(one, "A", "resolved")
        late = await accept(two, "A", "resolved")
        second = await accept(one, "A")
        assert [r.change for r in (first, again, ended, late, second)] == [
            "opened", "repeated", "resolved", "orphaned", "opened",
        ]  # fmt: skip
        assert (first.incident, again.incident, ended.incident, late.incident) == (first.incident,) * 3 + (None,)
        assert second.incident not in (None, first.incident)
        newest, oldest = await one.incidents(10, everything=True)
        assert (oldest["status"], oldest["occurrences"], newest["status"]) == ("resolved", 2, "triggered")
        assert [i["id"] for i in await one.incidents(10)] == [second.incident]
        assert [h["change"] for h in await one.history(oldest["id"])] == ["opened", "repeated", "resolved"]
        kinds = await query(one, "select kind, body ->> 'incident', body ->> 'schema' from gateway_events order by id")
        assert [k for k, _, _ in kinds] == [
            f"incident.{c}" for c in ("opened", "repeated", "resolved", "orphaned", "opened")
        ]  # fmt: skip
        assert {s for _, _, s in kinds} == {"ballast.gateway/1"}
        assert await deliver(two) == ["A:trigger", "A:resolve", "A:resolve", "A:trigger"]
        audit = await query(one, "select count(*) from gateway_events where kind = 'delivery.delivered'")
        assert audit == [(4,)]

    run(room, body, redis_url=redis_url)


def test_a_batch_is_as_if_one_came_after_the_other(room: Room, redis_url: str) -> None:
    async def body(one: Store, two: Store) -> None:
        script = [("A", "firing"), ("B", "firing"), ("A", "firing"), ("A", "resolved"), ("A", "firing"), ("B", "firing")]
        receipts = await one.accept([arrival(*step) for step in script])
        assert [r.change for r in receipts] == ["opened", "opened", "repeated", "resolved", "opened", "repeated"]
        assert [r.inbox for r in receipts] == sorted(r.inbox for r in receipts)
        assert await deliver(two) == ["A:trigger", "B:trigger", "A:resolve", "A:trigger"]
        rows = await one.deliveries(10)
        assert sorted(r["merged"] for r in rows) == [0, 0, 1, 1]

    run(room, body, redis_url=redis_url)


def test_repeats_are_merged_into_the_row_that_waits_and_keep_its_place(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        first = await accept(one, "A", tier="P3")
        await accept(one, "B", tier="P3")
        newest = await accept(two, "A", tier="P3")
        (a, b) = await claim(one)
        assert (a.opens, a.merged, a.age_seconds > b.age_seconds) == (True, 1, True)
        assert await query(one, f"select inbox_id from gateway_outbox where id = {a.id}") == [(newest.inbox,)]
        assert newest.incident == first.incident
        await accept(two, "A", tier="P3")  # the first is on its way: another row follows it
        assert await claim(two) == []
        assert await one.finish(a, "delivered")
        (follow,) = await claim(two)
        assert (follow.opens, follow.merged, follow.dedup_key) == (False, 0, a.dedup_key)
        assert await two.postpone(follow, 0, "503")
        await accept(one, "A", "resolved", tier="P3")
        await accept(one, "A", tier="P3")
        assert await deliver(two) == ["A:trigger", "A:resolve", "A:trigger"], "never merged across a resolve"

    run(room, body)


def test_a_flapping_group_stays_one_incident_until_it_is_quiet(room: Room, redis_url: str) -> None:
    async def body(one: Store, two: Store) -> None:
        script = ["firing", "resolved", "firing", "resolved", "firing", "resolved"]
        got = [(await accept((one, two)[n % 2], "F", status, tier="P3")).change for n, status in enumerate(script)]
        assert got == ["opened", "resolved", "opened", "held", "fired_again", "held"]
        went = await deliver(one)
        assert went == ["F:trigger", "F:resolve", "F:trigger"]
        (row,) = await query(one, "select note from gateway_outbox where note <> ''")
        assert "flapping" in str(row[0])
        (incident,) = await one.incidents(10)
        assert incident["status"] == "triggered"
        deadline = time.monotonic() + 10
        while not await two.release():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert await one.release() == 0
        assert await deliver(two) == ["F:resolve"]
        assert [h["cause"] for h in await one.history(incident["id"])][-1] == "quiet"
        assert (await accept(two, "F", tier="P3")).change == "opened"

    run(room, body, rules=FLAPPY, redis_url=redis_url)


def test_what_a_person_does_is_kept(room: Room, redis_url: str) -> None:
    async def body(one: Store, two: Store) -> None:
        first = await accept(one, "A")
        key = first.dedup_key
        assert await two.acted(key, "acknowledged", by="kim", cause="pagerduty")
        assert not await one.acted(key, "acknowledged", by="kim", cause="pagerduty"), "twice is once"
        assert (await accept(one, "A")).change == "repeated"
        (incident,) = await one.incidents(1)
        assert (incident["status"], incident["acknowledged_by"]) == ("acknowledged", "kim")
        assert await one.acted(key, "unacknowledged", by="", cause="pagerduty")
        assert await one.acted(key, "resolved", by="kim", cause="pagerduty")
        assert not await two.acted(key, "resolved", by="kim", cause="pagerduty")
        assert not await two.acted("ab" * 32, "acknowledged", by="kim", cause="pagerduty"), "unknown key"
        assert await deliver(one) == ["A:trigger"], "the provider knows already"
        assert (await accept(one, "A")).change == "opened"
        done = [(h["change"], h["cause"], h["by_whom"]) for h in await one.history(incident["id"])]
        assert done == [
            ("opened", "webhook", ""), ("acknowledged", "pagerduty", "kim"), ("repeated", "webhook", ""),
            ("unacknowledged", "pagerduty", ""), ("resolved", "pagerduty", "kim"),
        ]  # fmt: skip

    run(room, body, redis_url=redis_url)


def test_a_skipped_trigger_ends_its_incident_unless_more_has_come(room: Room, redis_url: str) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "A")
        await accept(one, "A")
        first = await accept(one, "B")
        (a, b) = await claim(one)
        assert a.merged == 1
        assert await accept(two, "B") != first
        assert await one.skip(a, "late")
        assert await one.skip(b, "late")
        assert not await one.skip(b, "late"), "done"
        (left,) = await two.incidents(10)
        assert left["id"] == first.incident
        (ended,) = [i for i in await two.incidents(10, everything=True) if i["status"] == "resolved"]
        assert [(h["change"], h["cause"]) for h in await one.history(ended["id"])][-1] == ("resolved", "reconciled")
        assert (await accept(one, "A", "resolved")).change == "orphaned"
        assert await deliver(two) == ["B:trigger", "A:resolve"]

    run(room, body, redis_url=redis_url)


def test_copies_that_are_old_emptied_or_nonsense_change_no_decision(room: Room, redis: Redis) -> None:
    async def body(one: Store, two: Store) -> None:
        server = client.Redis.from_url(redis.url)
        server.flushall()
        await accept(one, "A")
        (name,) = server.keys("ballast:*")  # type: ignore[misc]
        old = server.get(name)
        await accept(two, "A", "resolved")
        server.set(name, old)  # type: ignore[arg-type]
        assert (await accept(one, "A", "resolved")).change == "orphaned", "the old copy says that it is open"
        server.flushall()
        assert (await accept(two, "A")).change == "opened"
        for nonsense in (b"{", b"{}", b'{"dedup_key": 1}', b"[]"):
            server.set(name, nonsense)
            assert (await accept(one, "A")).change == "repeated"
        assert (await accept(one, "A", "resolved")).change == "resolved"
        assert isinstance(one.cache, Copies)
        assert one.cache.breaker.state == "closed"

    run(room, body, redis_url=redis.url)


def test_a_redis_that_hangs_or_dies_is_done_without_and_found_again(room: Room, redis: Redis) -> None:
    async def body(one: Store, two: Store) -> None:
        assert isinstance(one.cache, Copies)
        cache = one.cache
        cache._seconds = 0.05
        assert (await accept(one, "A")).change == "opened"
        with redis.paused():
            for status, change in (("firing", "repeated"), ("resolved", "resolved"), ("firing", "opened")):
                assert (await accept(one, "A", status)).change == change
            assert cache.breaker.state == "open"
        redis.kill()
        try:
            assert (await accept(one, "A")).change == "repeated"
        finally:
            redis.start()
        deadline = time.monotonic() + 10
        while cache.breaker.state != "closed":
            await accept(one, "A")
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        await accept(one, "A")
        assert len(await cache.get([(await accept(one, "A")).dedup_key])) == 1, "filled again"

    run(room, body, redis_url=redis.url)


def test_a_lease_has_one_holder_and_an_old_one_writes_nothing(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        fence = await one.lease("relay", 30)
        assert fence is not None
        assert await one.lease("relay", 0.0) == fence, "kept"
        later = await two.lease("relay", 30)
        assert later == fence + 1
        assert await one.lease("relay", 30) is None
        with pytest.raises(LeaseLost):
            async with one.fenced("relay", fence):
                pytest.fail("not ours any more")
        async with two.fenced("relay", later) as connection:
            await connection.execute("select 1")

    run(room, body)
