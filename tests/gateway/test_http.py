"""The gateway's HTTP side: what it refuses, and what it says about itself."""

from __future__ import annotations

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.gateway.conftest import Room, webhook


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{", 400, "not JSON"),
        (b'{"a": "\\ud800"}', 400, "not JSON"),
        (b"[]", 422, "the body"),
        (orjson.dumps(webhook("x", version="3")), 422, "version"),
        (orjson.dumps(webhook("x", groupKey="")), 422, "groupKey"),
        (orjson.dumps(webhook("x", status="pending")), 422, "status"),
        (orjson.dumps(webhook("x", alerts=[])), 422, "alerts"),
        (orjson.dumps(webhook("x", commonLabels={"a": 1})), 422, "commonLabels.a"),
        (b"[" * 1010 + b'"\\u0000"' + b"]" * 1010, 400, "nested too deeply"),
        (b" " * (1024 * 1024 + 1), 413, "set max_alerts"),
    ],
)
def test_bad_input_is_refused_with_a_reason(room: Room, body: bytes, status: int, reason: str) -> None:
    answer = httpx.post(room.gateway.webhook, content=body, trust_env=False)
    assert (answer.status_code, reason in answer.json()["error"]) == (status, True), answer.text


def test_characters_that_postgresql_cannot_keep_do_not_lose_the_alert(room: Room) -> None:
    body = webhook("Strange", commonAnnotations={"summary": "nul \x00 and backslash \\u0000 and \u2028"})
    assert room.post(body).status_code == 200
    room.wait_for("Strange", ["opened"])
    summary = room.incidents("Strange")[0]["event"]["payload"]["summary"]
    assert summary == "[P1] nul \ufffd and backslash \\u0000 and \u2028"


def test_it_measures_itself(room: Room) -> None:
    room.post(webhook("Measured"))
    room.wait_for("Measured", ["opened"])
    text = httpx.get(f"{room.gateway.url}/metrics", trust_env=False).text
    samples = {
        (s.name, tuple(sorted(s.labels.items()))): s.value for f in text_string_to_metric_families(text) for s in f.samples
    }
    route = (("code", "200"), ("method", "POST"), ("route", "/v1/alertmanager"), ("service", "gateway"))
    assert samples[("http_requests_total", route)] >= 1
    assert samples[("gateway_database_up", ())] == 1
    result = (("action", "trigger"), ("destination", "pagerduty"), ("result", "delivered"))
    assert samples[("gateway_deliveries_total", result)] >= 1
    within = (("action", "trigger"), ("destination", "pagerduty"), ("le", "5.0"))
    assert samples[("gateway_delivery_duration_seconds_bucket", within)] >= 1
    assert samples[("gateway_page_duration_seconds_count", (("destination", "pagerduty"), ("tier", "P1")))] >= 1
    assert ("gateway_deliveries_total", (*result[:2], ("result", "retry"))) in samples, "series exist before the first error"


def test_unknown_paths_and_wrong_questions(room: Room) -> None:
    with httpx.Client(base_url=room.gateway.url, trust_env=False) as client:
        assert client.get("/nothing").status_code == 404
        assert client.get("/v1/alertmanager").status_code == 405
        assert client.get("/v1/deliveries?limit=0").status_code == 400
        assert client.get("/v1/deliveries?limit=x").status_code == 400


def test_the_log_is_json_lines_without_the_routing_key(room: Room) -> None:
    room.post(webhook("Logged"))
    room.wait_for("Logged", ["opened"])
    text = room.gateway.log.read_text()
    stored = [line for line in map(orjson.loads, text.splitlines()) if line["message"] == "stored"]
    assert {"time", "level", "inbox", "key", "status"} <= set(stored[-1])
    assert "ba11a57" not in text
