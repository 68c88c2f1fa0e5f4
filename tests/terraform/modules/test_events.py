"""What alerts are kept in and travel by, and what breaks it: gateway, PostgreSQL, Kafka and chaos as proofs read them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import yaml

from ballast.stack import tool
from ballast.terraform.charts.keys import template
from ballast.terraform.platform import Component, Listener, Manifest, Platform, components, merge, read_plan, unread
from ballast.terraform.platform.verify import misfits

from .conftest import Open
from .hcl import MODULES

PLACE: dict[str, Any] = {
    "scheduling": {
        "node_selector": {"monitoring": "true"},
        "tolerations": [{"key": "monitoring", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
    },
    "priority_class": "platform",
}
ZONES = {"zones": ["a", "b", "c"]}
DISK = {"storage_class": "encrypted"}
IMAGE = "ghcr.io/acme/ballast-gateway:1.4.0@sha256:" + "0123456789abcdef" * 4
CHAOS = PLACE | {"targets": {"checkout": {"reason": "Game day 3: checkout loses a replica."}}}
INPUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "gateway": (
        "gateway",
        PLACE
        | ZONES
        | {
            "image": IMAGE,
            "database": {"host": "postgresql-rw.postgresql.svc"},
            "tls": {"secret_name": "gateway-tls", "server_name": "gateway.gateway.svc"},
            "sizing": {"replicas": 2, "max_replicas": 6, "cpu": "250m", "memory": "256Mi"},
        },
    ),
    "postgresql": (
        "postgresql",
        PLACE
        | ZONES
        | DISK
        | {
            "object_storage": {"cloud": "aws", "bucket": "acme-backups"},
            "identity": {
                "service_account": "postgresql",
                "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/p"},
            },
            "tls": {"secret_name": "postgresql-tls", "server_name": "postgresql-rw.postgresql.svc"},
            "replication_tls": {"secret_name": "postgresql-replication-tls", "common_name": "streaming_replica"},
            "sizing": {"replicas": 3, "cpu": "1", "memory": "2Gi", "storage_gb": 50},
        },
    ),
    "kafka": (
        "kafka",
        PLACE
        | ZONES
        | DISK
        | {
            "tls": {"secret_name": "kafka-tls", "server_name": "kafka-kafka-bootstrap.kafka.svc"},
            "sizing": {
                "broker": {"replicas": 3, "cpu": "500m", "memory_mb": 2048, "storage_gb": 50},
                "controller": {"replicas": 3, "cpu": "200m", "memory_mb": 1024, "storage_gb": 10},
            },
        },
    ),
    "chaos": ("chaos", CHAOS),
    "litmus": (
        "chaos",
        CHAOS
        | {
            "engine": "litmus",
            "namespace": "litmus",
            "litmus": {
                "host": "chaos.example.com",
                "issuer": "https://id.example.com",
                "client_id": "litmus",
                "secret_name": "litmus-keys",
                "mongodb": "mongodb.mongodb.svc:27017",
                "tls_secret_name": "litmus-tls",
            },
        },
    ),
}


@pytest.fixture(scope="module")
def platform(opened: Open) -> Platform:
    """All of them as their plans read, after each was applied, found unchanged and destroyed."""
    parts = []
    for name, (module, variables) in INPUTS.items():
        with opened(MODULES / module, variables) as run:
            done, plan = run.workspace.plan(*run.variables, capture=True)
            assert done.returncode == 0, done.stderr
            parts.append(read_plan(plan, name))
            run.apply()
            run.replan()
            gone = run.tf("destroy")
            assert gone.returncode == 0, gone.stderr
    return Platform(
        "events",
        tuple(release for part in parts for release in part.releases),
        tuple(manifest for part in parts for manifest in part.manifests),
        tuple(resource for part in parts for resource in part.resources),
    )


@pytest.fixture(scope="module")
def found(platform: Platform) -> dict[str, Component]:
    return {component.name: component for component in components(platform)}


def listener(parts: Mapping[str, Component], component: str, name: str) -> Listener:
    [only] = [one for one in parts[component].listeners if one.name == name]
    return only


def with_values(platform: Platform, chart: str, over: Mapping[str, Any]) -> dict[str, Component]:
    """The components when values of one chart are others."""
    releases = tuple(replace(r, values=merge(r.values, over)) if r.chart == chart else r for r in platform.releases)
    return {c.name: c for c in components(replace(platform, releases=releases))}


def with_manifest(platform: Platform, key: str, *path: str | int, value: Any) -> dict[str, Component]:
    """The components when one value of a manifest is another."""

    def other(manifest: Manifest) -> Manifest:
        if manifest.key != key:
            return manifest
        document: Any = deepcopy(dict(manifest.document))
        here = document
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value
        return replace(manifest, document=document)

    return {c.name: c for c in components(replace(platform, manifests=tuple(other(m) for m in platform.manifests)))}


def test_every_release_has_a_reader(platform: Platform, found: Mapping[str, Component]) -> None:
    assert unread(platform) == []
    assert sorted(found) == [
        "chaos-controller-manager",
        "chaos-daemon",
        "cloudnative-pg",
        "gateway",
        "kafka",
        "kafka-entity-operator",
        "litmus-frontend",
        "litmus-server",
        "postgresql",
        "strimzi",
    ]


def test_every_listener_is_closed_or_said_not_to_be_seen(found: Mapping[str, Component]) -> None:
    """Red nowhere; `unproven` only where Strimzi and Litmus say nothing of what they do among themselves."""
    weak = [
        (component.name, one.name, one.tls.state, one.client_auth.state)
        for component in found.values()
        for one in component.listeners
        if not one.probe_only and not one.webhook and not (one.tls.holds and one.client_auth.holds)
    ]
    assert weak == [
        ("kafka", "control-plane", "unproven", "unproven"),
        ("kafka", "replication", "unproven", "unproven"),
        ("kafka", "agent", "unproven", "unproven"),
        ("litmus-frontend", "web", "yes", "unproven"),
        *(("litmus-server", name, "yes", "unproven") for name in ("graphql", "graphql-rpc", "auth", "auth-rpc")),
    ]
    web = listener(found, "litmus-frontend", "web")
    assert web.human
    assert web.oidc
    assert web.oidc.holds


def test_what_a_page_depends_on_is_spread_and_drained_one_by_one(found: Mapping[str, Component]) -> None:
    parts = {workload.name: workload for component in found.values() for workload in component.workloads}
    assert sorted(name for name, workload in parts.items() if workload.page_path) == ["cloudnative-pg", "gateway", "postgresql"]
    for name in ("cloudnative-pg", "gateway", "postgresql", "brokers", "controllers", "strimzi"):
        assert parts[name].spread.holds, parts[name]
        assert parts[name].pdb.holds, parts[name]
        assert parts[name].quorum < parts[name].replicas
    assert {name: parts[name].quorum for name in ("postgresql", "brokers", "controllers")} == {
        "postgresql": 2,
        "brokers": 2,
        "controllers": 2,
    }


def test_images_are_pinned_and_accounts_are_those_of_the_cloud(found: Mapping[str, Component]) -> None:
    images = [image for component in found.values() for image in component.images]
    assert images
    assert all(image.pinned.holds for image in images)
    [account] = found["postgresql"].service_accounts
    assert (account.name, dict(account.annotations)) == ("postgresql", {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/p"})


def test_who_calls_whom(found: Mapping[str, Component]) -> None:
    calls = {name: {(call.to, call.port) for call in component.calls} for name, component in found.items()}
    assert calls["gateway"] == {("postgresql", 5432), ("external:pagerduty", 443), ("external:api.atlassian.com", 443)}
    assert ("postgresql", 5432) in calls["postgresql"]
    assert ("external:object-storage", 443) in calls["postgresql"]
    assert ("kafka", 9091) in calls["strimzi"]


def test_configuration_fits_its_schema(found: Mapping[str, Component]) -> None:
    configs = [config for component in found.values() for config in component.configs]
    assert sorted(config.kind for config in configs) == ["gateway", "kafka", "kafka-listener", "kafka-listener", "postgresql"]
    assert [m.message for config in configs for m in misfits(config)] == []


@pytest.mark.parametrize(
    "rules",
    [
        ["hostssl all all all scram-sha-256", "host all all all reject"],
        ["host all all all cert", "host all all all reject"],
        ["hostssl all all all cert"],
        [],
    ],
    ids=["a-password-is-enough", "without-tls", "the-operators-last-rule-is-reached", "none"],
)
def test_a_rule_that_admits_without_a_certificate_is_seen(platform: Platform, rules: list[str]) -> None:
    broken = listener(
        with_manifest(platform, "cluster/postgresql", "spec", "postgresql", "pg_hba", value=rules), "postgresql", "postgresql"
    )
    assert not (broken.tls.holds and broken.client_auth.holds)


def test_a_standby_less_is_a_smaller_quorum(platform: Platform) -> None:
    path = ("spec", "postgresql", "synchronous", "dataDurability")
    [loose] = with_manifest(platform, "cluster/postgresql", *path, value="preferred")["postgresql"].workloads
    assert loose.quorum == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tls", False),
        ("authentication", {"type": "scram-sha-512"}),
        ("authentication", {"type": "custom", "listenerConfig": {}}),
    ],
)
def test_a_listener_of_kafka_that_is_open_is_seen(platform: Platform, key: str, value: Any) -> None:
    open_one = with_manifest(platform, "kafka/kafka", "spec", "kafka", "listeners", 0, key, value=value)
    assert not listener(open_one, "kafka", "tls").client_auth.holds


def test_a_gateway_beyond_loopback_is_seen(platform: Platform) -> None:
    [release] = [r for r in platform.releases if r.chart == "gateway"]
    values: Any = deepcopy(dict(release.values))
    for variable in values["deployment"]["template"]["spec"]["containers"][0]["env"]:
        if variable["name"] == "BALLAST_GATEWAY_HOST":
            variable["value"] = "0.0.0.0"
    assert not listener(with_values(platform, "gateway", values), "gateway", "http").tls.holds


def test_chaos_that_takes_orders_from_anybody_is_seen(platform: Platform) -> None:
    assert not listener(
        with_values(platform, "chaos-mesh", {"chaosDaemon": {"mtls": {"enabled": False}}}), "chaos-daemon", "grpc"
    ).client_auth.holds
    dashboard = listener(with_values(platform, "chaos-mesh", {"dashboard": {"create": True}}), "chaos-dashboard", "dashboard")
    assert dashboard.oidc
    assert not dashboard.oidc.holds


def test_operators_whose_metrics_are_open_are_seen(platform: Platform) -> None:
    assert not listener(with_values(platform, "cloudnative-pg", {"additionalArgs": []}), "cloudnative-pg", "metrics").tls.holds


def test_the_gateways_chart_is_what_the_values_say(platform: Platform) -> None:
    """The real helm: five objects, each with the spec that the module gives."""
    [release] = [r for r in platform.releases if r.chart == "gateway"]
    made = template(tool("helm"), MODULES / "gateway" / "charts" / "gateway", release.values, "gateway")
    documents = {str(d["kind"]): d for text in made.values() for d in [yaml.safe_load(text)]}
    assert set(documents) == {"Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Service", "ServiceAccount"}
    for kind, key in (("Deployment", "deployment"), ("Service", "service"), ("HorizontalPodAutoscaler", "autoscaler")):
        assert documents[kind]["spec"] == release.get(key)
