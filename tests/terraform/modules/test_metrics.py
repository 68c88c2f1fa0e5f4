"""Modules prometheus, thanos and victoriametrics as proofs read them: from a plan with the repository's rules and routing."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.stack import tool
from ballast.terraform.charts import mistakes, read_catalog, referenced
from ballast.terraform.platform import Component, Platform, Release, components, merge, read_plan, unread

from .conftest import Open
from .hcl import MODULES

ROOT = Path(__file__).parents[3]
CHARTS, CRDS = ROOT.parent / "shared" / "charts", ROOT.parent / "shared" / "crds"
CATALOGUE = read_catalog(ROOT)
MONITORING: dict[str, Any] = {
    "scheduling": {
        "node_selector": {"ballast/monitoring": "true"},
        "tolerations": [{"key": "ballast/monitoring", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
    },
    "zones": ["a", "b", "c"],
    "priority_class": "page-path",
}


def tls(name: str, namespace: str) -> dict[str, str]:
    return {"secret_name": f"{name}-tls", "server_name": f"{name}.{namespace}.svc"}


def size(replicas: int, storage_gb: int | None = None) -> dict[str, Any]:
    return {"replicas": replicas, "cpu": "500m", "memory": "1Gi"} | ({"storage_gb": storage_gb} if storage_gb else {})


PROMETHEUS = MONITORING | {
    "cluster": "acme-staging",
    "tls": {
        "prometheus": tls("prometheus", "prometheus"),
        "alertmanager": tls("alertmanager", "prometheus"),
        "exporters": tls("exporters", "prometheus"),
        "node_exporter": tls("node-exporter", "agents"),
    },
    "identity": {"service_account": "alertmanager", "annotations": {"example": "role"}},
    "sizing": {"prometheus": size(2, 100), "alertmanager": size(3, 2)},
    "remote_write": {
        "thanos": {"host": "thanos-receive.thanos.svc", "port": 19291, "server_name": "thanos.thanos.svc"},
        "victoriametrics": {
            "host": "vminsert.victoriametrics.svc",
            "port": 8443,
            "server_name": "victoriametrics.victoriametrics.svc",
        },
        "high_cardinality": ["envoy_.*"],
    },
    "alertmanager_config": (ROOT / "alerts/alertmanager.yaml").read_text(),
    "heartbeat": {"kind": "sns", "destination": "arn:aws:sns:eu-west-1:123456789012:heartbeat", "region": "eu-west-1"},
    "rules": {path.stem: path.read_text() for path in sorted((ROOT / "alerts/rules/k8s").glob("*.yaml"))},
    "probes": {"gateway": {"url": "https://gateway.gateway.svc:9095/readyz"}},
}
THANOS = MONITORING | {
    "tls": tls("thanos", "thanos"),
    "identity": {"service_account": "thanos", "annotations": {"example": "role"}},
    "bucket": {"name": "acme-metrics", "endpoint": "s3.eu-west-1.amazonaws.com", "region": "eu-west-1"},
    "cloud": "aws",
    "alertmanager": {
        "host": "prometheus-alertmanager.prometheus.svc",
        "port": 9443,
        "server_name": "alertmanager.prometheus.svc",
    },
    "stores": {
        "own": {"host": "prometheus-thanos-discovery.prometheus.svc", "port": 10901, "server_name": "prometheus.prometheus.svc"}
    },
    "sizing": {
        "receive": size(3, 50),
        "query": size(2),
        "query_frontend": size(2),
        "store": size(2, 10),
        "compactor": size(1, 50),
        "ruler": size(2, 10),
    },
}
VICTORIAMETRICS = MONITORING | {
    "tls": tls("victoriametrics", "victoriametrics"),
    "identity": {"service_account": "victoriametrics", "annotations": {"example": "role"}},
    "bucket": {"name": "acme-backups"},
    "cloud": "gcp",
    "sizing": {"insert": size(2), "select": size(2), "storage": size(3, 50)},
}


@pytest.fixture(scope="module")
def platform(opened: Open) -> Platform:
    """The three modules' plans as one platform."""
    parts = []
    for module, variables in (("prometheus", PROMETHEUS), ("thanos", THANOS), ("victoriametrics", VICTORIAMETRICS)):
        with opened(MODULES / module, variables) as run:
            done, plan = run.workspace.plan(*run.variables, capture=True)
            assert done.returncode == 0, done.stderr
            parts.append(read_plan(plan, module))
    return Platform(
        "metrics",
        tuple(release for part in parts for release in part.releases),
        tuple(manifest for part in parts for manifest in part.manifests),
        tuple(resource for part in parts for resource in part.resources),
    )


@pytest.fixture(scope="module")
def found(platform: Platform) -> dict[str, Component]:
    return {component.name: component for component in components(platform)}


