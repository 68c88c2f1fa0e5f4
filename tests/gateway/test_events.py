"""Notifications read and events written, without a process."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.gateway.notification import BadNotification, parse
from ballast.gateway.provider import LAST_DELAY, delay, judge
from ballast.gateway.providers.pagerduty import MAX_BYTES, event
from ballast.stack import ROUTING_KEY
from ballast.stack.pagerduty_app import problems
from tests.gateway.conftest import webhook


def read(**changes: object):  # type: ignore[no-untyped-def]
    return parse(orjson.dumps(webhook("A", **changes)))[0]


def test_the_page_says_what_and_where() -> None:
    whole = event(read(), "trigger")
    assert whole["dedup_key"] == hashlib.sha256(b'{}:{alertname="A"}').hexdigest()
    payload = whole["payload"]
    assert payload["summary"] == "[P1] checkout burns its budget"
    assert (payload["severity"], payload["source"], payload["component"]) == ("critical", "checkout", "checkout")
    assert (payload["group"], payload["class"]) == ("availability", "A")
    assert payload["timestamp"] == "2026-11-24T05:00:00.123000+00:00"
    assert [link["text"] for link in whole["links"]] == ["Runbook", "Dashboard", "Alertmanager"]
    assert payload["custom_details"]["alerts"][0]["labels"]["alertname"] == "A"


def test_a_resolve_is_the_key_alone() -> None:
    assert set(event(read(status="resolved"), "resolve")) == {"event_action", "dedup_key"}


@pytest.mark.parametrize(
    ("labels", "tier", "severity"),
    [
        ({"tier": "P1"}, "P1", "critical"),
        ({"tier": "P4", "severity": "page"}, "P4", "info"),
        ({"severity": "page"}, "P2", "error"),
        ({"severity": "ticket", "tier": "P9"}, "P3", "warning"),
        ({}, "P3", "warning"),
    ],
)
def test_tiers_become_severities(labels: dict[str, str], tier: str, severity: str) -> None:
    notification = read(commonLabels=labels)
    assert (notification.tier, event(notification, "trigger")["payload"]["severity"]) == (tier, severity)


names = st.text(min_size=1, max_size=20)
labels = st.dictionaries(names, st.text(max_size=200), max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    labels=labels,
    annotations=labels,
    alerts=st.lists(st.tuples(labels, labels), min_size=1, max_size=4),
    copies=st.integers(1, 300),
)
def test_every_event_is_one_that_pagerduty_takes(
    labels: dict[str, str], annotations: dict[str, str], alerts: list[tuple[dict[str, str], dict[str, str]]], copies: int
) -> None:
    template = webhook("A")["alerts"][0]
    many = [template | {"labels": one, "annotations": other} for one, other in alerts] * copies
    whole = event(read(commonLabels=labels, commonAnnotations=annotations, alerts=many[:5000]), "trigger")
    assert problems(whole | {"routing_key": ROUTING_KEY}) == []
    assert len(orjson.dumps(whole | {"routing_key": ROUTING_KEY})) <= MAX_BYTES


def test_one_enormous_everything_still_pages() -> None:
    huge = "x" * 600_000
    whole = event(
        read(
            commonLabels={f"l{i}": huge for i in range(300)} | {"alertname": huge, "service": huge, "slo": huge},
            commonAnnotations={"summary": huge, "description": huge, "runbook_url": huge},
            externalURL=huge,
        ),
        "trigger",
    )
    assert problems(whole | {"routing_key": ROUTING_KEY}) == []
    assert len(orjson.dumps(whole)) <= MAX_BYTES


def test_left_out_alerts_are_counted() -> None:
    alert = webhook("A")["alerts"][0] | {"annotations": {"text": "x" * 4000}}
    details = event(read(alerts=[alert] * 400, truncatedAlerts=7), "trigger")["payload"]["custom_details"]
    assert details["firing"] == 407
    assert details["left_out"] == 407 - len(details["alerts"])
    assert 50 < len(details["alerts"]) < 400


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.booleans() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)).map(
        orjson.dumps
    )
)
def test_any_body_is_read_or_refused(body: bytes) -> None:
    with pytest.raises(BadNotification):
        parse(body)


def answer(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={k.replace("_", "-"): v for k, v in headers.items()}, text="why")


def test_what_an_answer_means() -> None:
    assert judge(answer(202)).result == "delivered"
    assert judge(answer(400)).result == "parked"
    assert judge(answer(404)).reason == "404 why"
    assert [judge(answer(code)).result for code in (429, 500, 502, 503)] == ["retry"] * 4
    assert judge(answer(429, Retry_After="12")).retry_after == 12.0
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60))
    assert 55 < judge(answer(503, Retry_After=later)).retry_after <= 60
    for nonsense in ("soon", "-5", "nan"):
        assert judge(answer(429, Retry_After=nonsense)).retry_after == 0.0


@given(attempts=st.integers(1, 10_000), asked=st.floats(0, 1e9))
def test_the_wait_grows_is_bounded_and_never_shorter_than_asked_for(attempts: int, asked: float) -> None:
    waited = delay(attempts, asked)
    assert min(asked, 3600) <= waited <= max(LAST_DELAY, min(asked, 3600))
    assert delay(1, 0) <= 0.5 <= delay(10, 0)
