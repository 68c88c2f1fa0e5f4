"""Strimzi: the operator from its values; brokers, controllers and rights from `Kafka`, `KafkaNodePool` and `KafkaUser`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import (
    Call,
    Component,
    Config,
    Listener,
    Manifest,
    Platform,
    Release,
    ServiceAccount,
    Verdict,
    Workload,
    proven,
    unproven,
)
from ballast.terraform.platform.registry import reader

HEALTH, CONTROL, REPLICATION, AGENT = 8080, 9090, 9091, 8443
CLUSTER = "strimzi.io/cluster"
API_SERVER = Call("external:kubernetes-api", 443, "custom resources, leader election")


@reader("strimzi-kafka-operator")
def strimzi(release: Release, platform: Platform) -> Iterator[Component]:
    """The operator, and each cluster in its namespace with the operator of its topics and users."""
    here = [m for m in platform.of_kind("Kafka", "KafkaNodePool") if m.namespace == release.namespace]
    clusters = [manifest for manifest in here if manifest.kind == "Kafka"]
    yield _operator(release, [str(cluster.document["metadata"]["name"]) for cluster in clusters])
    for cluster in clusters:
        name = str(cluster.document["metadata"]["name"])
        pools = [m for m in here if m.kind == "KafkaNodePool" and m.document["metadata"].get("labels", {}).get(CLUSTER) == name]
        yield _kafka(cluster, name, pools)
        if "entityOperator" in cluster.document["spec"]:
            yield _entity_operator(cluster, name)


def _operator(release: Release, clusters: Sequence[str]) -> Component:
    replicas = int(release.get("replicas", default=1))
    constraints = "topologySpreadConstraints"
    budget = release.get("podDisruptionBudget")
    return Component(
        name=release.name,
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                name=release.name,
                kind="Deployment",
                replicas=replicas,
                quorum=1,
                spread=pods.spread(release.get(constraints), release.where(constraints)),
                pdb=pods.budget(budget, replicas, 1, release.where("podDisruptionBudget")),
            ),
        ),
        listeners=(_health(release.where("livenessProbe")),),
        calls=(API_SERVER, *(Call(name, port, what) for name in clusters for port, what in _OPERATED)),
        service_accounts=(ServiceAccount(str(release.get("serviceAccount", default="strimzi-cluster-operator"))),),
    )


_OPERATED = ((CONTROL, "state of the quorum"), (REPLICATION, "state of brokers"), (AGENT, "state of a node"))


def _kafka(manifest: Manifest, name: str, pools: Sequence[Manifest]) -> Component:
    kafka = manifest.document["spec"]["kafka"]
    where = f"{manifest.address}: {manifest.key}.spec.kafka"
    internal = unproven(where, "Strimzi's own listeners and authority, always by mutual TLS, which no value says")
    listeners = [_listener(given, f"{where}.listeners[{number}]") for number, given in enumerate(kafka.get("listeners") or ())]
    own = [
        Listener(what, port, "kafka", internal, internal)
        for what, port in (("control-plane", CONTROL), ("replication", REPLICATION), ("agent", AGENT))
    ]
    config = dict(kafka.get("config") or {})
    return Component(
        name=name,
        namespace=manifest.namespace,
        source=manifest.address,
        workloads=tuple(_workload(kafka, pool, where, int(config.get("min.insync.replicas", 1))) for pool in pools),
        listeners=(*listeners, *own),
        calls=(Call(name, CONTROL, "quorum"), Call(name, REPLICATION, "replication"), API_SERVER),
        configs=(
            Config(f"{name}-broker", "kafka", config, f"{where}.config"),
            *(
                Config(f"{name}-listener-{given['name']}", "kafka-listener", custom, f"{where}.listeners[{number}]")
                for number, given in enumerate(kafka.get("listeners") or ())
                if (custom := (given.get("authentication") or {}).get("listenerConfig"))
            ),
        ),
        service_accounts=(ServiceAccount(f"{name}-kafka"),),
    )


def _listener(given: Mapping[str, Any], where: str) -> Listener:
    """A listener has TLS where it says so; Strimzi's type `tls` wants a certificate, `custom` as far as its settings do."""
    authentication = given.get("authentication") or {}
    settings = authentication.get("listenerConfig") or {}
    custom = settings.get("ssl.client.auth") == "required" and bool(settings.get("ssl.truststore.location"))
    asked = authentication.get("type") == "tls" or (authentication.get("type") == "custom" and custom)
    encrypted = given.get("tls") is True
    return Listener(
        str(given["name"]),
        int(given["port"]),
        "kafka",
        tls=proven(encrypted, f"{where}.tls"),
        client_auth=proven(encrypted and asked, f"{where}.authentication"),
    )


def _workload(kafka: Mapping[str, Any], pool: Manifest, where: str, in_sync: int) -> Workload:
    spec = pool.document["spec"]
    replicas = int(spec["replicas"])
    # Controllers decide by majority; a partition takes events while that many of its replicas are in sync.
    quorum = replicas // 2 + 1 if "controller" in spec["roles"] else replicas - 3 + in_sync
    constraints = spec.get("template", {}).get("pod", {}).get("topologySpreadConstraints")
    return Workload(
        name=str(pool.document["metadata"]["name"]),
        kind="StatefulSet",
        replicas=replicas,
        quorum=quorum,
        spread=pods.spread(constraints, f"{pool.address}: {pool.key}.spec.template.pod.topologySpreadConstraints"),
        pdb=pods.budget(
            (kafka.get("template") or {}).get("podDisruptionBudget"), replicas, quorum, f"{where}.template.podDisruptionBudget"
        ),
    )


def _entity_operator(manifest: Manifest, name: str) -> Component:
    """One pod: topics and rights that are made go on without it."""
    where = f"{manifest.address}: {manifest.key}.spec.entityOperator"
    alone = proven(True, where, "one: what it has made goes on without it")
    return Component(
        name=f"{name}-entity-operator",
        namespace=manifest.namespace,
        source=manifest.address,
        workloads=(Workload(f"{name}-entity-operator", "Deployment", 1, 0, alone, alone),),
        listeners=(_health(where),),
        calls=(API_SERVER, Call(name, REPLICATION, "topics and rights")),
        service_accounts=(ServiceAccount(f"{name}-entity-operator"),),
    )


def _health(where: str) -> Listener:
    plain: Verdict = proven(False, where, "answers kubelet with whether it is well, and metrics of itself that nobody asks")
    return Listener("healthcheck", HEALTH, "http", plain, plain, probe_only=True)
