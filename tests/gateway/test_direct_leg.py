"""Decision 9: a page has two legs. Whatever dies on the gateway's, the person is paged once by Alertmanager's own; when it is
back and reports the same group late, it is still the same incident.

Alertmanager runs what `alerts/routing.yaml` compiles to: only addresses and the folder of its certificates are of this test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ballast.alerts.routing import alertmanager_config
from ballast.gateway import GatewayProcess
from ballast.repo import CannotRun, Delivery, load
from ballast.stack import ROUTING_KEY, Alertmanager, Authority, Kafka, Process, Redis, Vault, free_port, http_ok, wait_until
from ballast.stack.kafka import jars, java
from tests.gateway.conftest import Room
from tests.gateway.test_keys import NAME


@dataclass
class Legs:
    """Both legs, and whatever stands behind the gateway's."""

    room: Room
    alertmanager: Alertmanager
    gateway: GatewayProcess
    parts: dict[str, Process]


@pytest.fixture(scope="module")
def legs(shared_room: Room, root: Path) -> Iterator[Legs]:
    """The shipped receiver between a real Alertmanager and everything that the gateway can depend on."""
    room, folder = shared_room, shared_room.stack.directory / "legs"
    authority = Authority(folder / "authority")
    server, client = authority.issue("gateway"), authority.issue("alertmanager")
    redis, vault = Redis(folder / "redis"), Vault(folder / "vault")
    started: list[Process] = [redis, vault]
    kafka = Kafka(folder / "kafka")
    try:
        jars()
        java()
        started.append(kafka)
    except CannotRun:
        pass
    room.stack.start_all(*started)
    vault.put("secret/gateway", {NAME: ROUTING_KEY})
    (folder / "secret-id").write_text("swordfish")
    gateway = GatewayProcess(
        folder / "gateway",
        database_url=room.postgres.schema("legs").url,
        pagerduty_url=room.pagerduty.events_url,
        routing_key="",
        overrides={
            "timeout_seconds": 2,
            "lease_seconds": 4,
            "store_seconds": 2,
            "tls_cert": server.cert,
            "tls_key": server.key,
            "tls_clients": authority.cert,
            "status_port": free_port(),
            "redis_url": redis.url,
            "vault_address": vault.url,
            "vault_auth": "approle",
            "vault_secret_id_file": folder / "secret-id",
            "vault_refresh_seconds": 0.5,
            **({"kafka_bootstrap": f"127.0.0.1:{kafka.port}"} if kafka in started else {}),
        },
        name="legs",
    )
    room.stack.start(gateway)
    (folder / "key").write_text(ROUTING_KEY)
    delivery = Delivery(gateway=gateway.webhook, pagerduty_key_file=str(folder / "key"), certificates=str(client.directory))
    settings = alertmanager_config(load(root).routing.model_copy(update={"delivery": delivery}))
    settings["global"]["pagerduty_url"] = room.pagerduty.events_url
    source = room.stack.start(Alertmanager(folder / "alertmanager", settings, name="legs-alertmanager"))
    parts: dict[str, Process] = {"gateway": gateway, "postgresql": room.postgres, "redis": redis, "vault": vault}
    yield Legs(room, source, gateway, parts | ({"kafka": kafka} if kafka in started else {}))
    for process in (source, gateway, *reversed(started)):
        process.stop()


@pytest.mark.parametrize("name", ["nothing", "gateway", "postgresql", "redis", "kafka", "vault"])
def test_whatever_dies_there_is_one_incident(legs: Legs, name: str) -> None:
    if name == "kafka" and name not in legs.parts:
        pytest.skip("Kafka needs Java 17 and its jars (scripts/kafka.sh)")
    victim = legs.parts.get(name)
    alert = f"Leg{name.capitalize()}"
    labels = {"alertname": alert, "service": "checkout", "slo": "availability", "severity": "page", "tier": "P1"}

    def calls(effect: str = "") -> list[dict[str, object]]:
        found = [c for c in legs.room.pagerduty.calls() if isinstance(c["event"], dict) and alert in str(c["event"])]
        return [c for c in found if not effect or c["effect"] == effect]

    if victim is not None:
        victim.kill()
    try:
        legs.alertmanager.fire(labels, {"summary": f"{name} is gone"})
        opened = wait_until(lambda: calls("opened"), 20, "a page")
        if name in ("gateway", "postgresql"):
            assert str(opened[0]["agent"]).startswith("Alertmanager"), "only the direct leg can have brought it"
    finally:
        if victim is not None:
            victim.start()
        if isinstance(victim, Vault):  # this one remembers nothing, and a gateway that starts later asks it
            victim.put("secret/gateway", {NAME: ROUTING_KEY})
    agents = wait_until(lambda: len({str(c["agent"])[:7] for c in calls()}) == 2 and calls(), 40, "the other leg, too")
    dedup = {c["event"]["dedup_key"] for c in agents}  # type: ignore[index]
    assert len(dedup) == 1, "both legs name it alike"
    wait_until(lambda: http_ok(legs.gateway.status_url + "/readyz"), 20, "a gateway that is ready")
    legs.alertmanager.resolve(labels)
    (dedup_key,) = dedup

    def resolves() -> int:
        events = [c["event"] for c in legs.room.pagerduty.calls() if isinstance(c["event"], dict)]
        return sum((e.get("dedup_key"), e.get("event_action")) == (dedup_key, "resolve") for e in events)

    wait_until(lambda: resolves() == 2, 30, "a resolve on each leg")
    incidents = [i for i in legs.room.pagerduty.incidents() if i["dedup_key"] == dedup_key]
    assert [i["status"] for i in incidents] == ["resolved"], "exactly one, whatever died"
