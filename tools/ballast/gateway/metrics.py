"""The gateway's own metrics: requests (rate, errors, duration), deliveries, the queue, and how long an alert takes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ballast.gateway.breaker import STATES, Breaker
from ballast.gateway.keys import Vault
from ballast.gateway.store import Lane, Queue

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 25, 30, 60, 120, 300, 600)
ROUTES = frozenset(
    f"/{name}"
    for name in (
        *("v1/alertmanager", "v1/grafana", "v1/pagerduty", "v1/deliveries", "v1/incidents", "v1/status"),
        *("", "metrics", "healthz", "readyz"),
    )
)
RESULTS = ("delivered", "retry", "parked", "lease_lost")


class Metrics:
    """One registry a process. Series that an SLO divides by exist from the start, so that the first error counts."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Counter(
            "http_requests", "Requests answered.", ["service", "route", "method", "code"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "http_request_duration_seconds",
            "Time to answer.",
            ["service", "route", "method"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.notifications = Counter(
            "gateway_notifications", "Notifications stored, by their status.", ["status"], registry=self.registry
        )
        self.rejected = Counter(
            "gateway_rejected", "Webhooks refused (4xx) or not stored (503).", ["code"], registry=self.registry
        )
        self.deliveries = Counter(
            "gateway_deliveries",
            "Attempts to deliver, by result: delivered, retry (429, 5xx, network), parked (refused for good), lease_lost.",
            ["destination", "action", "result"],
            registry=self.registry,
        )
        self.delivery_seconds = Histogram(
            "gateway_delivery_duration_seconds",
            "From the webhook's arrival to the provider's acceptance, retries included.",
            ["destination", "action"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.page_seconds = Histogram(
            "gateway_page_duration_seconds",
            "From the moment an alert began to fire to the provider's acceptance of the event that opens its incident.",
            ["destination", "tier"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.queue_size = Gauge("gateway_queue_size", "Rows of the outbox, by state.", ["state"], registry=self.registry)
        self.queue_age = Gauge(
            "gateway_queue_oldest_age_seconds", "Age of the oldest pending row; NaN when unknown.", registry=self.registry
        )
        self.lane_size = Gauge(
            "gateway_lane_size", "Pending rows, by destination and tier.", ["destination", "tier"], registry=self.registry
        )
        self.lane_age = Gauge(
            "gateway_lane_oldest_age_seconds",
            "Age of the oldest pending row, by destination and tier.",
            ["destination", "tier"],
            registry=self.registry,
        )
        self.changes = Counter(
            "gateway_incident_changes",
            "What notifications did to incidents: opened, repeated, resolved, held (flapping), orphaned and so on.",
            ["change"],
            registry=self.registry,
        )
        self.throttled = Counter(
            "gateway_throttled",
            "Rows given back because the rate limit had no room for them.",
            ["destination"],
            registry=self.registry,
        )
        self.late = Counter(
            "gateway_late",
            "Late rows by what Alertmanager's word made of them: sent, skipped, waits.",
            ["action", "decision"],
            registry=self.registry,
        )
        self.breaker = Gauge(
            "gateway_breaker_state",
            "Circuit breaker of a dependency: 0 closed, 1 half open, 2 open.",
            ["dependency"],
            registry=self.registry,
        )
        self.breaker_opened = Gauge(
            "gateway_breaker_opened_total", "How often a breaker has opened.", ["dependency"], registry=self.registry
        )
        self.database_up = Gauge("gateway_database_up", "Whether PostgreSQL answered at this scrape.", registry=self.registry)
        self.callbacks = Counter(
            "gateway_callbacks",
            "Providers' webhooks about incidents, by what they did.",
            ["provider", "result"],
            registry=self.registry,
        )
        self.vault_up = Gauge(
            "gateway_vault_up",
            "Whether keys could be read from Vault just now; NaN without Vault.",
            registry=self.registry,
        )
        self.keys_age = Gauge(
            "gateway_keys_age_seconds", "Since keys were last read from Vault; NaN before that.", registry=self.registry
        )
        for status in ("firing", "resolved"):
            self.notifications.labels(status)
        for action in ("trigger", "resolve"):
            self.delivery_seconds.labels("pagerduty", action)
            for result in RESULTS:
                self.deliveries.labels("pagerduty", action, result)
        for action in ("trigger", "resolve"):
            for decision in ("sent", "skipped", "waits"):
                self.late.labels(action, decision)
        for route in ("/v1/alertmanager", "/v1/grafana"):
            for code in ("200", "503"):
                self.requests.labels("gateway", route, "POST", code)

    def observe_breakers(self, breakers: Iterable[Breaker]) -> None:
        """Set the gauges of the breakers."""
        for breaker in breakers:
            self.breaker.labels(breaker.name).set(STATES.index(breaker.state))
            self.breaker_opened.labels(breaker.name).set(breaker.opened)

    def observe_vault(self, vault: Vault | None) -> None:
        """Set the gauges of the keys."""
        self.vault_up.set(math.nan if vault is None else vault.up)
        self.keys_age.set(math.nan if vault is None or vault.read_at is None else time.monotonic() - vault.read_at)

    def observe_queue(self, queue: Queue | None, lanes: Sequence[Lane] = ()) -> None:
        """Set the gauges of the queue; None when it could not be asked."""
        self.lane_size.clear()
        self.lane_age.clear()
        for lane in lanes:
            self.lane_size.labels(lane.destination, lane.tier).set(lane.pending)
            self.lane_age.labels(lane.destination, lane.tier).set(lane.oldest_seconds)
        self.database_up.set(queue is not None)
        self.queue_size.labels("pending").set(queue.pending if queue else math.nan)
        self.queue_size.labels("parked").set(queue.parked if queue else math.nan)
        self.queue_age.set(queue.oldest_seconds if queue else math.nan)


class Measured:
    """ASGI middleware that counts and times every request by its route (`other` for unknown paths)."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it when it is answered or has failed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        code = "500"

        async def watched(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            path = scope["path"]
            route = path if path in ROUTES else "/incidents/{number}" if path.startswith("/incidents/") else "other"
            method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD") else "other"
            self._metrics.requests.labels("gateway", route, method, code).inc()
            self._metrics.request_seconds.labels("gateway", route, method).observe(time.perf_counter() - began)
