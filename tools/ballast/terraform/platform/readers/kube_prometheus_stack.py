"""kube-prometheus-stack, as module `prometheus` uses it: Prometheus, Alertmanager, their operator and two exporters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ballast.terraform.platform import pods
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
    unproven,
)
from ballast.terraform.platform.registry import reader, readers

SPEC = ("prometheus", "prometheusSpec")
ALERTMANAGER = ("alertmanager", "alertmanagerSpec")
RENAMED = {"retryOnRateLimit": "retry_on_http_429"}
MONITORS: dict[str, tuple[tuple[str, ...], int]] = {
    "grafana": (("serviceMonitor", "enabled"), 3000),
    "loki": (("monitoring", "serviceMonitor", "enabled"), 3100),
    "tempo-distributed": (("metaMonitoring", "serviceMonitor", "enabled"), 3200),
    "thanos": (("global", "serviceMonitor", "enabled"), 10902),
}
"""By chart, the value that makes its ServiceMonitors and the port that they name."""
API_SERVER = Call("external:kubernetes-api", 443, "discovery, custom resources")


@reader("kube-prometheus-stack")
def kube_prometheus_stack(release: Release, platform: Platform) -> Iterator[Component]:
    """Five components."""
    yield _prometheus(release, platform)
    yield _alertmanager(release)
    yield _operator(release)
    yield _kube_state_metrics(release)
    yield _node_exporter(release)


def _prometheus(release: Release, platform: Platform) -> Component:
    spec = release.get(*SPEC, default={})
    containers = spec.get("containers") or []
    where = release.where(*SPEC, "containers")
    replicas = int(spec.get("replicas") or 1)
    thanos = spec.get("thanos") or {}
    calls = [pods.call(str(write["url"]), f"remote write to {write['name']}") for write in spec.get("remoteWrite") or ()]
    for endpoint in spec.get("alertingEndpoints") or ():
        port = int(release.get("alertmanager", "service", "targetPort", default=0))
        calls.append(Call(pods.callee(f"{endpoint['name']}.{endpoint['namespace']}.svc"), port, "alerts"))
    calls += [API_SERVER, Call("external:kubelet", 10250, "scrape"), Call("node-exporter", 9100, "scrape")]
    calls += [Call("kube-state-metrics", 8080, "scrape"), *_scrapes(platform)]
    return Component(
        name="prometheus",
        namespace=release.namespace,
        source=release.address,
        workloads=(_workload(release, "prometheus", SPEC, replicas),),
        listeners=(*_web(release, SPEC, 9090), *pods.tunnels(containers, where), _store_api(release, thanos)),
        calls=tuple(calls),
        configs=(Config("prometheus", "prometheus", _prometheus_config(release), release.where(*SPEC)),),
        images=pods.images(containers, where),
        service_accounts=_account(release, "prometheus"),
    )


def _prometheus_config(release: Release) -> dict[str, Any]:
    """What the operator makes of the spec, without scrapes and rules, which are other resources.

    Alertmanagers are named by their service here; the operator finds its pods through the API server.
    """
    spec = release.get(*SPEC, default={})
    port = release.get("alertmanager", "service", "targetPort", default=9093)
    alertmanagers = [
        {
            **_snake(
                {key: value for key, value in endpoint.items() if key in ("scheme", "timeout", "apiVersion", "tlsConfig")}
            ),
            "static_configs": [{"targets": [f"{endpoint['name']}.{endpoint['namespace']}.svc:{port}"]}],
        }
        for endpoint in spec.get("alertingEndpoints") or ()
    ]
    return {
        "global": {
            "scrape_interval": spec.get("scrapeInterval", "30s"),
            "evaluation_interval": spec.get("evaluationInterval", "30s"),
            "external_labels": {
                **(spec.get("externalLabels") or {}),
                spec.get("replicaExternalLabelName", "prometheus_replica"): "0",
            },
        },
        "alerting": {
            "alert_relabel_configs": _snake(spec.get("additionalAlertRelabelConfigs") or []),
            "alertmanagers": alertmanagers,
        },
        "remote_write": _snake(spec.get("remoteWrite") or []),
    }


def _snake(data: Any) -> Any:
    """The operator's keys as Prometheus writes them; names of HTTP headers stay."""
    if isinstance(data, list):
        return [_snake(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        RENAMED.get(key, re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()): value if key == "headers" else _snake(value)
        for key, value in data.items()
    }


def _scrapes(platform: Platform) -> Iterator[Call]:
    """What is scraped besides: by monitors that charts make of values, and by PodMonitors, named after their component."""
    for release in platform.releases:
        path, port = MONITORS.get(release.chart, ((), 0))
        if path and release.get(*path) is True:
            for component in readers()[release.chart](release, platform):
                if any(listener.port == port for listener in component.listeners):
                    yield Call(component.name, port, "scrape")
    for monitor in platform.of_kind("PodMonitor"):
        for endpoint in monitor.document.get("spec", {}).get("podMetricsEndpoints", ()):
            yield Call(str(monitor.document["metadata"]["name"]), int(endpoint.get("portNumber", 0)), "scrape")


def _alertmanager(release: Release) -> Component:
    spec = release.get(*ALERTMANAGER, default={})
    containers = spec.get("containers") or []
    where = release.where(*ALERTMANAGER, "containers")
    config = release.get("alertmanager", "config", default={})
    return Component(
        name="alertmanager",
        namespace=release.namespace,
        source=release.address,
        workloads=(_workload(release, "alertmanager", ALERTMANAGER, int(spec.get("replicas") or 1)),),
        listeners=(*_web(release, ALERTMANAGER, 9093), *pods.tunnels(containers, where), _mesh(release)),
        calls=(Call("alertmanager", 9094, "mesh"), *_receivers(config)),
        configs=(Config("alertmanager", "alertmanager", config, release.where("alertmanager", "config")),),
        images=pods.images(containers, where),
        service_accounts=_account(release, "alertmanager"),
    )


def _operator(release: Release) -> Component:
    """It answers nobody where its webhooks are off and it listens on loopback."""
    path = ("prometheusOperator", "extraArgs")
    address = next(
        (str(a).partition("=")[2] for a in release.get(*path, default=[]) if str(a).startswith("--web.listen-address=")), ""
    )
    listeners: tuple[Listener, ...] = ()
    if not pods.loopback(address, "").holds or release.get("prometheusOperator", "tls", "enabled") is not False:
        tls = release.get("prometheusOperator", "tls", "enabled")
        where = release.where("prometheusOperator", "tls", "enabled")
        encrypted = unproven(where, "the chart's default") if tls is None else proven(bool(tls), where)
        listeners = (Listener("operator", 10250, "https", encrypted, proven(False, where, "asks for no certificate")),)
    return Component(
        name="prometheus-operator",
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                "prometheus-operator",
                "Deployment",
                1,
                0,
                proven(True, release.where("prometheusOperator"), "one: what it has made runs on without it"),
                proven(True, release.where("prometheusOperator"), "nothing waits for it"),
            ),
        ),
        listeners=listeners,
        calls=(API_SERVER,),
    )


