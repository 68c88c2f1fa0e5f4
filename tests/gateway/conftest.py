"""One PostgreSQL, receiver, Alertmanager and gateway a test session; tests tell their alerts apart by name."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from ballast.gateway import GatewayProcess
from ballast.gateway.notification import parse
from ballast.stack import Alertmanager, PagerDuty, Postgres, Redis, Stack, wait_until

if TYPE_CHECKING:
    from tests.gateway.edges import Edges

_numbers = itertools.count(1)


def webhook(name: str, status: str = "firing", **changes: Any) -> dict[str, Any]:
    """A notification as Alertmanager sends it."""
    labels = {"alertname": name, "service": "checkout", "slo": "availability", "severity": "page", "tier": "P1"}
    annotations = {
        "summary": "checkout burns its budget",
        "runbook_url": "https://runbooks.example.com/x",
        "dashboard_url": "https://dashboards.example.com/x",
    }
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": "2026-11-24T05:00:00.123Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "c0ffee",
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "page",
        "groupLabels": {"alertname": name},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "http://alertmanager",
        "alerts": [alert],
    } | changes


@dataclass
class Room:
    """What the tests drive."""

    stack: Stack
    pagerduty: PagerDuty
    postgres: Postgres
    gateway: GatewayProcess

    def post(self, body: dict[str, Any], gateway: GatewayProcess | None = None, *, url: str = "") -> httpx.Response:
        """Post a webhook, to the shared gateway unless another one is meant."""
        where = url or (gateway or self.gateway).webhook
        return httpx.post(where, content=orjson.dumps(body), timeout=20, trust_env=False)

    def key(self, name: str) -> str:
        """The dedup key of this alert name's group."""
        return parse(orjson.dumps(webhook(name)))[0].dedup_key

    def calls(self, name: str) -> list[dict[str, Any]]:
        """What the receiver was told about the group."""
        return [
            c for c in self.pagerduty.calls() if isinstance(c["event"], dict) and c["event"].get("dedup_key") == self.key(name)
        ]

    def incidents(self, name: str) -> list[dict[str, Any]]:
        """Its incidents."""
        return [i for i in self.pagerduty.incidents() if i["dedup_key"] == self.key(name)]

    def wait_for(self, name: str, effects: list[str]) -> None:
        """Wait until the calls about this alert had these effects, in this order."""

        def same() -> bool:
            return [c["effect"] for c in self.calls(name)] == effects

        try:
            wait_until(same, 25, f"{effects} for {name}")
        except TimeoutError as error:
            raise AssertionError(f"{error}: {[c['effect'] for c in self.calls(name)]}\n{self.gateway.log_tail()}") from None

    def deliveries(self, name: str, gateway: GatewayProcess | None = None) -> list[dict[str, Any]]:
        """Rows of the outbox, oldest first."""
        url = (gateway or self.gateway).url
        rows = httpx.get(f"{url}/v1/deliveries?limit=1000", trust_env=False).raise_for_status().json()
        return [row for row in reversed(rows) if row["alertname"] == name]

    def another(self, schema: str = "", *, needs_database: bool = True, **overrides: Any) -> GatewayProcess:
        """A second gateway, with a database schema of its own unless one is named; not started yet."""
        name = f"gateway{next(_numbers)}"
        database = self.postgres.schema(schema or name)
        process = GatewayProcess(
            self.stack.directory / name,
            database_url=database.url,
            pagerduty_url=self.pagerduty.events_url,
            overrides=overrides,
            needs_database=needs_database,
            name=name,
        )
        self.stack.processes.append(process)
        return process


@pytest.fixture(scope="session")
def shared_room() -> Iterator[Room]:
    """The processes."""
    with Stack() as stack:
        pagerduty = PagerDuty(stack.directory / "pagerduty")
        postgres = Postgres(stack.directory / "postgres", durable=False)
        stack.start_all(pagerduty, postgres)
        gateway = GatewayProcess(
            stack.directory / "gateway",
            database_url=postgres.schema("shared").url,
            pagerduty_url=pagerduty.events_url,
            overrides={"timeout_seconds": 2, "lease_seconds": 6, "store_seconds": 2},
        )
        yield Room(stack, pagerduty, postgres, stack.start(gateway))


@pytest.fixture(scope="session")
def redis(shared_room: Room) -> Redis:
    """A Redis for the whole session; a test that harms it starts it again."""
    return shared_room.stack.start(Redis(shared_room.stack.directory / "redis"))


@pytest.fixture
def room(shared_room: Room) -> Iterator[Room]:
    """The processes, with a receiver that is well again after the test."""
    yield shared_room
    shared_room.pagerduty.heal()


@pytest.fixture(scope="session")
def shared_edges(shared_room: Room) -> Edges:
    """A gateway with mutual TLS, every provider and traces."""
    from tests.gateway.edges import start

    return start(shared_room, shared_room.stack.directory / "edges")


@pytest.fixture
def edges(shared_edges: Edges) -> Iterator[Edges]:
    """The same, with receivers that are well again after the test."""
    yield shared_edges
    shared_edges.jsm.heal()
    shared_edges.sink.heal()
    shared_edges.room.pagerduty.heal()


@pytest.fixture(scope="session")
def alertmanager(shared_room: Room) -> Callable[..., Alertmanager]:
    """Starts an Alertmanager whose one receiver holds these integrations."""

    def start(receiver: dict[str, Any], gateway: GatewayProcess | None = None) -> Alertmanager:
        name = f"alertmanager{next(_numbers)}"
        settings = {
            "route": {"receiver": "page", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"},
            "receivers": [{"name": "page", **receiver}],
        }
        return shared_room.stack.start(Alertmanager(shared_room.stack.directory / name, settings, name=name))

    return start
