"""Modules loki, tempo, collectors and grafana as proofs read them, each listener and each way in broken once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.terraform.charts import mistakes, read_catalog, referenced
from ballast.terraform.platform import Component, Platform, Release, components, merge, read_plan, unread
from ballast.terraform.platform.verify import misfits

from .conftest import Open
from .hcl import MODULES

ROOT = Path(__file__).parents[3]
CHARTS = ROOT.parent / "shared" / "charts"
CATALOGUE = read_catalog(ROOT)
ROUTING = yaml.safe_load((ROOT / "alerts/routing.yaml").read_text())
SCHEDULING: dict[str, Any] = {
    "node_selector": {"ballast/monitoring": "true"},
    "tolerations": [{"key": "ballast/monitoring", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
}
COMMON: dict[str, Any] = {"scheduling": SCHEDULING, "priority_class": "platform"}


def tls(name: str, namespace: str) -> dict[str, str]:
    return {"secret_name": f"{name}-tls", "server_name": f"{name}.{namespace}.svc"}


def endpoint(host: str, port: int) -> dict[str, Any]:
    return {"host": host, "port": port, "server_name": host}


def identity(name: str) -> dict[str, Any]:
    return {"service_account": name, "annotations": {"example": "role"}}


BUCKET = {"name": "acme", "endpoint": "s3.eu-west-1.amazonaws.com", "region": "eu-west-1"}
GIVEN: dict[str, dict[str, Any]] = {
    "loki": COMMON
    | {"cloud": "aws", "bucket": BUCKET, "identity": identity("loki"), "tls": tls("loki", "loki"), "zones": ["a", "b", "c"]},
    "tempo": COMMON
    | {
        "cluster": "acme-staging",
        "cloud": "gcp",
        "bucket": BUCKET,
        "identity": identity("tempo"),
        "tls": tls("tempo", "tempo"),
        "remote_write": endpoint("thanos-receive.thanos.svc", 19291),
        "kafka": {
            "bootstrap": endpoint("kafka-kafka-bootstrap.kafka.svc", 9094),
            "brokers": [endpoint(f"kafka-brokers-{n}.kafka-kafka-brokers.kafka.svc", 9094) for n in range(3)],
        },
    },
    "collectors": COMMON
    | {
        "cluster": "acme-staging",
        "identity": identity("collector"),
        "tls": {"collector": tls("collector", "collectors"), "agent": tls("log-agent", "agents")},
        "endpoints": {
            "tempo": endpoint("tempo-distributor.tempo.svc", 4317),
            "loki": endpoint("loki-distributor.loki.svc", 3100),
            "metrics": endpoint("thanos-receive.thanos.svc", 19291),
        },
        "heartbeat": {"project": "acme", "topic": "projects/acme/topics/heartbeat"},
        "kafka": endpoint("kafka-kafka-bootstrap.kafka.svc", 9093),
    },
    "grafana": {
        "scheduling": SCHEDULING,
        "host": "grafana.example.com",
        "tls": tls("grafana", "grafana"),
        "database": endpoint("postgresql-rw.postgresql.svc", 5432) | {"secret_name": "grafana-postgresql"},
        "redis": endpoint("redis.redis.svc", 6379),
        "page_tiers": {name: {"severity": t["severity"]} for name, t in ROUTING["tiers"].items() if "pagerduty" in t["legs"]},
        "oidc": {
            "client_id": "grafana",
            "auth_url": "https://id.example.com/authorize",
            "token_url": "https://id.example.com/token",
            "api_url": "https://id.example.com/userinfo",
            "roles": {"Admin": ["sre"], "Viewer": ["all"]},
        },
        "machine": {
            "issuer": "https://token.example.com",
            "jwk_set_url": "https://token.example.com/jwks",
            "audience": "grafana",
            "subjects": ["repo:acme/ballast:environment:staging"],
        },
        "upstreams": {
            "loki": endpoint("loki-query-frontend.loki.svc", 3100),
            "tempo": endpoint("tempo-query-frontend.tempo.svc", 3200),
            "thanos": endpoint("thanos-query-frontend.thanos.svc", 10902),
            "gateway": endpoint("gateway.gateway.svc", 9095),
        },
    },
}


@pytest.fixture(scope="module")
def platform(opened: Open) -> Platform:
    """The four modules' plans as one platform."""
    parts = []
    for module, variables in GIVEN.items():
        with opened(MODULES / module, variables) as run:
            done, plan = run.workspace.plan(*run.variables, capture=True)
            assert done.returncode == 0, done.stderr
            parts.append(read_plan(plan, module))
    return Platform(
        "signals",
        tuple(release for part in parts for release in part.releases),
        tuple(manifest for part in parts for manifest in part.manifests),
        tuple(resource for part in parts for resource in part.resources),
    )


@pytest.fixture(scope="module")
def found(platform: Platform) -> dict[str, Component]:
    return {component.name: component for component in components(platform)}


