"""Thirty days that never were: what Prometheus would hold had the demo's services run all that time.

Windows reach back hours and budgets a month, so a demo on an empty Prometheus would show nonsense. Written are the raw series
of the last hours (for windows that rules compute from them) and, for the whole month, the recorded half-hour tiles that longer
windows are put together from. Traffic has a daily rhythm and is at its usual live rate now; checkout has had a bad quarter of
an hour nine days ago, so that its budget is neither full nor empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballast.demo.service import BUCKETS, ROUTES
from ballast.demo.truth import Floats
from ballast.slo import TILE, TILE_ERRORS, TILE_TOTAL, Compiled, RecordingRule, seconds

DAY = 86400.0
RHYTHM = 0.6
"""The quietest hour of a day has 1 - RHYTHM of the busiest's traffic."""
RAW_HOURS = 6.5
RAW_STEP = 30.0


@dataclass(frozen=True, slots=True)
class Incident:
    """`share` of the events were bad for `length` seconds, `ago` seconds before now."""

    ago: float
    length: float
    share: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Events of one SLO: `rate` a second now, of which the share `bad` goes wrong on an ordinary day."""

    rate: float
    bad: float = 0.0
    incidents: tuple[Incident, ...] = ()
    rhythm: float = RHYTHM

    def total(self, at: Floats) -> Floats:
        """All events from a month and a day ago until `at`, in seconds before now (negative)."""
        angle = 2 * np.pi / DAY
        level = 1 - self.rhythm / 2
        counted: Floats = self.rate * (level * (at + 31 * DAY) + self.rhythm / 2 * np.sin(angle * at) / angle)
        return counted

    def errors(self, at: Floats) -> Floats:
        """The bad ones among them."""
        counted = self.bad * self.total(at)
        for i in self.incidents:
            start, end = np.array(-i.ago), np.array(i.length - i.ago)
            counted = counted + (i.share - self.bad) * (self.total(np.clip(at, start, end)) - self.total(start))
        return counted


FLOWS: dict[str, Flow] = {
    "checkout/availability": Flow(20, 0.0002, (Incident(9 * DAY, 900, 0.4),)),
    "checkout/latency": Flow(20, 0.002),
    "catalog/availability": Flow(20, 0.0001),
    "catalog/latency": Flow(10, 0.003),
    "identity/availability": Flow(20, 0.0001),
    "prometheus/evaluations": Flow(40, rhythm=0),
    "prometheus/scrapes": Flow(1.2, rhythm=0),
    "prometheus/notifications": Flow(0.1, rhythm=0),
    "alertmanager/notifications": Flow(0.01, rhythm=0),
    "gateway/availability": Flow(0.2, rhythm=0),
    "gateway/deliveries": Flow(0.01, rhythm=0),
    "gateway/latency": Flow(0.01, rhythm=0),
}
"""SLO to its traffic. Other SLOs start without history: their long windows fill as time passes."""


def write(path: Path, now: float, compiled: Iterable[Compiled], targets: Mapping[str, str], scrape_interval: float) -> None:
    """Write the history up to `now` (Unix seconds) as OpenMetrics text.

    `targets` maps each scrape job to its `instance` label; `scrape_interval`, in seconds, is the spacing of `up`, because a
    gauge's share of good samples counts samples.
    """
    with path.open("w", encoding="utf-8") as file:
        for chunk in (*_raw(now, targets), *_up(now, targets, scrape_interval), *_recorded(now, compiled)):
            file.write(chunk)
        file.write("# EOF\n")


def _series(name: str, labels: Mapping[str, str], at: Floats, values: Floats, now: float) -> str:
    text = ",".join(f'{key}="{value}"' for key, value in labels.items())
    head = f"{name}{{{text}}}"
    return "".join(f"{head} {v:.9g} {t:.3f}\n" for t, v in zip((at + now).tolist(), values.tolist(), strict=True))


def _raw(now: float, targets: Mapping[str, str]) -> Iterator[str]:
    at = np.arange(-RAW_HOURS * 3600, 0.001, RAW_STEP)

    def counter(job: str, name: str, values: Floats, **labels: str) -> str:
        return _series(name, {"job": job, "instance": targets[job], **labels}, at, values, now)

    for service, routes in ROUTES.items():
        if service not in targets:
            continue
        flow, share = FLOWS[f"{service}/availability"], 1 / len(routes)
        total, bad = flow.total(at) * share, flow.errors(at) * share
        slow = FLOWS[f"{service}/latency"].bad if f"{service}/latency" in FLOWS else 0.0
        for method, route in routes:
            for code, values in (("200", total - bad), ("503", bad)):
                yield counter(service, "http_requests_total", values, service=service, route=route, method=method, code=code)
            name = "http_request_duration_seconds"
            for bound in (*BUCKETS, float("inf")):
                within = total * (0 if bound < 0.01 else 1 - slow if bound < 0.5 else 1)
                le = "+Inf" if bound == float("inf") else str(bound)
                yield counter(service, f"{name}_bucket", within, service=service, route=route, le=le)
            yield counter(service, f"{name}_count", total, service=service, route=route)
            yield counter(service, f"{name}_sum", total * 0.01, service=service, route=route)

    for job, total_name, bad_name, flow, labels in (
        ("prometheus", "prometheus_rule_evaluations_total", "prometheus_rule_evaluation_failures_total",
         FLOWS["prometheus/evaluations"], {"rule_group": "history"}),
        ("prometheus", "prometheus_notifications_sent_total", "prometheus_notifications_errors_total",
         FLOWS["prometheus/notifications"], {"alertmanager": "history"}),
        ("alertmanager", "alertmanager_notifications_total", "alertmanager_notifications_failed_total",
         FLOWS["alertmanager/notifications"], {"integration": "webhook"}),
    ):  # fmt: skip
        if job in targets:
            yield counter(job, total_name, flow.total(at), **labels)
            yield counter(job, bad_name, flow.errors(at), **labels)

    if "gateway" in targets:
        sent = FLOWS["gateway/deliveries"].total(at)
        labels = {"destination": "pagerduty", "action": "trigger"}
        yield counter("gateway", "gateway_deliveries_total", sent, **labels, result="delivered")
        yield counter("gateway", "gateway_delivery_duration_seconds_count", sent, **labels)
        for le in ("0.05", "5.0", "+Inf"):
            yield counter("gateway", "gateway_delivery_duration_seconds_bucket", sent, **labels, le=le)


def _up(now: float, targets: Mapping[str, str], interval: float) -> Iterator[str]:
    at = np.arange(-RAW_HOURS * 3600, 0.001, interval)
    for job, instance in targets.items():
        yield _series("up", {"job": job, "instance": instance}, at, np.ones_like(at), now)


def _recorded(now: float, compiled: Iterable[Compiled]) -> Iterator[str]:
    step = seconds(TILE)
    end = now // step * step - now  # tiles are read at multiples of their length
    at = np.arange(end - 30 * DAY, end + 1, step)
    for service in compiled:
        for slo in service.slos:
            flow = FLOWS.get(f"{service.service}/{slo.slo.name}")
            if flow is None:
                continue
            values = {
                TILE_TOTAL: (flow.total(at) - flow.total(at - step)) / step,
                TILE_ERRORS: (flow.errors(at) - flow.errors(at - step)) / step,
            }
            for rule in (r for group in slo.groups for r in group.rules if isinstance(r, RecordingRule)):
                if rule.record in values:
                    yield _series(rule.record, rule.labels, at, values[rule.record], now)
