"""The page path with real processes: nothing lost, nothing doubled, order kept."""

from __future__ import annotations

import signal
from collections.abc import Callable

import httpx
import pytest

from ballast.stack import ROUTING_KEY, Alertmanager, http_ok, wait_until
from tests.gateway.conftest import Room, webhook

Start = Callable[..., Alertmanager]


def test_both_legs_make_one_incident(room: Room, alertmanager: Start) -> None:
    """Decision 9: Alertmanager's own PagerDuty integration and the gateway use the same key."""
    pagerduty = {"url": room.pagerduty.events_url, "routing_key": ROUTING_KEY}
    source = alertmanager({"pagerduty_configs": [pagerduty], "webhook_configs": [{"url": room.gateway.webhook}]})
    labels = {"alertname": "BothLegs", "service": "checkout", "severity": "page"}
    source.fire(labels)
    wait_until(lambda: len(room.calls("BothLegs")) == 2, 20, "two triggers")
    source.resolve(labels)
    wait_until(lambda: len(room.calls("BothLegs")) == 4, 20, "two resolves")
    (incident,) = room.incidents("BothLegs")
    assert incident["status"] == "resolved"
    assert {call["event"].get("client") for call in room.calls("BothLegs")[:2]} == {"Alertmanager", "Ballast"}


def test_what_the_network_and_the_provider_do_is_tried_again_in_order(room: Room) -> None:
    room.pagerduty.fault("status", status=429, retry_after=1, count=1)
    room.pagerduty.fault("status", status=500, count=1)
    room.pagerduty.fault("reset", count=1)
    room.pagerduty.fault("lost", count=1)  # taken, but the gateway cannot know: it sends the same key again
    assert room.post(webhook("Retried")).status_code == 200
    assert room.post(webhook("Retried", "resolved")).status_code == 200
    room.wait_for("Retried", ["fault", "fault", "fault", "opened", "updated", "resolved"])
    calls = room.calls("Retried")
    assert [c["event"]["event_action"] for c in calls] == ["trigger"] * 5 + ["resolve"]
    assert calls[1]["arrived"] - calls[0]["arrived"] >= 1.0, "Retry-After was kept"
    assert len(room.incidents("Retried")) == 1
    trigger, resolve = room.deliveries("Retried")
    assert (trigger["state"], trigger["attempts"]) == ("delivered", 5)
    assert (resolve["state"], resolve["attempts"]) == ("delivered", 1)


def test_an_alert_that_cannot_be_sent_holds_up_its_own_key_and_no_other(room: Room) -> None:
    room.pagerduty.fault("status", status=503, key=room.key("Stuck"))
    room.post(webhook("Stuck"))
    room.post(webhook("Stuck", "resolved"))
    wait_until(lambda: room.calls("Stuck"), 10, "a failed call")
    room.post(webhook("Free"))
    room.wait_for("Free", ["opened"])
    assert [(d["action"], d["state"]) for d in room.deliveries("Stuck")] == [("trigger", "pending"), ("resolve", "pending")]
    assert {c["event"]["event_action"] for c in room.calls("Stuck")} == {"trigger"}
    room.pagerduty.heal()
    wait_until(lambda: [c["effect"] for c in room.calls("Stuck")][-2:] == ["opened", "resolved"], 20, "both sent, in order")


def test_what_is_refused_for_good_is_parked_with_its_reason(room: Room) -> None:
    room.pagerduty.fault("status", status=400, count=1)
    room.post(webhook("Refused"))
    room.post(webhook("Refused", "resolved"))
    room.wait_for("Refused", ["fault", "dropped"])
    wait_until(lambda: room.deliveries("Refused")[1]["state"] == "delivered", 5, "the resolve's record")
    parked, resolved = room.deliveries("Refused")
    assert (parked["state"], resolved["state"]) == ("parked", "delivered")
    assert "400" in parked["reason"]
    assert "Event object is invalid" in parked["reason"]
    metrics = httpx.get(f"{room.gateway.url}/metrics", trust_env=False).text
    assert 'gateway_deliveries_total{action="trigger",destination="pagerduty",result="parked"} 1.0' in metrics
    assert 'gateway_queue_size{state="parked"} 1.0' in metrics


def test_a_gateway_that_dies_between_store_and_send_loses_nothing(room: Room) -> None:
    """Decision 8: an alert is stored before it is acknowledged."""
    gateway = room.another(timeout_seconds=1, lease_seconds=2)
    gateway.start()
    with room.pagerduty.paused():
        assert room.post(webhook("Crash"), gateway).status_code == 200
        assert room.post(webhook("Crash", "resolved"), gateway).status_code == 200
        gateway.kill()
    gateway.start()
    wait_until(lambda: [d["state"] for d in room.deliveries("Crash", gateway)] == ["delivered"] * 2, 20, "both delivered")
    (incident,) = room.incidents("Crash")
    assert incident["status"] == "resolved"
    assert [c["event"]["event_action"] for c in room.calls("Crash")][-1] == "resolve"
    gateway.stop()


