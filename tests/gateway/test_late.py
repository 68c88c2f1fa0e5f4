"""One of two legs is late: whichever, and whatever happened meanwhile, the receiver has what the timely leg made of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import orjson
import pytest

from ballast.gateway import GatewayProcess
from ballast.gateway.breaker import Breaker
from ballast.gateway.limiter import Limiter, PostgresBucket
from ballast.gateway.metrics import Metrics
from ballast.gateway.notification import Notification, parse
from ballast.gateway.plan import Arrival
from ballast.gateway.reconcile import Alertmanagers, Verdict, read
from ballast.gateway.sender import Common, Late, Sender
from ballast.gateway.store import Store
from ballast.stack import ROUTING_KEY, Alertmanager, wait_until
from tests.gateway.conftest import Room, webhook
from tests.gateway.rows import arrival, query, run
from tests.gateway.test_limits import Recorder, until

BALLAST, ALERTMANAGER = "ballast-gateway", "Alertmanager"
_numbers = itertools.count(1)


@dataclass
class Legs:
    """An Alertmanager whose receiver has both legs, and the gateway of one of them, which knows that Alertmanager."""

    room: Room
    alertmanager: Alertmanager
    gateway: GatewayProcess

    def labels(self, name: str) -> dict[str, str]:
        repeats = "yes" if "Repeats" in name else "no"
        return {"alertname": name, "service": "checkout", "severity": "page", "tier": "P1", "repeats": repeats}

    def key(self, name: str) -> str:
        """As Alertmanager makes it: route and group labels."""
        route = '{}/{repeats="yes"}' if "Repeats" in name else "{}"
        return parse(orjson.dumps(webhook(name, groupKey=f'{route}:{{alertname="{name}"}}')))[0].dedup_key

    def calls(self, name: str, agent: str = "") -> list[str]:
        """Effects that calls of a leg had."""
        return [
            c["effect"]
            for c in self.room.pagerduty.calls()
            if isinstance(c["event"], dict) and c["event"].get("dedup_key") == self.key(name) and c["agent"].startswith(agent)
        ]

    def incidents(self, name: str) -> list[str]:
        return [i["status"] for i in self.room.pagerduty.incidents() if i["dedup_key"] == self.key(name)]

    def pending(self, name: str) -> int:
        rows = self.room.deliveries(name, self.gateway)
        return len([row for row in rows if row["state"] == "pending"])

    def metric(self, name: str) -> float:
        text = httpx.get(f"{self.gateway.url}/metrics", trust_env=False).text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


@pytest.fixture(scope="module")
def legs(shared_room: Room) -> Iterator[Legs]:
    gateway = shared_room.another(
        timeout_seconds=2, lease_seconds=6, store_seconds=2, late_seconds=0.7, settle_seconds=0, hold_seconds=3,
        events_per_minute=0,
    )  # fmt: skip
    direct = {"url": shared_room.pagerduty.events_url, "routing_key": ROUTING_KEY}
    route = {"receiver": "page", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"}
    settings = {
        "route": {**route, "routes": [{**route, "matchers": ['repeats="yes"'], "repeat_interval": "1s"}]},
        "receivers": [{"name": "page", "pagerduty_configs": [direct], "webhook_configs": [{"url": gateway.webhook}]}],
    }
    source = Alertmanager(shared_room.stack.directory / "legs", settings, name="legs")
    shared_room.stack.processes.append(source)
    gateway._settings["alertmanager_urls"] = source.url
    gateway.start()
    source.start()
    yield Legs(shared_room, source, gateway)
    source.stop()
    gateway.stop()


def calls_fail(legs: Legs) -> Callable[[], None]:
    legs.room.pagerduty.fault("status", status=503, agent=BALLAST)
    return legs.room.pagerduty.heal


def gateway_dies(legs: Legs) -> Callable[[], None]:
    """It dies with rows in its outbox, and Alertmanager goes on without it."""
    name = f"Before{next(_numbers)}"
    legs.room.pagerduty.fault("status", status=503, agent=BALLAST)
    legs.alertmanager.fire(legs.labels(name))
    wait_until(lambda: "fault" in legs.calls(name, BALLAST), 90, "a row that waits")
    legs.gateway.kill()
    legs.alertmanager.resolve(legs.labels(name))
    wait_until(lambda: legs.incidents(name) == ["resolved"], 90, "the direct leg's resolve")

    def heal() -> None:
        legs.room.pagerduty.heal()
        legs.gateway.start()
        wait_until(lambda: legs.pending(name) == 0, 90, "the row that waited")
        assert legs.incidents(name) == ["resolved"]

    return heal


def postgresql_stops(legs: Legs) -> Callable[[], None]:
    legs.room.postgres.stop()

    def heal() -> None:
        legs.room.postgres.start()

    return heal


def direct_fails(legs: Legs) -> Callable[[], None]:
    legs.room.pagerduty.fault("status", status=503, agent=ALERTMANAGER)
    return legs.room.pagerduty.heal


@pytest.mark.parametrize("outage", [calls_fail, gateway_dies, postgresql_stops, direct_fails], ids=lambda o: o.__name__)
def test_a_late_leg_opens_nothing(room: Room, legs: Legs, outage: Callable[[Legs], Callable[[], None]]) -> None:
    number = next(_numbers)
    scripts = {f"{script}{repeats}{number}": script for script in ("F", "FR", "FRF") for repeats in ("", "Repeats")}
    expected = {name: script.count("F") for name, script in scripts.items()}
    heal = outage(legs)
    try:
        for step in range(3):
            for name, script in scripts.items():
                if step < len(script):
                    (legs.alertmanager.fire if script[step] == "F" else legs.alertmanager.resolve)(legs.labels(name))
            for name, script in scripts.items():
                if step < len(script):
                    told = ["resolved"] * (step // 2) + ["triggered" if script[step] == "F" else "resolved"]
                    wait_until(lambda n=name, t=told: legs.incidents(n) == t, 90, f"{name} to be {told}")  # type: ignore[misc]
    finally:
        heal()
    for name in scripts:
        wait_until(lambda n=name: legs.pending(n) == 0, 90, f"the late rows of {name}")  # type: ignore[misc]
        assert len(legs.incidents(name)) == expected[name]
        assert legs.incidents(name)[-1] == ("triggered" if scripts[name].endswith("F") else "resolved"), name
    for name in scripts:
        legs.alertmanager.resolve(legs.labels(name))
    for name in scripts:
        wait_until(lambda n=name: set(legs.incidents(n)) == {"resolved"}, 90, f"{name} to end")  # type: ignore[misc]

    def done(name: str) -> bool:
        """A leg that has told of a beginning has told of the end; one that never did is not asked to by Alertmanager."""
        told = [legs.calls(name, leg)[-1:] for leg in (ALERTMANAGER, BALLAST)]
        return not legs.pending(name) and not any(last in (["opened"], ["updated"]) for last in told)

    for name in scripts:
        wait_until(lambda n=name: done(n), 90, f"both legs' end of {name}")  # type: ignore[misc]
        assert len(legs.incidents(name)) == expected[name], legs.calls(name)


def test_a_late_row_waits_for_an_alertmanager_that_is_gone(room: Room, legs: Legs) -> None:
    """A stale trigger is held for `hold_seconds`; then a person is woken rather than nobody."""
    room.pagerduty.fault("status", status=503)
    gone, known = f"Gone{next(_numbers)}", f"Known{next(_numbers)}"
    legs.alertmanager.fire(legs.labels(gone))
    legs.alertmanager.fire(legs.labels(known))
    for name in (gone, known):
        # Three attempts take longer than `late_seconds`.
        wait_until(lambda n=name: legs.calls(n, BALLAST).count("fault") > 2, 90, "a late row")  # type: ignore[misc]
    waits = legs.metric('gateway_late_total{action="trigger",decision="waits"}')
    legs.alertmanager.kill()
    ended = webhook(known, "resolved", groupKey=f'{{}}:{{alertname="{known}"}}')
    httpx.post(legs.gateway.webhook, content=orjson.dumps(ended), trust_env=False).raise_for_status()
    try:
        room.pagerduty.heal()
        wait_until(lambda: legs.metric('gateway_late_total{action="trigger",decision="waits"}') > waits, 90, "a row held back")
        wait_until(lambda: legs.incidents(gone) == ["triggered"], 90, "the page all the same")
        wait_until(lambda: legs.pending(known) == 0, 90, "the end of the one known to be over")
        assert legs.incidents(known) == []
    finally:
        legs.alertmanager.start()
    legs.alertmanager.fire(legs.labels(gone))
    legs.alertmanager.resolve(legs.labels(gone))
    wait_until(lambda: legs.incidents(gone)[-1] == "resolved", 90, "its end")


def test_a_late_row_waits_while_its_group_is_silenced(room: Room, legs: Legs) -> None:
    name = f"Silenced{next(_numbers)}"
    room.pagerduty.fault("status", status=503)
    legs.alertmanager.fire(legs.labels(name))
    wait_until(lambda: "fault" in legs.calls(name, BALLAST), 90, "a row that waits")
    matcher = {"name": "alertname", "value": name, "isRegex": False, "isEqual": True}
    times = {"startsAt": datetime.now(UTC).isoformat(), "endsAt": "2999-01-01T00:00:00Z"}
    silence = {"matchers": [matcher], **times, "createdBy": "kim", "comment": "known"}
    url = f"{legs.alertmanager.url}/api/v2"
    made = httpx.post(f"{url}/silences", json=silence, trust_env=False).raise_for_status().json()["silenceID"]
    wait_until(lambda: "silenced" in str(legs.room.deliveries(name, legs.gateway)[0]["reason"]), 90, "a row that is held")
    room.pagerduty.heal()
    httpx.delete(f"{url}/silence/{made}", trust_env=False).raise_for_status()
    legs.alertmanager.fire(legs.labels(name))
    wait_until(lambda: legs.incidents(name) == ["triggered"], 90, "the page once it is silenced no more")
    legs.alertmanager.resolve(legs.labels(name))
    wait_until(lambda: legs.incidents(name) == ["resolved"], 90, "its end")


class Says(Alertmanagers):
    """Alertmanagers that say the same of every group, and note that they were asked."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(["http://127.0.0.1:1"])
        self.says = verdict
        self.asked: list[str] = []

    async def verdict(self, notification: Notification) -> Verdict:
        self.asked.append(notification.group_labels["alertname"])
        return self.says