def _kube_state_metrics(release: Release) -> Component:
    here = "kube-state-metrics"
    arguments = [str(a) for a in release.get(here, "extraArgs", default=[])]
    tls = proven(any(a.startswith("--tls-config=") for a in arguments), release.where(here, "extraArgs"))
    token = proven(
        release.get(here, "authFilter", "enabled") is True,
        release.where(here, "authFilter", "enabled"),
        "a service-account token",
    )
    return Component(
        name=here,
        namespace=release.namespace,
        source=release.address,
        workloads=(_single(release, here, "Deployment"),),
        listeners=(Listener("metrics", 8080, "https", tls, token),),
        calls=(API_SERVER,),
    )


def _node_exporter(release: Release) -> Component:
    here = "prometheus-node-exporter"
    proxy = release.get(here, "kubeRBACProxy", "enabled") is True
    where = release.where(here, "kubeRBACProxy")
    key = release.get(here, "tlsSecret", "enabled") is True and release.get(here, "kubeRBACProxy", "tls", "enabled") is True
    return Component(
        name="node-exporter",
        namespace=str(release.get(here, "namespaceOverride", default=release.namespace)),
        source=release.address,
        workloads=(_single(release, here, "DaemonSet"),),
        listeners=(
            Listener("metrics", 9100, "https", proven(proxy and key, where), proven(proxy, where, "a service-account token")),
        ),
        calls=(API_SERVER,),
    )


