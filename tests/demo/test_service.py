"""The demo's services: what they count, and their switch."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from ballast.demo.service import BUCKETS, ROUTES, build
from ballast.repo import load
from tests.conftest import ROOT


def count(client: TestClient, **labels: str) -> float:
    page = client.get("/metrics").text
    return sum(
        s.value
        for f in text_string_to_metric_families(page)
        for s in f.samples
        if s.name == "http_requests_total" and labels.items() <= s.labels.items()
    )


def test_the_switch_fails_exactly_the_share_asked_for() -> None:
    with TestClient(build("checkout")) as client:
        assert client.put("/-/fault", json={"errors": 0.25}).status_code == 200
        codes = [client.post("/pay").status_code for _ in range(40)]
        assert codes.count(503) == 10
        assert count(client, code="503", route="/pay", method="POST", service="checkout") == 10
        client.delete("/-/fault")
        assert {client.post("/pay").status_code for _ in range(5)} == {200}
        assert count(client) == 45


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_failed_requests_have_series_from_the_start(name: str) -> None:
    """An error counter that is born with the first error hides it from rate()."""
    page = TestClient(build(name)).get("/metrics").text
    for method, path in ROUTES[name]:
        assert f'http_requests_total{{code="503",method="{method}",route="{path}",service="{name}"}} 0.0' in page


@pytest.mark.parametrize(
    "body", ["", "[]", '{"errors": 2}', '{"errors": "x"}', '{"delay": -1}', '{"delay": null}', '{"errors": NaN}']
)
def test_a_wrong_fault_is_refused_and_says_what_to_send(body: str) -> None:
    with TestClient(build("catalog")) as client:
        answer = client.put("/-/fault", content=body)
        assert answer.status_code == 400
        assert "errors" in answer.json()["error"]
        assert client.get("/search").status_code == 200


def test_the_latency_slos_use_buckets_that_exist() -> None:
    """A threshold between two buckets would never be counted."""
    for document in load(ROOT).slo_files:
        for slo in document.model.slos:
            if slo.sli.latency and slo.sli.latency.metric == "http_request_duration_seconds":
                assert slo.sli.latency.threshold in BUCKETS, f"{document.model.service}/{slo.name}"