def test_every_release_has_a_reader_and_every_part_is_found(platform: Platform, found: Mapping[str, Component]) -> None:
    assert unread(platform) == []
    loki = (
        "compactor",
        "distributor",
        "index-gateway",
        "ingester",
        "querier",
        "query-frontend",
        "query-scheduler",
        "rollout-operator",
    )
    tempo = ("backend-scheduler", "backend-worker", "block-builder", "distributor", "live-store", "metrics-generator")
    assert sorted(found) == sorted(
        [
            "collector",
            "grafana",
            "log-agent",
            *(f"loki-{part}" for part in loki),
            *(f"tempo-{part}" for part in (*tempo, "querier", "query-frontend")),
        ]
    )


def test_every_listener_asks_for_who_calls(found: Mapping[str, Component]) -> None:
    listeners = [(name, listener) for name, component in found.items() for listener in component.listeners]
    assert len([1 for _, listener in listeners if not listener.probe_only]) == 7 * 3 + 8 * 3 + 1 + 2 + 1
    for name, listener in listeners:
        if listener.human:
            assert listener.tls.holds, name
            assert listener.oidc is not None, name
            assert listener.oidc.holds, listener.oidc
        elif not listener.probe_only:
            assert (listener.tls.holds, listener.client_auth.holds) == (True, True), f"{name}: {listener}"


def test_everything_survives_a_zone_and_a_drain_but_what_says_why(found: Mapping[str, Component]) -> None:
    for component in found.values():
        [workload] = component.workloads
        assert workload.spread.holds, workload
        assert workload.pdb.holds, workload
    whole = {c.name for c in found.values() for w in c.workloads if w.replicas > 1 and w.quorum == w.replicas}
    assert whole == {"tempo-live-store"}  # one a partition: what it has not written out, no other has


def test_images_are_pinned(found: Mapping[str, Component]) -> None:
    images = {image.reference: image.pinned.holds for component in found.values() for image in component.images}
    assert len(images) == 3
    assert set(images) <= set(json.loads((MODULES / "images.json").read_text()).values())
    assert all(images.values())


