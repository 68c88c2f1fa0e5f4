"""The receiver: what it accepts, what it refuses, and PagerDuty's rules for incidents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ballast.stack import ROUTING_KEY, PagerDuty, Stack
from ballast.stack.pagerduty_app import Book, Fault, problems

EVENT: dict[str, Any] = {
    "routing_key": ROUTING_KEY,
    "event_action": "trigger",
    "dedup_key": "k",
    "payload": {"summary": "s", "source": "checkout", "severity": "critical"},
}


def payload(**changes: object) -> dict[str, Any]:
    return EVENT | {"payload": EVENT["payload"] | changes}


@pytest.mark.parametrize(
    "event",
    [
        EVENT,
        payload(summary="s" * 1024, timestamp="2026-01-01T00:00:00.5+00:00", custom_details={"a": [1]}),
        {k: v for k, v in EVENT.items() if k != "dedup_key"},
        {"routing_key": ROUTING_KEY, "event_action": "resolve", "dedup_key": "k" * 255},
        EVENT | {"links": [{"href": "https://example.com", "text": "t"}], "images": [{"src": "https://example.com/x.png"}]},
    ],
)
def test_what_the_documentation_allows(event: object) -> None:
    assert problems(event) == []


@pytest.mark.parametrize(
    ("event", "about"),
    [
        ([], "JSON object"),
        (EVENT | {"routing_key": "short"}, "routing_key"),
        (EVENT | {"event_action": "open"}, "event_action"),
        (EVENT | {"dedup_key": "k" * 256}, "dedup_key"),
        ({"routing_key": ROUTING_KEY, "event_action": "resolve"}, "dedup_key"),
        (EVENT | {"payload": None}, "payload"),
        (payload(summary="s" * 1025), "summary"),
        (payload(summary=""), "summary"),
        (payload(source=None), "source"),
        (payload(severity="page"), "severity"),
        (payload(timestamp="yesterday"), "timestamp"),
        (payload(component=3), "component"),
        (payload(custom_details="text"), "custom_details"),
        (EVENT | {"links": [{"text": "no href"}]}, "links"),
    ],
)
def test_what_it_does_not(event: object, about: str) -> None:
    (problem,) = problems(event)
    assert about in problem


def test_one_incident_a_key_until_it_is_resolved() -> None:
    book = Book()
    actions = ["resolve", "trigger", "trigger", "acknowledge", "trigger", "resolve", "resolve", "acknowledge", "trigger"]
    effects = [book.apply(EVENT | {"event_action": action}, now=float(i))[0] for i, action in enumerate(actions)]
    expected = ["dropped", "opened", "updated", "acknowledged", "updated", "resolved", "dropped", "dropped", "opened"]
    assert effects == expected
    assert [(i.number, i.status, i.opened, i.resolved) for i in book.incidents] == [
        (1, "resolved", 1.0, 5.0),
        (2, "triggered", 8.0, None),
    ]
    assert book.apply(EVENT | {"routing_key": "r" * 32, "event_action": "resolve"}, now=9.0)[0] == "dropped"


def test_faults_are_used_up_in_order() -> None:
    book = Book(faults=[Fault("lost", key="b"), Fault("reset", count=2), Fault("slow")])
    given = [fault.kind for key in "aabaab" if (fault := book.fault(key, ""))]
    assert given == ["reset", "reset", "lost", "slow", "slow", "lost"]
    assert Book().fault("a", "") is None


@pytest.fixture(scope="module")
def receiver() -> Iterator[PagerDuty]:
    with Stack() as stack:
        yield stack.start(PagerDuty(stack.directory / "pagerduty"))


def test_over_http_with_every_fault(receiver: PagerDuty) -> None:
    with httpx.Client(trust_env=False) as client:
        accepted = client.post(receiver.events_url, json=EVENT)
        assert (accepted.status_code, accepted.json()) == (
            202,
            {"status": "success", "message": "Event processed", "dedup_key": "k"},
        )
        refused = client.post(receiver.events_url, json=EVENT | {"event_action": "x"})
        assert (refused.status_code, refused.json()["status"]) == (400, "invalid event")
        assert client.post(receiver.events_url, content=b"{").status_code == 400
        assert client.post(receiver.events_url, json=payload(custom_details={"a": "x" * 600_000})).status_code == 400

        receiver.fault("status", status=429, retry_after=7, count=1)
        receiver.fault("status", status=503, count=1)
        receiver.fault("reset", count=1)
        receiver.fault("lost", count=1)
        throttled = client.post(receiver.events_url, json=EVENT)
        assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "7")
        assert client.post(receiver.events_url, json=EVENT).status_code == 503
        for _ in ("reset", "lost"):
            with pytest.raises(httpx.NetworkError):
                client.post(receiver.events_url, json=EVENT)
        receiver.fault("slow", seconds=30)
        with pytest.raises(httpx.ReadTimeout):
            client.post(receiver.events_url, json=EVENT, timeout=0.2)
        receiver.heal()
        anonymous = client.post(receiver.events_url, json={k: v for k, v in EVENT.items() if k != "dedup_key"}).json()
        assert len(anonymous["dedup_key"]) == 32
    effects = [call["effect"] for call in receiver.calls()]
    assert effects == ["opened", *["rejected"] * 3, *["fault"] * 3, "updated", "fault", "opened"]
    assert [i["status"] for i in receiver.incidents()] == ["triggered", "triggered"]