def test_every_release_has_a_reader_and_every_part_is_found(platform: Platform, found: Mapping[str, Component]) -> None:
    assert unread(platform) == []
    assert sorted(found) == [
        "alertmanager",
        "blackbox-exporter",
        "kube-state-metrics",
        "node-exporter",
        "prometheus",
        "prometheus-operator",
        *(f"thanos-{part}" for part in ("compactor", "query", "query-frontend", "receive", "ruler", "store")),
        "vminsert",
        "vmselect",
        "vmstorage",
    ]
    assert {component.namespace for component in found.values()} == {"prometheus", "agents", "thanos", "victoriametrics"}


def test_every_listener_asks_for_who_calls(found: Mapping[str, Component]) -> None:
    listeners = [(name, listener) for name, component in found.items() for listener in component.listeners]
    assert len([1 for _, listener in listeners if not listener.probe_only]) >= 20
    for name, listener in listeners:
        if not listener.probe_only:
            assert (listener.tls.holds, listener.client_auth.holds) == (True, True), f"{name}: {listener}"


def test_what_pages_survives_a_zone_and_a_drain(found: Mapping[str, Component]) -> None:
    workloads = [workload for component in found.values() for workload in component.workloads]
    assert {workload.name for workload in workloads if workload.page_path} == {"prometheus", "alertmanager"}
    for workload in workloads:
        assert workload.pdb.holds, workload
        assert workload.spread.holds, workload


def test_images_are_pinned(found: Mapping[str, Component]) -> None:
    images = {image.reference: image.pinned.holds for component in found.values() for image in component.images}
    assert len(images) == 3
    assert set(images) <= set(json.loads((MODULES / "images.json").read_text()).values())
    assert all(images.values())


@pytest.mark.parametrize(
    ("caller", "to", "port"),
    [
        ("prometheus", "thanos-receive", 19291),
        ("prometheus", "vminsert", 8443),
        ("prometheus", "alertmanager", 9443),
        ("alertmanager", "alertmanager", 9094),
        ("alertmanager", "gateway", 9095),
        ("alertmanager", "external:pagerduty", 443),
        ("alertmanager", "external:sns.eu-west-1.amazonaws.com", 443),
        ("blackbox-exporter", "gateway", 9095),
        ("thanos-query", "prometheus", 10901),
        ("thanos-query", "thanos-store", 10901),
        ("thanos-query-frontend", "thanos-query", 10902),
        ("thanos-receive", "thanos-receive", 10901),
        ("thanos-ruler", "alertmanager", 9443),
        ("thanos-ruler", "thanos-query", 10902),
        ("thanos-store", "external:object-storage", 443),
        ("vminsert", "vmstorage", 8400),
        ("vmselect", "vmstorage", 8401),
    ],
)
def test_calls_are_read(found: Mapping[str, Component], caller: str, to: str, port: int) -> None:
    assert (to, port) in {(call.to, call.port) for call in found[caller].calls}


def test_who_is_called_listens_there(found: Mapping[str, Component]) -> None:
    """A port in a client's configuration is the port of a listener, wherever both ends are ours."""
    for component in found.values():
        for call in component.calls:
            if call.to in found:
                assert call.port in {listener.port for listener in found[call.to].listeners}, (component.name, call)