async def sender(one: Store, provider: Recorder, says: Says, tier: str = "P1") -> Sender:
    """A lane that takes a row for late after two minutes, and a webhook that tells of something older."""
    late = Late(says, 120.0, 3.0, frozenset({"P1", "P2"}))
    common = Common(one, Metrics(), Limiter(None, PostgresBucket(one)), late, lease_seconds=150, margin=5)
    common.epoch = await one.now()
    return Sender(provider, Breaker("pagerduty", failures=6, seconds=0.3), (tier,), 4, common, urgent=True)


def begun(name: str, at: str, status: str = "firing", tier: str = "P1") -> Arrival:
    """A notification of a group whose one alert began then."""
    body = webhook(name, status)
    body["commonLabels"] = body["commonLabels"] | {"tier": tier}
    body["alerts"][0]["startsAt"] = at
    return Arrival(*parse(orjson.dumps(body)), "alertmanager", ("pagerduty",))


def test_a_fresh_row_is_not_asked_about(room: Room) -> None:
    """It is a page, though no Alertmanager has such a group; one of an alert that is old is none."""

    async def body(one: Store, two: Store) -> None:
        says, provider = Says("resolved"), Recorder()
        lane = await sender(one, provider, says)
        await one.accept([begun("Fresh", datetime.now(UTC).isoformat()), arrival("Old")])
        running = asyncio.create_task(lane.run())
        await until(lambda: provider.sent and says.asked, "both rows to be looked at")
        lane.close()
        await running
        await says.aclose()
        assert (provider.sent, says.asked) == ([("P1", "Fresh")], ["Old"])

    run(room, body)