@pytest.mark.parametrize(
    ("caller", "to", "port"),
    [
        ("loki-distributor", "loki-ingester", 9095),
        ("loki-distributor", "loki-ingester", 7946),
        ("loki-querier", "loki-query-scheduler", 9095),
        ("loki-querier", "loki-index-gateway", 9095),
        ("loki-query-frontend", "loki-querier", 3100),
        ("loki-querier", "loki-compactor", 9095),
        ("loki-ingester", "external:object-storage", 443),
        ("tempo-distributor", "kafka", 9094),
        ("tempo-live-store", "kafka", 9094),
        ("tempo-querier", "tempo-live-store", 9095),
        ("tempo-querier", "tempo-query-frontend", 9095),
        ("tempo-backend-worker", "tempo-backend-scheduler", 9095),
        ("tempo-metrics-generator", "thanos-receive", 19291),
        ("collector", "tempo-distributor", 4317),
        ("collector", "loki-distributor", 3100),
        ("collector", "thanos-receive", 19291),
        ("collector", "kafka", 9093),
        ("collector", "external:pubsub.googleapis.com", 443),
        ("log-agent", "collector", 4317),
        ("grafana", "loki-query-frontend", 3100),
        ("grafana", "tempo-query-frontend", 3200),
        ("grafana", "gateway", 9095),
        ("grafana", "external:pagerduty", 443),
        ("grafana", "external:id.example.com", 443),
        ("grafana", "postgresql", 5432),
        ("grafana", "redis", 6379),
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


@pytest.mark.parametrize("kind", ["loki", "tempo", "opentelemetry", "grafana-ini"])
def test_configuration_is_of_its_programs_shape(found: Mapping[str, Component], kind: str) -> None:
    configs = [config for component in found.values() for config in component.configs if config.kind == kind]
    assert configs
    for config in configs:
        assert [(m.path, m.message, m.mend) for m in misfits(config)] == []


def without(release: Release, *path: str, value: Any = None) -> Release:
    """The release with another value at `path`."""
    over: Any = value
    for key in reversed(path):
        over = {key: over}
    return replace(release, values=merge(release.values, over))


LOKI, TEMPO = ("loki", "structuredConfig"), ("tempo", "structuredConfig")
OTLP = (*TEMPO, "distributor", "receivers", "otlp", "protocols", "grpc", "tls")
RECEIVERS = ("alternateConfig", "receivers")
BREAKS: list[tuple[str, tuple[str, ...], Any, str]] = [
    ("loki", (*LOKI, "server", "http_tls_config"), None, "loki-distributor"),
    ("loki", (*LOKI, "server", "grpc_tls_config", "client_auth_type"), "VerifyClientCertIfGiven", "loki-ingester"),
    ("loki", (*LOKI, "memberlist", "bind_addr"), ["0.0.0.0"], "loki-querier"),
    ("tempo-distributed", (*TEMPO, "server", "http_tls_config", "client_ca_file"), "", "tempo-query-frontend"),
    ("tempo-distributed", (*TEMPO, "memberlist", "bind_addr"), None, "tempo-live-store"),
    ("tempo-distributed", (*OTLP, "client_ca_file"), "", "tempo-distributor"),
    ("opentelemetry-collector", (*RECEIVERS, "otlp", "protocols", "grpc", "tls", "client_ca_file"), None, "collector"),
    ("opentelemetry-collector", (*RECEIVERS, "webhookevent", "tls"), None, "collector"),
    ("opentelemetry-collector", ("alternateConfig",), None, "collector"),
]  # fmt: skip


@pytest.mark.parametrize(("chart", "path", "value", "component"), BREAKS, ids=[".".join(b[1][-3:]) for b in BREAKS])
def test_an_open_listener_is_seen(platform: Platform, chart: str, path: tuple[str, ...], value: Any, component: str) -> None:
    releases = tuple(without(r, *path, value=value) if r.chart == chart else r for r in platform.releases)
    [broken] = [c for c in components(replace(platform, releases=releases)) if c.name == component]
    assert any(not (x.tls.holds and x.client_auth.holds) for x in broken.listeners if not x.probe_only), broken.listeners


def test_a_relay_that_asks_for_no_certificate_is_seen(platform: Platform) -> None:
    [release] = [r for r in platform.releases if r.chart == "loki"]
    [relay] = release.get("querier", "extraContainers")
    opened = relay | {"args": [a.replace('"require_client_certificate":true', '"x":1') for a in relay["args"]]}
    broken = without(release, "querier", "extraContainers", value=[opened])
    [querier] = [c for c in components(replace(platform, releases=(broken,))) if c.name == "loki-querier"]
    assert [x.client_auth.state for x in querier.listeners if x.port == 7946] == ["no"]


WAYS_IN: list[tuple[tuple[str, str], Any, str]] = [
    (("auth.generic_oauth", "enabled"), False, "OIDC"),
    (("auth.generic_oauth", "role_attribute_strict"), None, "roles"),
    (("auth", "disable_login_form"), False, "login form"),
    (("auth.basic", "enabled"), None, "basic"),
    (("auth.anonymous", "enabled"), True, "anonymous"),
    (("security", "disable_initial_admin_creation"), False, "first admin"),
]


@pytest.mark.parametrize(("path", "value", "said"), WAYS_IN, ids=[".".join(way[0]) for way in WAYS_IN])
def test_another_way_into_grafana_is_seen(platform: Platform, path: tuple[str, str], value: Any, said: str) -> None:
    [release] = [r for r in platform.releases if r.chart == "grafana"]
    [broken] = components(replace(platform, releases=(without(release, "grafana.ini", *path, value=value),)))
    [ui] = [listener for listener in broken.listeners if listener.human]
    assert ui.oidc is not None
    assert ui.oidc.state == "no"
    assert said in ui.oidc.reason


def test_no_secret_is_a_value(platform: Platform) -> None:
    """Whatever a key calls a secret is a path, or Grafana's reference to a file."""
    [release] = [r for r in platform.releases if r.chart == "grafana"]
    secrets = {
        f"{section}.{key}": value
        for section, values in release.get("grafana.ini").items()
        for key, value in values.items()
        if any(word in key for word in ("secret", "password", "username")) and not key.endswith(("_claim", "path"))
    }
    assert set(secrets) == {"auth.generic_oauth.client_secret", "security.secret_key"}
    assert all(str(value).startswith("$__file{") for value in secrets.values())


@pytest.mark.skipif(not CHARTS.is_dir(), reason="the keys of the pinned charts are in ../shared, which is not here")
def test_charts_know_every_value(platform: Platform) -> None:
    for release in platform.releases:
        known = referenced(CHARTS, release.chart, release.version)
        assert known is not None, release.version
        assert list(mistakes(release.values, known.keys, CATALOGUE[release.chart].open)) == [], release.chart


def test_grafana_takes_the_repositorys_own_alerts(opened: Open, tmp_path: Path) -> None:
    """`alerts/grafana.yaml`, routing and links as they stand; each alert has its runbook and its tier."""
    settings = yaml.safe_load((ROOT / "alerts/settings.yaml").read_text())
    given = {
        "cluster": "acme-staging",
        "data_sources": {name: f"http://127.0.0.1:{port}" for name, port in (("thanos", 1), ("loki", 2), ("tempo", 3))},
        "gateway_url": "http://127.0.0.1:4/v1/alertmanager",
        "page_contact_points": ["P1", "P2"],
        "teams": {},
        "folders": {},
        "dashboards": str(tmp_path),
        "slos": yaml.safe_load((ROOT / "alerts/grafana.yaml").read_text())["slos"],
        "routes": ROUTING["routes"],
        "tiers": ROUTING["tiers"],
        "links": {"runbook": settings["runbook_url"], "dashboard": settings["dashboard_url"]},
    }
    with opened(MODULES / "grafana-content", given) as run:
        outputs = run.apply()
        run.replan()
    alerts: dict[str, str] = outputs["alerts"]
    assert len(alerts) == 2 * len(given["slos"])
    for name, url in alerts.items():
        page = ROOT / "runbooks" / url.rpartition("/")[2]
        assert page.is_file(), name
        assert page.stem == name
