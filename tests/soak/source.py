"""Plays Alertmanager: groups that fire and cease, notifications on both legs until they are taken, and the groups' API."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import orjson

from ballast.stack import LOOPBACK, ROUTING_KEY

ALERTMANAGER = "Alertmanager/soak"
"""The User-Agent of the direct leg, by which the receiver's faults can tell the legs apart."""
TWO_LEGS = ("P1", "P2")
INTERVAL = 1.6
"""Seconds between two notifications of a group, at least: its group_interval."""
VISIBLE_SECONDS = (0.1, 0.4)
"""How long a change is to be seen in the API before it is told."""
REQUEST_SECONDS = 1.5
"""How long a leg waits for an answer before it tries again."""


@dataclass
class Group:
    """One group of one alert. `cycles` holds when each of its incidents began; `accepted` the inbox rows it was told of."""

    name: str
    tier: str
    cycles: list[datetime] = field(default_factory=list)
    firing: bool = False
    accepted: set[int] = field(default_factory=set)
    attempts: int = 0

    def fires(self) -> None:
        """A new incident begins."""
        self.cycles.append(datetime.now(UTC))
        self.firing = True

    @property
    def key(self) -> str:
        """Alertmanager's group key."""
        return f'{{}}:{{alertname="{self.name}"}}'

    @property
    def dedup_key(self) -> str:
        """As Alertmanager derives it."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    def webhook(self, status: str) -> dict[str, Any]:
        """The notification, in Alertmanager's form."""
        labels = {"alertname": self.name, "service": "soak", "severity": "page", "tier": self.tier}
        ends = datetime.now(UTC).isoformat() if status == "resolved" else "0001-01-01T00:00:00Z"
        alert = {"status": status, "labels": labels, "annotations": {}, "startsAt": self.cycles[-1].isoformat()}
        return {
            "version": "4",
            "groupKey": self.key,
            "truncatedAlerts": 0,
            "status": status,
            "receiver": "page",
            "groupLabels": {"alertname": self.name},
            "commonLabels": labels,
            "commonAnnotations": {"summary": "soak"},
            "externalURL": "http://alertmanager",
            "alerts": [alert | {"endsAt": ends, "generatorURL": "http://prometheus", "fingerprint": "c0ffee"}],
        }

    def event(self, status: str) -> dict[str, Any]:
        """What Alertmanager's own PagerDuty integration would send."""
        head = {"routing_key": ROUTING_KEY, "dedup_key": self.dedup_key}
        if status == "resolved":
            return head | {"event_action": "resolve"}
        payload = {"summary": "soak", "source": "soak", "severity": "critical", "timestamp": self.cycles[-1].isoformat()}
        return head | {"event_action": "trigger", "client": "Alertmanager", "payload": payload}


class Source:
    """Groups, and whom they are told to: any of the `webhooks` (as a load balancer would choose), and `events` directly.

    A notification of a group leaves only after both legs have taken the one before, as Alertmanager's pipeline does it.
    """

    def __init__(self, webhooks: Sequence[str], events: str, seed: int) -> None:
        self.webhooks = list(webhooks)
        self.events = events
        self.rng = random.Random(seed)
        self.groups: dict[str, Group] = {}
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _api(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    async def play(self, group: Group, client: httpx.AsyncClient, stop: asyncio.Event) -> None:
        """Fire, repeat and cease at random until `stop`; how it ends is random too.

        As in Alertmanager, a group changes whenever its alerts do, also while a notification is still being retried; the API
        shows it at once, and the next notification leaves when the one before has been taken and its interval is over.
        """
        rng = random.Random(self.rng.random())
        self.groups[group.name] = group
        await asyncio.sleep(rng.uniform(0, 1.0))
        telling: asyncio.Task[None] | None = None
        while True:
            if not group.firing:
                group.fires()
            elif rng.random() < 0.75:
                group.firing = False
            await asyncio.sleep(rng.uniform(*VISIBLE_SECONDS))
            if telling is not None:
                await telling
            telling = asyncio.create_task(self.notify(group, client))
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL + rng.expovariate(3.0)):
                    await stop.wait()
                await telling
                return

    async def cease(self, group: Group, client: httpx.AsyncClient) -> None:
        """It ends."""
        group.firing = False
        await asyncio.sleep(VISIBLE_SECONDS[1])
        await self.notify(group, client)

    async def notify(self, group: Group, client: httpx.AsyncClient) -> None:
        """One notification on all legs, of how things are now."""
        status = "firing" if group.firing else "resolved"
        legs = [self._gateway(group, client, orjson.dumps(group.webhook(status)))]
        if group.tier in TWO_LEGS:
            legs.append(self._direct(client, orjson.dumps(group.event(status))))
        await asyncio.gather(*legs)

    async def _gateway(self, group: Group, client: httpx.AsyncClient, body: bytes) -> None:
        wait = 0.05
        while True:
            group.attempts += 1
            try:
                answer = await client.post(self.rng.choice(self.webhooks), content=body, timeout=REQUEST_SECONDS)
                if answer.is_success:
                    group.accepted.add(answer.json()["stored"])
                    return
                if answer.status_code < 500:
                    raise AssertionError(f"the gateway refused a notification: {answer.text}")
            except httpx.HTTPError:
                pass
            await asyncio.sleep(wait)
            wait = min(1.0, wait * 2)

    async def _direct(self, client: httpx.AsyncClient, body: bytes) -> None:
        wait = 0.05
        while True:
            try:
                answer = await client.post(
                    self.events, content=body, headers={"User-Agent": ALERTMANAGER}, timeout=REQUEST_SECONDS
                )
                if answer.is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(wait)
            wait = min(1.0, wait * 2)


def _api(source: Source) -> type[BaseHTTPRequestHandler]:
    """`GET /api/v2/status` and `/api/v2/alerts/groups`, of an Alertmanager that has run for years."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("/status"):
                answer: Any = {"uptime": "2020-01-01T00:00:00Z"}
            else:
                answer = [
                    {
                        "receiver": {"name": "page"},
                        "labels": {"alertname": group.name},
                        "alerts": [{"status": {"state": "active"}}],
                    }
                    for group in list(source.groups.values())
                    if group.firing
                ]
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    return Handler
