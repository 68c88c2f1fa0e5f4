"""One gateway with everything on its edges: mutual TLS, every provider, traces; and clients with certificates."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from ballast.gateway import GatewayProcess
from ballast.stack import Authority, Certificate, Jsm, Sink, free_port
from tests.gateway.conftest import Room, webhook

WEBHOOK_SECRET = "old-secret,new-secret"
CALLBACK_SECRET = "callback-one,callback-two"
ROUTING = """
version: ballast/v1
routes: []
tiers:
  P1: { severity: critical, urgency: high, legs: [pagerduty, gateway], destinations: [pagerduty] }
  P2: { severity: error, urgency: high, legs: [pagerduty, gateway], destinations: [pagerduty, jsm] }
  P3: { severity: warning, urgency: low, legs: [gateway], destinations: [chat, jsm] }
  P4: { severity: info, urgency: low, legs: [gateway], destinations: [webhook] }
"""


@dataclass
class Edges:
    """What the tests drive."""

    room: Room
    authority: Authority
    gateway: GatewayProcess
    jsm: Jsm
    sink: Sink

    @contextmanager
    def client(self, certificate: Certificate | None, *, trust: Path | None = None) -> Iterator[httpx.Client]:
        """A client that shows this certificate."""
        context = ssl.create_default_context(cafile=str(trust or self.authority.cert))
        if certificate is not None:
            context.load_cert_chain(certificate.cert, certificate.key)
        with httpx.Client(base_url=self.gateway.url, verify=context, trust_env=False, timeout=20) as client:
            yield client

    def named(self, name: str) -> Certificate:
        """A certificate of our authority for this name."""
        made = Certificate(self.authority.directory / name)
        return made if made.cert.exists() else self.authority.issue(name)

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        """Post as Alertmanager does."""
        with self.client(self.named("alertmanager")) as client:
            return client.post(path, content=orjson.dumps(body), headers=headers or {})

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Look as somebody behind the proxy."""
        with self.client(self.named("operators")) as client:
            return client.get(path, headers=headers or {})

    def deliveries(self, name: str) -> list[dict[str, Any]]:
        """Rows of the outbox about this alert, oldest first."""
        rows = self.get("/v1/deliveries?limit=1000").raise_for_status().json()
        return [row for row in reversed(rows) if row["alertname"] == name]


def tiered(name: str, tier: str, status: str = "firing", **changes: Any) -> dict[str, Any]:
    """A notification of this tier."""
    body = webhook(name, status, **changes)
    return body | {"commonLabels": body["commonLabels"] | {"tier": tier}}


def start(room: Room, folder: Path) -> Edges:
    """Start it, with the receivers of its providers."""
    authority = Authority(folder / "authority")
    server = authority.issue("gateway")
    jsm, sink = Jsm(folder / "jsm"), Sink(folder / "sink")
    room.stack.start_all(jsm, sink)
    routing = folder / "routing.yaml"
    routing.write_text(ROUTING)
    gateway = GatewayProcess(
        folder / "gateway",
        database_url=room.postgres.schema("edges").url,
        pagerduty_url=room.pagerduty.events_url,
        overrides={
            "timeout_seconds": 2,
            "lease_seconds": 6,
            "store_seconds": 2,
            "tls_cert": server.cert,
            "tls_key": server.key,
            "tls_clients": authority.cert,
            "senders": "alertmanager,grafana",
            "readers": "prometheus,operators",
            "status_port": free_port(),
            "routing": routing,
            "callback_secrets": CALLBACK_SECRET,
            "jsm_url": jsm.url,
            "jsm_key": "jsm-key",
            "webhook_url": f"{sink.url}/hooks/ours",
            "webhook_secret": WEBHOOK_SECRET,
            "chat_url": sink.url.replace("http://", "json://") + "/hooks/chat",
        },
        more={"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "OTEL_BSP_SCHEDULE_DELAY": "200"},
        name="edges",
    )
    return Edges(room, authority, room.stack.start(gateway), jsm, sink)
