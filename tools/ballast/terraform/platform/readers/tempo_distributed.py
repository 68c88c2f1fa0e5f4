"""Tempo in microservices: everything stands in its own configuration, which the module gives whole (`structuredConfig`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from ballast.terraform.platform import dskit, pods
from ballast.terraform.platform.model import (
    Call,
    Component,
    Config,
    Listener,
    Platform,
    Release,
    ServiceAccount,
    Workload,
    proven,
)
from ballast.terraform.platform.registry import reader

CONFIG = ("tempo", "structuredConfig")
BUCKET = Call("external:object-storage", 443, "blocks of spans")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part by its key in values. `whole`: every replica has data that no other has, so all must live."""

    name: str
    kind: Literal["Deployment", "StatefulSet"]
    uses: tuple[str, ...]
    whole: bool = False


PARTS = {
    "distributor": _Part("tempo-distributor", "Deployment", ()),
    "blockBuilder": _Part("tempo-block-builder", "StatefulSet", ("bucket",)),
    "liveStore": _Part("tempo-live-store", "StatefulSet", ("bucket",), whole=True),
    "metricsGenerator": _Part("tempo-metrics-generator", "StatefulSet", ("metrics",)),
    "querier": _Part("tempo-querier", "Deployment", ("live-store", "frontend", "bucket")),
    "queryFrontend": _Part("tempo-query-frontend", "Deployment", ("bucket",)),
    "backendScheduler": _Part("tempo-backend-scheduler", "StatefulSet", ("bucket",)),
    "backendWorker": _Part("tempo-backend-worker", "StatefulSet", ("scheduler", "bucket")),
}


@reader("tempo-distributed")
def tempo(release: Release, platform: Platform) -> Iterator[Component]:
    """A component for each part."""
    config = release.get(*CONFIG, default={})
    account = release.get("serviceAccount", default={})
    for key, part in PARTS.items():
        containers = release.get(key, "extraContainers", default=[])
        where = release.where(key, "extraContainers")
        calls = (*pods.outgoing(containers, "spans"), *_calls(config, part))
        yield Component(
            name=part.name,
            namespace=release.namespace,
            source=release.address,
            workloads=(_workload(release, key, part),),
            listeners=(*dskit.listeners(release, CONFIG, containers, where), *_receivers(release, config, key)),
            calls=(*dict.fromkeys(calls), *dskit.gossip(other.name for other in PARTS.values())),
            configs=(Config("tempo", "tempo", config, release.where(*CONFIG)),) if key == "distributor" else (),
            images=pods.images(containers, where),
            service_accounts=(ServiceAccount(str(account.get("name", "")), account.get("annotations") or {}),),
        )


def _receivers(release: Release, config: dskit.Config, key: str) -> Iterator[Listener]:
    """OTLP, which the distributor takes by the collector's own receiver."""
    path = ("distributor", "receivers", "otlp", "protocols")
    for protocol, given in dskit.at(config, *path).items() if key == "distributor" else ():
        place = release.where(*CONFIG, *path, protocol, "tls")
        tls = given.get("tls") or {}
        keys = proven(bool(tls.get("cert_file") and tls.get("key_file")), place)
        port = int(str(given["endpoint"]).rpartition(":")[2])
        yield Listener(f"otlp-{protocol}", port, protocol, keys, proven(bool(tls.get("client_ca_file")), place))


def _calls(config: dskit.Config, part: _Part) -> Iterator[Call]:
    for use in part.uses:
        match use:
            case "live-store":
                yield Call("tempo-live-store", int(dskit.at(config, "server")["grpc_listen_port"]), "recent spans")
            case "frontend":
                yield from dskit.to(dskit.at(config, "querier", "frontend_worker", "frontend_address"), "queries")
            case "scheduler":
                yield from dskit.to(dskit.at(config, "backend_worker", "backend_scheduler_addr"), "jobs")
            case "metrics":
                for write in dskit.at(config, "metrics_generator", "storage", "remote_write"):
                    yield pods.call(write["url"], "metrics of spans")
            case _:
                yield BUCKET


def _workload(release: Release, key: str, part: _Part) -> Workload:
    where = release.where(key, "maxUnavailable")
    replicas = int(release.get(key, "replicas", default=1))
    waits = proven(
        True, where, "one by design or without a budget: its work waits in object storage or Kafka, nobody waits for it"
    )
    given: Any = release.get(key, "topologySpreadConstraints")
    spread = pods.spread(yaml.safe_load(given or "[]"), release.where(key, "topologySpreadConstraints"))
    if key in ("backendScheduler", "backendWorker"):
        return Workload(part.name, part.kind, replicas, 0, waits if key == "backendScheduler" else spread, waits)
    budget = {
        "enabled": release.get(key, "podDisruptionBudget", "enabled"),
        "maxUnavailable": release.get(key, "maxUnavailable"),
    }
    return Workload(
        name=part.name,
        kind=part.kind,
        replicas=replicas,
        quorum=replicas if part.whole else 0 if key == "blockBuilder" else 1,
        spread=spread,
        pdb=pods.budget(budget, replicas, 1, where),
    )
