"""Rate limits, lanes and circuit breakers."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.gateway.breaker import Breaker, Open
from ballast.gateway.copies import Copies
from ballast.gateway.intake import Intake
from ballast.gateway.limiter import Limiter, PostgresBucket
from ballast.gateway.metrics import Metrics
from ballast.gateway.notification import Notification
from ballast.gateway.provider import Leave, Message, Outcome, post
from ballast.gateway.sender import Common, Sender
from ballast.gateway.store import UNAVAILABLE, Store
from ballast.stack import Redis, wait_until
from tests.gateway.conftest import Room, webhook
from tests.gateway.rows import accept, arrival, run


class Recorder:
    """A provider that says what it is told to, and keeps what it was sent."""

    name = "pagerduty"

    def __init__(self, per_minute: int = 0, answer: Outcome | None = None) -> None:
        self.per_minute = per_minute
        self.answer = answer or Outcome("delivered")
        self.hold = asyncio.Event()
        self.hold.set()
        self.sent: list[tuple[str, str]] = []

    async def send(self, message: Message, leave: Leave) -> Outcome:
        assert leave()
        self.sent.append((message.tier, message.notification.group_labels["alertname"]))
        if message.tier != "P1":
            await self.hold.wait()
        return self.answer

    async def aclose(self) -> None:
        """Nothing is open."""


def lanes(store: Store, provider: Recorder, slots: int = 4, copies: Copies | None = None) -> list[Sender]:
    limiter = Limiter(copies, PostgresBucket(store))
    common = Common(store, Metrics(), limiter, None, lease_seconds=30, margin=5)
    breaker = Breaker("pagerduty", failures=6, subjects=3, seconds=0.3)
    return [Sender(provider, breaker, tiers, slots, common, urgent=tiers == ("P1",)) for tiers in (("P1",), ("P2", "P3", "P4"))]


async def until(condition: object, what: str) -> None:
    deadline = time.monotonic() + 90
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.01)


def test_p1_waits_for_no_p4(room: Room) -> None:
    """Every other slot hangs, with more behind; a P1 goes at once."""

    async def body(one: Store, two: Store) -> None:
        provider = Recorder()
        provider.hold.clear()
        await one.accept([arrival(f"Low{n}", tier="P4") for n in range(20)])
        senders = lanes(one, provider)
        running = [asyncio.create_task(sender.run()) for sender in senders]
        await until(lambda: len(provider.sent) == 4, "all slots taken")
        await accept(one, "Urgent")
        await until(lambda: ("P1", "Urgent") in provider.sent, "the P1")
        assert len(provider.sent) == 5
        provider.hold.set()
        for sender in senders:
            sender.close()
        await asyncio.gather(*running)
        assert len(provider.sent) == 21, "the drain sends what is due"

    run(room, body)


@pytest.mark.parametrize("where", ["postgresql", "redis"])
def test_the_rate_limit_is_shared_and_keeps_a_part_for_p1(room: Room, redis: Redis, where: str) -> None:
    async def body(one: Store, two: Store) -> None:
        copies = Copies(redis.url, one.owner + str(time.monotonic()), seconds=1.0) if where == "redis" else None
        limiters = [Limiter(copies, PostgresBucket(store)) for store in (one, two)]
        taken = [await limiters[n % 2].take("k", 10, 80, urgent=False) for n in range(5)]
        assert sum(taken) in (30, 31), "three quarters of the bucket of 40, and what came meanwhile"
        assert taken[-1] <= 1
        assert 9 <= await limiters[0].take("k", 100, 80, urgent=True) <= 12
        assert await limiters[1].take("other", 1, 80, urgent=False) == 1
        assert await limiters[1].take("k", 1000, 0, urgent=False) == 1000, "no limit"
        if copies:
            await copies.aclose()

    run(room, body)


def test_what_has_no_room_stays_and_is_not_an_attempt(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        provider = Recorder(per_minute=16)  # a bucket of 8, of which 2 are P1's
        await one.accept([arrival(f"Low{n}", tier="P4") for n in range(12)])
        senders = lanes(one, provider, slots=20)
        running = [asyncio.create_task(sender.run()) for sender in senders]
        await until(lambda: len(provider.sent) == 6, "what there is room for")
        await accept(one, "Urgent")
        await until(lambda: ("P1", "Urgent") in provider.sent, "the P1")
        for sender in senders:
            sender.close()
        await asyncio.gather(*running)
        rows = await one.deliveries(100)
        waiting = [row for row in rows if row["state"] == "pending"]
        assert {row["attempts"] for row in waiting} == {0}
        assert len(waiting) + len(provider.sent) == 13

    run(room, body)


def test_a_sick_provider_is_left_alone_and_a_single_bad_event_is_not_its_fault(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        provider = Recorder(answer=Outcome("retry", "503", sick=True))
        await one.accept([arrival(f"N{n}") for n in range(12)])
        (sender, _) = lanes(one, provider, slots=12)
        running = asyncio.create_task(sender.run())
        await until(lambda: sender._breaker.state == "open", "an open breaker")
        provider.answer = Outcome("delivered")
        await until(lambda: sender._breaker.state == "closed", "a closed one")
        await until(lambda: len(set(provider.sent)) == 12 and not sender._sending, "the rest")
        sender.close()
        await running
        states = [row["state"] for row in await one.deliveries(100)]
        assert states.count("delivered") + states.count("pending") == 12

    run(room, body)


def test_a_breaker_counts_what_differs() -> None:
    now = [0.0]
    breaker = Breaker("x", failures=3, subjects=2, seconds=5, clock=lambda: now[0])
    for _ in range(10):
        breaker.failed("the same")
    assert (breaker.state, breaker.room()) == ("closed", None)
    breaker.failed("another")
    assert (breaker.state, breaker.room(), breaker.wait(), breaker.opened) == ("open", 0, 5, 1)
    with pytest.raises(Open, match="x has failed"):
        breaker.enter()
    now[0] = 5.0
    assert (breaker.state, breaker.room()) == ("half_open", 1)
    breaker.enter()
    assert breaker.room() == 0, "one tries"
    breaker.failed("another")
    assert (breaker.state, breaker.opened) == ("open", 1)
    now[0] = 10.0
    breaker.enter()
    breaker.succeeded()
    breaker.failed("one")
    assert breaker.state == "closed", "the count begins anew"


@settings(max_examples=50)
@given(asks=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 50)), max_size=40), per_minute=st.integers(2, 200))
def test_no_minute_sees_more_than_the_limit(asks: list[tuple[float, int]], per_minute: int) -> None:
    """The arithmetic of both places, on a clock of our own."""
    burst, rate = max(1.0, per_minute / 2), per_minute / 120
    tokens, at, now, granted = burst, 0.0, 0.0, []
    for gap, wanted in asks:
        now += gap
        tokens = min(burst, tokens + (now - at) * rate)
        at = now
        got = max(0, min(wanted, int(tokens)))
        tokens -= got
        granted.append((now, got))
    for start, _ in granted:
        assert sum(got for when, got in granted if start <= when < start + 60) <= max(per_minute, 1) + 1e-6


def test_postgresql_that_fails_is_refused_at_once_for_a_moment(room: Room) -> None:
    async def body() -> None:
        store = Store("postgresql://nobody@127.0.0.1:1/none", "me")
        await store.open()
        intake = Intake(store, Breaker("postgresql", failures=1, seconds=60))
        running = asyncio.create_task(intake.run())
        try:
            with pytest.raises(UNAVAILABLE):
                await intake.store(arrival("A"), 20)
            assert intake.breaker.state == "open"
            with pytest.raises(Open):
                await intake.store(arrival("A"), 20)
        finally:
            running.cancel()
            await store.close()

    asyncio.run(body())


def test_a_body_leaves_only_while_the_lease_holds(room: Room) -> None:
    """The process may have been stopped while it connected."""

    async def body() -> Outcome:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await post(client, room.pagerduty.events_url, {"dedup_key": "never"}, lambda: False)

    outcome = asyncio.run(body())
    assert (outcome.result, outcome.reason) == ("retry", "the lease was about to end")
    assert "never" not in str(room.pagerduty.calls())


def test_a_flapping_group_and_its_note_reach_the_provider(room: Room) -> None:
    gateway = room.another(flap_changes=2, flap_seconds=2, events_per_minute=0)
    gateway.start()
    labels = webhook("Flap")["commonLabels"] | {"tier": "P3"}
    for n in range(6):
        assert room.post(webhook("Flap", ("firing", "resolved")[n % 2], commonLabels=labels), gateway).is_success
    wait_until(lambda: len(room.incidents("Flap")) == 2, 90, "two incidents, the second of which is held")
    told = wait_until(
        lambda: [c for c in room.calls("Flap") if "flapping" in str(c["event"].get("payload"))], 90, "the annotated event"
    )
    assert "held open until quiet" in told[0]["event"]["payload"]["custom_details"]["note"]
    wait_until(lambda: room.incidents("Flap")[-1]["status"] == "resolved", 90, "the end")
    (incident, _) = httpx.get(f"{gateway.url}/v1/incidents?all=1", trust_env=False).json()
    assert (incident["status"], incident["tier"]) == ("resolved", "P3")
    metrics = httpx.get(f"{gateway.url}/metrics", trust_env=False).text
    assert 'gateway_incident_changes_total{change="held"}' in metrics
    assert 'gateway_breaker_state{dependency="postgresql"} 0.0' in metrics
    gateway.stop()


def test_the_notification_names_itself() -> None:
    assert Notification.model_validate(webhook("A")).title == "checkout burns its budget"