def test_an_old_webhook_that_comes_again_tells_nobody_of_the_past(room: Room) -> None:
    """A replica wakes and reads what its socket kept: a beginning whose end has been told, and another one since."""
    old, new = "2026-11-24T05:00:00Z", "2026-11-24T05:10:00Z"

    async def body(one: Store, two: Store) -> None:
        says, provider = Says("firing"), Recorder()
        lane = await sender(one, provider, says)
        running = asyncio.create_task(lane.run())
        for number, arrived in enumerate((begun("Again", old), begun("Again", old, "resolved"), begun("Again", new))):
            await one.accept([arrived])
            lane.wake()
            await until(lambda n=number: len(says.asked) > n, "a look at each")  # type: ignore[misc]
            await until(lambda: not lane._sending, "what came of it")
        before = len(provider.sent)
        await one.accept([begun("Again", old)])
        lane.wake()
        await until(lambda: len(says.asked) == 4, "a look at the old one")
        await one.accept([begun("Again", new)])
        lane.wake()
        await until(lambda: len(provider.sent) == before + 1, "an update about what fires")
        lane.close()
        await running
        await says.aclose()
        rows = await query(one, "select action, state, reason from gateway_outbox order by id")
        assert [row[1] for row in rows[-2:]] == ["skipped", "delivered"], rows
        assert "a copy of an older webhook" in str(rows[-2][2])
        assert await query(one, "select status from gateway_incidents where resolved_at is null") == [("triggered",)]

    run(room, body)


