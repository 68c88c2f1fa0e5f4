"""The fault menu: what fails, how it is healed, which SLO watches it, and where its events are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from ballast.demo.history import FLOWS
from ballast.demo.readings import Counters, Probes
from ballast.demo.stage import Stage
from ballast.demo.truth import Counts, Observer


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the menu. `begin` and `heal` act on a running stage; `observe` watches its events at their source."""

    name: str
    slo: str
    title: str
    failed: str
    healed: str
    begin: Callable[[Stage], None]
    heal: Callable[[Stage], None]
    observe: Callable[[Stage], Observer]


EVERY = 0.2
"""Seconds between two readings of an observer."""


def _switch(stage: Stage, method: str, fault: Mapping[str, Any] | None = None) -> None:
    url = f"{stage.services['checkout'].url}/-/fault"
    httpx.request(method, url, json=fault, timeout=5, trust_env=False).raise_for_status()


def _checkout_requests(stage: Stage) -> Observer:
    flow, requests = FLOWS["checkout/availability"], "http_requests_total"
    read = Counters(
        f"{stage.services['checkout'].url}/metrics", requests, requests, bad_if=lambda labels: labels["code"].startswith("5")
    )
    return _observer(read, flow.rate, flow.bad)


def _gateway_probes(stage: Stage) -> Observer:
    return _observer(Probes(f"{stage.gateway.url}/healthz"), 1 / EVERY)


def _start_gateway(stage: Stage) -> None:
    stage.gateway.start()


BROKEN = """groups:
  - name: broken-by-the-demo
    interval: 1s
    rules:
"""
BROKEN_RULE = "      - {record: 'demo:broken:%d', expr: up + on () up}\n"
"""Every job against every job: Prometheus refuses a many-to-many match each time it evaluates it."""
BROKEN_RULES = 20


def _break_rules(stage: Stage) -> None:
    text = BROKEN + "".join(BROKEN_RULE % n for n in range(BROKEN_RULES))
    (stage.rules / "broken.yaml").write_text(text, encoding="utf-8")
    stage.prometheus.reload()


def _mend_rules(stage: Stage) -> None:
    (stage.rules / "broken.yaml").unlink()
    stage.prometheus.reload()


def _evaluations(stage: Stage) -> Observer:
    read = Counters(
        f"{stage.prometheus.url}/metrics", "prometheus_rule_evaluation_failures_total", "prometheus_rule_evaluations_total"
    )
    return _observer(read, FLOWS["prometheus/evaluations"].rate)


def _observer(read: Callable[[], Counts | None], rate: float, bad: float = 0.0) -> Observer:
    return Observer(read, rate, rate * bad, EVERY)


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            "checkout",
            "checkout/availability",
            "Checkout answers 503 to every request",
            "checkout answers 503 to every request",
            "checkout answers 200 again",
            lambda stage: _switch(stage, "PUT", {"errors": 1.0}),
            lambda stage: _switch(stage, "DELETE"),
            _checkout_requests,
        ),
        Fault(
            "gateway",
            "gateway/availability",
            "The gateway is killed: its own page must come by the direct leg",
            "the gateway was killed (SIGKILL)",
            "the gateway runs again, on the same port and database",
            lambda stage: stage.gateway.kill(),
            _start_gateway,
            _gateway_probes,
        ),
        Fault(
            "prometheus",
            "prometheus/evaluations",
            "Prometheus fails to evaluate a third of its rules and pages for itself",
            f"{BROKEN_RULES} rules that cannot be evaluated were loaded",
            "the broken rules are gone",
            _break_rules,
            _mend_rules,
            _evaluations,
        ),
    )
}
