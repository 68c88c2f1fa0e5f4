"""Loki in microservices: everything stands in its own configuration, which the module gives whole (`loki.structuredConfig`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ballast.terraform.platform import dskit, pods
from ballast.terraform.platform.model import (
    Call,
    Component,
    Config,
    Listener,
    Platform,
    Release,
    ServiceAccount,
    Verdict,
    Workload,
    proven,
    unproven,
)
from ballast.terraform.platform.registry import reader

CONFIG = ("loki", "structuredConfig")
BUCKET = Call("external:object-storage", 443, "chunks and index")
ROLLOUT = "rollout_operator"
API_SERVER = Call("external:kubernetes-api", 443, "replaces ingesters zone by zone")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part by its key in values: its component, what it runs as, and what it calls besides the ring."""

    name: str
    kind: Literal["Deployment", "StatefulSet"]
    uses: tuple[str, ...]


PARTS = {
    "distributor": _Part("loki-distributor", "Deployment", ("ingester",)),
    "ingester": _Part("loki-ingester", "StatefulSet", ("bucket",)),
    "querier": _Part("loki-querier", "Deployment", ("ingester", "scheduler", "frontend", "index", "compactor", "bucket")),
    "queryFrontend": _Part("loki-query-frontend", "Deployment", ("scheduler", "querier", "index", "compactor")),
    "queryScheduler": _Part("loki-query-scheduler", "Deployment", ("frontend",)),
    "indexGateway": _Part("loki-index-gateway", "StatefulSet", ("bucket",)),
    "compactor": _Part("loki-compactor", "StatefulSet", ("bucket",)),
}


@reader("loki")
def loki(release: Release, platform: Platform) -> Iterator[Component]:
    """A component for each part, and the operator that replaces ingesters."""
    if release.get(ROLLOUT, "enabled") is not False:
        yield _rollout_operator(release)
    config = release.get(*CONFIG, default={})
    account = release.get("serviceAccount", default={})
    for key, part in PARTS.items():
        containers = release.get(key, "extraContainers", default=[])
        where = release.where(key, "extraContainers")
        yield Component(
            name=part.name,
            namespace=release.namespace,
            source=release.address,
            workloads=(_workload(release, key, part),),
            listeners=tuple(dskit.listeners(release, CONFIG, containers, where)),
            calls=(*_calls(config, part), *dskit.gossip(other.name for other in PARTS.values())),
            configs=(Config("loki", "loki", config, release.where(*CONFIG)),) if key == "distributor" else (),
            images=pods.images(containers, where),
            service_accounts=(ServiceAccount(str(account.get("name", "")), account.get("annotations") or {}),),
        )


def _rollout_operator(release: Release) -> Component:
    """Nobody waits for it: without it new ingesters are not rolled out. Its webhooks are on unless values say no."""
    where = release.where(ROLLOUT)
    alone = proven(True, where, "one: ingesters run on without it")
    health = proven(False, where, "answers kubelet, and metrics of itself that nobody asks")
    webhooks = release.where(ROLLOUT, "webhooks", "enabled")
    own = unproven(webhooks, "a certificate that the operator makes itself")
    admission = Listener("admission", 8443, "https", own, own, webhook=True)
    off = release.get(ROLLOUT, "webhooks", "enabled") is False
    return Component(
        name="loki-rollout-operator",
        namespace=release.namespace,
        source=release.address,
        workloads=(Workload("loki-rollout-operator", "Deployment", 1, 0, alone, alone),),
        listeners=(Listener("health", 8001, "http", health, health, probe_only=True), *(() if off else (admission,))),
        calls=(API_SERVER,),
    )


def _calls(config: dskit.Config, part: _Part) -> Iterator[Call]:
    grpc = int(dskit.at(config, "server").get("grpc_listen_port", 0))
    for use in part.uses:
        match use:
            case "ingester":
                yield Call("loki-ingester", grpc, "lines" if part.kind == "Deployment" else "")
            case "frontend":
                yield Call("loki-query-frontend", grpc, "results of queries")
            case "scheduler":
                section = "frontend_worker" if part.name == "loki-querier" else "frontend"
                yield from dskit.to(dskit.at(config, section, "scheduler_address"), "queries")
            case "querier":
                yield pods.call(str(dskit.at(config, "frontend", "tail_proxy_url")), "live tailing")
            case "index":
                gateway = dskit.at(config, "storage_config", "tsdb_shipper", "index_gateway_client", "server_address")
                yield from dskit.to(gateway, "index")
            case "compactor":
                yield from dskit.to(dskit.at(config, "common", "compactor_grpc_address"), "requests for deletion")
            case _:
                yield BUCKET


def _workload(release: Release, key: str, part: _Part) -> Workload:
    replicas = int(release.get(key, "replicas", default=1))
    where = release.where(key, "podDisruptionBudget")
    if key == "compactor":
        alone = proven(True, where, "one by design: two would delete each other's work, and nothing waits for it")
        return Workload(part.name, part.kind, replicas, 0, alone, alone)
    # A line is written when two of its three copies are: of three zones with ingesters two must be there.
    quorum = -(-replicas * 2 // 3) if key == "ingester" else 1
    return Workload(
        name=part.name,
        kind=part.kind,
        replicas=replicas,
        quorum=quorum,
        spread=_spread(release, key),
        pdb=pods.budget(release.get(key, "podDisruptionBudget"), replicas, quorum, where),
    )


def _spread(release: Release, key: str) -> Verdict:
    if key != "ingester":
        return pods.spread(release.get(key, "topologySpreadConstraints"), release.where(key, "topologySpreadConstraints"))
    path = (key, "zoneAwareReplication")
    given: dict[str, Any] = release.get(*path, default={})
    zones = {given.get(zone, {}).get("nodeSelector", {}).get(pods.ZONE) for zone in ("zoneA", "zoneB", "zoneC")}
    apart = given.get("enabled") is True and len(zones - {None}) == 3
    return proven(apart, release.where(*path), "" if apart else "ingesters are not in three zones")