def test_alertmanager_takes_the_configuration_that_is_rendered(found: Mapping[str, Component], tmp_path: Path) -> None:
    [config] = [config for config in found["alertmanager"].configs if config.kind == "alertmanager"]
    assert [receiver["name"] for receiver in config.data["receivers"]] == ["P1", "P2", "P3", "P4", "heartbeat"]
    path = tmp_path / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config.data))
    done = subprocess.run([tool("amtool"), "check-config", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_configuration_that_is_rendered(found: Mapping[str, Component], tmp_path: Path) -> None:
    [config] = [config for config in found["prometheus"].configs if config.kind == "prometheus"]
    assert [write["name"] for write in config.data["remote_write"]] == ["thanos", "victoriametrics"]
    path = tmp_path / "prometheus.yml"
    path.write_text(yaml.safe_dump(config.data))
    argv = [tool("promtool"), "check", "config", "--syntax-only", path]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_of_the_repository_is_in_the_plan(platform: Platform) -> None:
    rules = {m.document["metadata"]["name"] for m in platform.of_kind("PrometheusRule")}
    assert rules == {"heartbeat", *(f"slo-{service}" for service in PROMETHEUS["rules"])}
    assert {m.namespace for m in platform.of_kind("PrometheusRule")} == {"prometheus"}


def without(release: Release, *path: str, value: Any = None) -> Release:
    """The release with another value at `path`."""
    over: Any = value
    for key in reversed(path):
        over = {key: over}
    return replace(release, values=merge(release.values, over))


SPEC, MESH = ("prometheus", "prometheusSpec"), ("alertmanager", "alertmanagerSpec")
BREAKS: list[tuple[str, tuple[str, ...], Any, str]] = [
    ("kube-prometheus-stack", (*SPEC, "listenLocal"), False, "prometheus"),
    ("kube-prometheus-stack", (*MESH, "listenLocal"), False, "alertmanager"),
    ("kube-prometheus-stack", (*MESH, "clusterTLS", "server", "clientAuthType"), "NoClientCert", "alertmanager"),
    ("kube-prometheus-stack", (*SPEC, "thanos", "grpcServerTlsConfig", "caFile"), "", "prometheus"),
    ("kube-prometheus-stack", ("kube-state-metrics", "authFilter", "enabled"), False, "kube-state-metrics"),
    ("kube-prometheus-stack", ("prometheus-node-exporter", "kubeRBACProxy", "enabled"), False, "node-exporter"),
    ("kube-prometheus-stack", ("prometheusOperator", "extraArgs"), [], "prometheus-operator"),
    ("prometheus-blackbox-exporter", ("extraArgs",), [], "blackbox-exporter"),
    ("thanos", ("receive", "extraArgs"), ["--http.config=/etc/thanos-web/web.yml"], "thanos-receive"),
    ("thanos", ("queryFrontend", "extraArgs"), [], "thanos-query-frontend"),
    ("victoria-metrics-cluster", ("vmstorage", "extraArgs", "vminsertAddr"), ":8400", "vmstorage"),
]  # fmt: skip


@pytest.mark.parametrize(("chart", "path", "value", "component"), BREAKS, ids=[".".join(b[1]) for b in BREAKS])
def test_an_open_listener_is_seen(platform: Platform, chart: str, path: tuple[str, ...], value: Any, component: str) -> None:
    releases = tuple(without(r, *path, value=value) if r.chart == chart else r for r in platform.releases)
    [broken] = [c for c in components(replace(platform, releases=releases)) if c.name == component]
    assert any(not (x.tls.holds and x.client_auth.holds) for x in broken.listeners if not x.probe_only), broken.listeners


def test_a_tunnel_that_asks_for_no_certificate_is_seen(platform: Platform) -> None:
    path = ("prometheus", "prometheusSpec", "containers")
    [release] = [r for r in platform.releases if r.chart == "kube-prometheus-stack"]
    opened = [c | {"args": [*c["args"], "--disable-authentication"]} for c in release.get(*path)]
    [broken] = [
        c for c in components(replace(platform, releases=(without(release, *path, value=opened),))) if c.name == "prometheus"
    ]
    assert [x.client_auth.state for x in broken.listeners if x.name == "tls-web"] == ["no"]


def test_thanos_web_file_outside_the_plan_is_unproven(platform: Platform) -> None:
    [query] = [c for c in components(replace(platform, resources=())) if c.name == "thanos-query"]
    assert {x.tls.state for x in query.listeners if x.name == "http"} == {"unproven"}


@pytest.mark.skipif(not CHARTS.is_dir(), reason="the keys of the pinned charts are in ../shared, which is not here")
def test_charts_know_every_value(platform: Platform) -> None:
    for release in platform.releases:
        known = referenced(CHARTS, release.chart, release.version)
        assert known is not None, release.version
        assert list(mistakes(release.values, known.keys, CATALOGUE[release.chart].open)) == [], release.chart


def misfits(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    """Where a value is not of its CRD's shape: unknown fields, other types, values that are not offered."""
    if value is None or schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": int | float, "boolean": bool}
    if "type" in schema and not isinstance(value, types[schema["type"]]):
        yield f"{at} is no {schema['type']}: {value!r}"
    elif isinstance(value, dict):
        for key, item in value.items():
            below = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if below is None and "properties" in schema:
                yield f"{at}.{key} is unknown"
            elif isinstance(below, dict):
                yield from misfits(item, below, f"{at}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from misfits(item, schema.get("items", {}), f"{at}[{number}]")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value!r}, not one of {schema['enum']}"
    elif "pattern" in schema and not re.search(schema["pattern"], str(value)):
        yield f"{at} is {value!r}, which does not match {schema['pattern']}"


def spec_schema(kind: str) -> Mapping[str, Any]:
    definition = json.loads((CRDS / f"{kind.lower()}.monitoring.coreos.com.json").read_text())
    schema: Mapping[str, Any] = definition["versions"][0]["schema"]["properties"]["spec"]
    return schema


@pytest.mark.skipif(not CRDS.is_dir(), reason="the operator's CRDs are in ../shared, which is not here")
def test_what_the_chart_passes_on_is_what_the_operator_knows(platform: Platform) -> None:
    """The chart copies most of a spec as it is into the custom resource; two keys have other names there, and of the image it
    makes one string."""
    [release] = [r for r in platform.releases if r.chart == "kube-prometheus-stack"]
    prometheus = {
        key: value
        for key, value in release.get(*SPEC).items()
        if not key.endswith("SelectorNilUsesHelmValues") and key not in ("additionalAlertRelabelConfigs", "image")
    }
    mesh = {key: value for key, value in release.get(*MESH).items() if key != "image"}
    prometheus |= {"storage": prometheus.pop("storageSpec"), "alerting": {"alertmanagers": prometheus.pop("alertingEndpoints")}}
    found = [
        *misfits(prometheus, spec_schema("Prometheus"), "prometheus"),
        *misfits(mesh, spec_schema("Alertmanager"), "alertmanager"),
        *(f for m in platform.manifests for f in misfits(m.document["spec"], spec_schema(m.kind), m.key)),
    ]
    assert found == []
