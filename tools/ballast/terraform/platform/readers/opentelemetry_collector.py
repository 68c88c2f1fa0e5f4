"""The OpenTelemetry Collector: listeners are its receivers, calls its exporters, both in `alternateConfig`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import (
    Call,
    Component,
    Config,
    Image,
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

CONFIG = ("alternateConfig",)
BUDGET = "kubernetes_pod_disruption_budget_v1"
PURPOSES = {"otlp": "telemetry", "otlphttp": "logs", "prometheusremotewrite": "metrics"}


@reader("opentelemetry-collector")
def opentelemetry_collector(release: Release, platform: Platform) -> Iterator[Component]:
    """One component a release, by the release's name."""
    config = release.get(*CONFIG) or {}
    account = release.get("serviceAccount", default={})
    image = release.get("image", default={})
    reference = f"{image.get('repository', '')}:{image.get('tag', '')}"
    yield Component(
        name=release.name,
        namespace=release.namespace,
        source=release.address,
        workloads=(_workload(release, platform),),
        listeners=tuple(_listeners(release, config)),
        calls=tuple(dict.fromkeys(_calls(config))),
        configs=(Config(release.name, "opentelemetry", config, release.where(*CONFIG)),),
        images=(Image(reference, pods.pinned(reference, release.where("image"))),),
        service_accounts=(ServiceAccount(str(account.get("name", "")), account.get("annotations") or {}),),
    )


def _listeners(release: Release, config: Mapping[str, Any]) -> Iterator[Listener]:
    if not config:
        where = release.where(*CONFIG)
        seen = unproven(where, "without alternateConfig the chart's own receivers listen, which are not in the plan")
        yield Listener("receivers", 0, "tcp", seen, seen)
    for name, receiver in (config.get("receivers") or {}).items():
        path = (*CONFIG, "receivers", name)
        for protocol, given in ((receiver or {}).get("protocols") or {}).items():
            yield _listener(release, f"{name}-{protocol}", protocol, given or {}, (*path, "protocols", protocol))
        if "endpoint" in (receiver or {}):
            yield _listener(release, name, "https", receiver, path)
    for name, extension in (config.get("extensions") or {}).items():
        if name.partition("/")[0] == "health_check":
            where = release.where(*CONFIG, "extensions", name)
            plain = proven(False, where, "answers kubelet with whether the collector is well, nothing else")
            yield Listener(name, _port(extension["endpoint"]), "http", plain, plain, probe_only=True)


def _listener(release: Release, name: str, protocol: str, given: Mapping[str, Any], path: tuple[str, ...]) -> Listener:
    where = release.where(*path, "tls")
    tls = given.get("tls") or {}
    keys = proven(bool(tls.get("cert_file") and tls.get("key_file")), where)
    return Listener(name, _port(given.get("endpoint", "")), protocol, keys, proven(bool(tls.get("client_ca_file")), where))


def _calls(config: Mapping[str, Any]) -> Iterator[Call]:
    for name, exporter in (config.get("exporters") or {}).items():
        kind = name.partition("/")[0]
        if kind == "googlecloudpubsub":
            yield Call("external:pubsub.googleapis.com", 443, "heartbeat")
        elif endpoint := str(exporter.get("endpoint", "")):
            yield pods.call(endpoint if "://" in endpoint else f"//{endpoint}", PURPOSES.get(kind, kind))
    for name, receiver in (config.get("receivers") or {}).items():
        for broker in receiver.get("brokers", ()) if name.partition("/")[0] == "kafkametrics" else ():
            yield pods.call(f"//{broker}", "offsets and lag")
    if any(name.partition("/")[0] == "k8sattributes" for name in config.get("processors") or ()):
        yield Call("external:kubernetes-api", 443, "names of pods")


def _workload(release: Release, platform: Platform) -> Workload:
    if release.get("mode") == "daemonset":
        each = proven(True, release.where("mode"), "one on every node")
        return Workload(release.name, "DaemonSet", 1, 0, each, each)
    replicas = int(release.get("replicaCount", default=1))
    constraints = release.get("topologySpreadConstraints")
    return Workload(
        name=release.name,
        kind="Deployment",
        replicas=replicas,
        quorum=1,
        spread=pods.spread(constraints, release.where("topologySpreadConstraints")),
        pdb=_budget(release, platform, replicas),
    )


def _budget(release: Release, platform: Platform, replicas: int) -> Verdict:
    for budget in platform.of_type(BUDGET):
        [spec] = budget.values["spec"]
        [selector] = spec["selector"]
        if selector["match_labels"].get("app.kubernetes.io/instance") == release.name:
            given = {"maxUnavailable": spec.get("max_unavailable"), "minAvailable": spec.get("min_available")}
            return pods.budget(given, replicas, 1, f"{budget.address}: spec")
    return proven(False, release.address, f"no {BUDGET} selects these pods")


def _port(endpoint: object) -> int:
    port = str(endpoint).rpartition(":")[2]
    return int(port) if port.isdigit() else 0
