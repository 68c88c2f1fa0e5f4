"""The history that the demo writes, as a real Prometheus and the compiled rules read it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from ballast.demo import history
from ballast.demo.history import DAY, FLOWS, Flow, Incident
from ballast.repo import load
from ballast.slo import compile_files, context_of, prometheus_rules
from ballast.stack import Prometheus, Stack, wait_until
from tests.conftest import ROOT

INSTANCES = {name: f"{name}-1" for name in ("prometheus", "alertmanager", "gateway", "checkout", "catalog", "identity")}


def test_traffic_is_at_its_live_rate_now() -> None:
    flow = Flow(20)
    assert (flow.total(np.array([0.0])) - flow.total(np.array([-60.0])))[0] == pytest.approx(1200, rel=1e-4)


def test_nights_are_quieter() -> None:
    flow = Flow(20, rhythm=0.6)
    night = flow.total(np.array([-DAY / 2 + 60])) - flow.total(np.array([-DAY / 2]))
    assert night[0] == pytest.approx(1200 * 0.4, rel=1e-3)


def test_an_incident_adds_its_share_of_bad_events() -> None:
    flow = Flow(10, 0.0, (Incident(ago=5000, length=1000, share=0.5),), rhythm=0)
    at = np.array([-6000.0, -5000.0, -4500.0, -4000.0, 0.0])
    assert (flow.errors(at) - flow.errors(at)[0]).tolist() == pytest.approx([0, 0, 2500, 5000, 5000])


def test_the_history_is_of_slos_that_exist() -> None:
    assert set(FLOWS) <= {f"{d.model.service}/{s.name}" for d in load(ROOT).slo_files for s in d.model.slos}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, float]]:
    """A server that holds the history and has evaluated the rules, and when the history ends."""
    folder = tmp_path_factory.mktemp("history")
    repository = load(ROOT)
    compiled = compile_files([(d.path, d.model) for d in repository.slo_files], context_of(repository))
    rules = folder / "rules.yaml"
    # Slow rules every second, so that nobody waits for them.
    groups = [group for service in compiled for group in service.groups]
    for group in groups:
        group.interval = "1s"
    rules.write_text(prometheus_rules(groups))
    with Stack(folder) as stack:
        server = Prometheus(folder / "prometheus", rule_files=[rules])
        now = time.time()
        history.write(folder / "history.om", now, compiled, INSTANCES, 5.0)
        server.backfill(folder / "history.om", block_hours=744)
        stack.start(server)
        wait_until(lambda: server.query("slo:period_error_budget_remaining:ratio"), 30, "an evaluation")
        yield server, now


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_budgets_are_what_the_events_of_the_month_say(prometheus: tuple[Prometheus, float], name: str) -> None:
    server, _ = prometheus
    objective = {f"{d.model.service}/{s.name}": s.objective for d in load(ROOT).slo_files for s in d.model.slos}[name]
    flow, month = FLOWS[name], np.array([-30 * DAY, 0.0])
    bad, total = np.diff(flow.errors(month))[0], np.diff(flow.total(month))[0]
    service, slo = name.split("/")
    query = f'slo:period_error_budget_remaining:ratio{{sloth_service="{service}",sloth_slo="{slo}"}}'
    left = wait_until(lambda: server.value(query), 20, query)
    assert left == pytest.approx(1 - bad / total / (1 - objective / 100), abs=0.005)


def test_windows_reach_into_the_history(prometheus: tuple[Prometheus, float]) -> None:
    server, now = prometheus
    found = server.value('sum(rate(http_requests_total{service="checkout"}[1h]))', now)
    hour = np.diff(FLOWS["checkout/availability"].total(np.array([-3600.0, 0.0])))[0]
    assert found == pytest.approx(hour / 3600, rel=0.01)
    assert server.value("min(avg_over_time(up[6h]))", now) == 1


def test_nothing_pages_on_history_alone(prometheus: tuple[Prometheus, float]) -> None:
    server, _ = prometheus
    assert [a.labels["alertname"] for a in server.alerts() if a.state == "firing" and a.labels["severity"] == "page"] == []