def test_without_postgresql_it_answers_503_and_alertmanager_tries_again(room: Room, alertmanager: Start) -> None:
    source = alertmanager({"webhook_configs": [{"url": room.gateway.webhook}]})
    room.postgres.stop()
    try:
        refused = room.post(webhook("Nowhere"))
        assert (refused.status_code, http_ok(f"{room.gateway.url}/healthz")) == (503, True)
        assert not http_ok(f"{room.gateway.url}/readyz", timeout=5)
        source.fire({"alertname": "DatabaseDown", "severity": "page"})
        failed = 'alertmanager_notification_requests_failed_total{integration="webhook"'

        def tried() -> bool:
            lines = httpx.get(f"{source.url}/metrics", trust_env=False).text.splitlines()
            return any(line.startswith(failed) and not line.endswith(" 0") for line in lines)

        wait_until(tried, 20, "a refused notification")
        assert room.calls("DatabaseDown") == []
    finally:
        room.postgres.start()
    room.wait_for("DatabaseDown", ["opened"])
    assert len(room.incidents("DatabaseDown")) == 1
    assert room.deliveries("Nowhere") == [], "what was answered with 503 was not stored"


def test_a_postgresql_that_hangs_is_one_that_does_not_store(room: Room) -> None:
    with room.postgres.paused():
        answer = room.post(webhook("Hung"))
        assert not http_ok(f"{room.gateway.url}/readyz", timeout=5)
    assert (answer.status_code, answer.json()) == (503, {"error": "not stored: TimeoutError"})
    assert room.post(webhook("Hung")).status_code == 200
    wait_until(lambda: room.incidents("Hung"), 20, "the page")
    # The transaction that nobody waited for may have been committed when PostgreSQL came to itself: then this was a repeat.
    wait_until(lambda: {row["state"] for row in room.deliveries("Hung")} == {"delivered"}, 20, "an empty outbox")
    assert len(room.incidents("Hung")) == 1


def test_a_replica_that_sleeps_past_its_lease_opens_nothing_twice(room: Room) -> None:
    first, second = (room.another("replicas", timeout_seconds=3, lease_seconds=4) for _ in range(2))
    first.start()
    with room.pagerduty.paused():  # the first replica waits for an answer, or is about to send, when it falls asleep
        assert room.post(webhook("Asleep"), first).status_code == 200
        wait_until(lambda: room.deliveries("Asleep", first)[0]["attempts"] == 1, 10, "the first replica's attempt")
        sleeping = first.paused()
        sleeping.__enter__()
    try:
        second.start()
        assert room.post(webhook("Asleep", "resolved"), second).status_code == 200
        wait_until(lambda: [d["state"] for d in room.deliveries("Asleep", second)] == ["delivered"] * 2, 20, "both delivered")
    finally:
        sleeping.__exit__(None, None, None)
    lost = 'gateway_deliveries_total{action="trigger",destination="pagerduty",result="lease_lost"} 1.0'
    wait_until(lambda: lost in httpx.get(f"{first.url}/metrics", trust_env=False).text, 10, "the first replica's awakening")
    (incident,) = room.incidents("Asleep")
    assert [action for _, action in incident["history"]][-1] == "resolve"
    assert room.calls("Asleep")[-1]["effect"] == "resolved", "nothing came after the end"
    for gateway in (first, second):
        gateway.stop()


def test_a_gateway_comes_up_before_its_database_and_migrates_when_it_can(room: Room) -> None:
    gateway = room.another(needs_database=False)
    room.postgres.stop()
    try:
        gateway.start()
        assert room.post(webhook("Early"), gateway).status_code == 503
    finally:
        room.postgres.start()
    wait_until(lambda: http_ok(f"{gateway.url}/readyz"), 20, "a ready gateway")
    assert room.post(webhook("Early"), gateway).status_code == 200
    room.wait_for("Early", ["opened"])
    gateway.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_gateway_first_sends_what_is_due(room: Room, number: signal.Signals) -> None:
    gateway = room.another(slots=1)
    gateway.stop_signal = number
    gateway.start()
    names = [f"Drain{number.name}{i}" for i in range(3)]
    room.pagerduty.fault("slow", seconds=0.3, count=3)
    for name in names:
        assert room.post(webhook(name), gateway).status_code == 200
    assert gateway.stop(), "it ended by itself"
    assert [len(room.incidents(name)) for name in names] == [1, 1, 1]