def _workload(release: Release, name: str, path: tuple[str, ...], replicas: int) -> Workload:
    spec = release.get(*path, default={})
    pdb = release.get(path[0], "podDisruptionBudget")
    return Workload(
        name=name,
        kind="StatefulSet",
        replicas=replicas,
        quorum=1,  # each replica does the whole job
        spread=pods.spread(spec.get("topologySpreadConstraints"), release.where(*path, "topologySpreadConstraints")),
        pdb=pods.budget(pdb, replicas, 1, release.where(path[0], "podDisruptionBudget")),
        page_path=True,
    )


def _single(release: Release, part: str, kind: str) -> Workload:
    where = release.where(part)
    fine = proven(True, where, "nothing waits for it: a gap in its metrics is an alert of its own")
    return Workload(part.removeprefix("prometheus-"), "DaemonSet" if kind == "DaemonSet" else "Deployment", 1, 0, fine, fine)


def _web(release: Release, path: tuple[str, ...], port: int) -> tuple[Listener, ...]:
    """The application's own listener, where it is not on loopback."""
    spec = release.get(*path, default={})
    if spec.get("listenLocal") is True:
        return ()
    tls = (spec.get("web") or {}).get("tlsConfig") or {}
    where = release.where(*path, "web", "tlsConfig")
    required = proven(tls.get("clientAuthType") == "RequireAndVerifyClientCert", where)
    return (Listener("web", port, "https" if tls else "http", proven(bool(tls), where), required),)


def _store_api(release: Release, thanos: dict[str, object]) -> Listener:
    where = release.where(*SPEC, "thanos", "grpcServerTlsConfig")
    tls = thanos.get("grpcServerTlsConfig")
    tls = tls if isinstance(tls, dict) else {}
    keys = proven(bool(tls.get("certFile")) and bool(tls.get("keyFile")), where)
    return Listener("store-api", 10901, "grpc", keys, proven(bool(tls.get("caFile")), where))


def _mesh(release: Release) -> Listener:
    where = release.where(*ALERTMANAGER, "clusterTLS", "server")
    server = release.get(*ALERTMANAGER, "clusterTLS", "server", default={})
    keys = proven(bool(server.get("certFile")) and bool(server.get("keyFile")), where)
    return Listener("mesh", 9094, "tls", keys, proven(server.get("clientAuthType") == "RequireAndVerifyClientCert", where))


def _receivers(config: dict[str, object]) -> list[Call]:
    found: dict[tuple[str, int], Call] = {}
    receivers = config.get("receivers")
    for receiver in receivers if isinstance(receivers, list) else []:
        made = [pods.call(str(w["url"]), f"webhook of {receiver['name']}") for w in receiver.get("webhook_configs") or ()]
        made += [Call("external:pagerduty", 443, "pages, directly") for _ in receiver.get("pagerduty_configs") or ()]
        made += [pods.call(str(s["api_url"]), "heartbeat") for s in receiver.get("sns_configs") or ()]
        for call in made:
            found.setdefault((call.to, call.port), call)
    return list(found.values())


def _account(release: Release, part: str) -> tuple[ServiceAccount, ...]:
    account = release.get(part, "serviceAccount", default={})
    return (ServiceAccount(str(account["name"]), account.get("annotations") or {}),) if account.get("name") else ()