def test_an_old_end_that_comes_again_ends_nothing_newer(room: Room) -> None:
    """On the only leg: copies of the end of one time and of the beginning of the next, which fires still."""
    old, new = "2026-11-24T05:00:00Z", "2026-11-24T05:10:00Z"

    async def body(one: Store, two: Store) -> None:
        says, provider = Says("firing"), Recorder()
        lane = await sender(one, provider, says, "P3")
        running = asyncio.create_task(lane.run())
        first = [begun("Ends", old, tier="P3"), begun("Ends", old, "resolved", "P3"), begun("Ends", new, tier="P3")]
        for number, arrived in enumerate(first):
            await one.accept([arrived])
            lane.wake()
            await until(lambda n=number: len(says.asked) > n and not lane._sending, "what came of each")  # type: ignore[misc]
        await one.accept([begun("Ends", old, "resolved", "P3"), begun("Ends", new, tier="P3")])
        lane.wake()
        await until(lambda: len(provider.sent) == 3, "the trigger behind the old end")
        lane.close()
        await running
        await says.aclose()
        rows = await query(one, "select action, state from gateway_outbox order by id")
        ends = [state for action, state in rows if action == "resolve"]
        assert ends == ["skipped", "skipped"], rows

    run(room, body)


def test_an_alert_that_fires_again_with_the_start_it_had_is_told(room: Room) -> None:
    """Prometheus could not repeat it for a while; Alertmanager took that for its end."""
    start = "2026-11-24T05:00:00Z"

    async def body(one: Store, two: Store) -> None:
        says, provider = Says("firing"), Recorder()
        lane = await sender(one, provider, says)
        running = asyncio.create_task(lane.run())
        for number, status in enumerate(("firing", "resolved", "firing", "firing")):
            await one.accept([begun("Same", start, status)])
            lane.wake()
            await until(lambda n=number: len(says.asked) > n and not lane._sending, "what came of each")  # type: ignore[misc]
        lane.close()
        await running
        await says.aclose()
        rows = await query(one, "select state from gateway_outbox where action = 'trigger'")
        assert {row[0] for row in rows} == {"delivered"}

    run(room, body)


def test_what_an_alertmanager_says() -> None:
    def group(name: str, *states: str) -> dict[str, object]:
        return {
            "receiver": {"name": "page"},
            "labels": {"alertname": name},
            "alerts": [{"status": {"state": state}} for state in states],
        }

    answer = read([group("A", "active", "suppressed"), group("B", "suppressed"), group("C", "unprocessed")], 10, 60)
    names = lambda groups: {dict(labels)["alertname"] for _, labels in groups}  # noqa: E731
    assert (names(answer.firing), names(answer.suppressed), answer.settled) == ({"A", "C"}, {"B"}, False)
    assert read([], 60, 60).settled
