"""What the platform stands on, whole life and as proofs read it: namespaces, certificates, secrets, the cache, rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ballast.stack import Postgres, Stack
from ballast.terraform.platform import Component, Platform, Release, components, merge, read_plan, unread
from ballast.terraform.platform.shapes import schema_of

from .conftest import Open
from .hcl import MODULES

PLACE: dict[str, Any] = {
    "scheduling": {"node_selector": {"monitoring": "true"}, "tolerations": [{"key": "monitoring", "operator": "Exists"}]},
    "priority_class": "platform",
}
ZONES = {"zones": ["a", "b", "c"]}
DATABASE = {"host": "postgresql-rw.postgresql.svc", "database": "gateway"}
FILES = {"cert": "/vault/tls/tls.crt", "key": "/vault/tls/tls.key", "ca": "/vault/tls/ca.crt"}


def tls(name: str) -> dict[str, str]:
    return {"secret_name": f"{name}-tls", "server_name": f"{name}.{name}.svc"}


MODULES_AND_INPUTS: dict[str, dict[str, Any]] = {
    "namespace-baseline": {
        "namespaces": {"vault": {}, "gateway": {}},
        "flows": {
            "gateway-to-vault": {
                "from": {"namespace": "gateway"},
                "to": {"namespace": "vault"},
                "tcp": [8200],
                "purpose": "Credentials of its database.",
            }
        },
        "api_server": {"cidr": "10.20.0.0/16", "clients": {"vault": [{}]}},
    },
    "certificates": PLACE
    | ZONES
    | {"certificates": {"vault": {"namespace": "vault", "services": ["vault-active"], "headless": ["vault-internal"]}}},
    "external-secrets": PLACE
    | ZONES
    | {
        "vault": {"host": "vault-active.vault.svc"},
        "tls": tls("external-secrets"),
        "components": {
            "gateway": {
                "namespace": "gateway",
                "tls_secret": "gateway-tls",
                "secrets": {"keys": {"keys": {"routing_key": {"path": "pagerduty", "property": "routing_key"}}}},
                "databases": {"database": {"role": "gateway"}},
            }
        },
    },
    "vault": PLACE
    | ZONES
    | {
        "cloud": "aws",
        "unseal": {"key": "arn:aws:kms:eu-west-1:123456789012:key/unseal", "region": "eu-west-1"},
        "tls": tls("vault"),
        "identity": {"service_account": "vault", "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/vault"}},
        "storage_class": "encrypted",
    },
    "vault-content": {
        "components": {"gateway": {"namespace": "gateway", "service_account": "gateway-secrets", "databases": ["gateway"]}},
        "databases": {"gateway": {"grants": "gateway"}},
        "postgresql": DATABASE | {"files": FILES},
        "logins": {
            "people": {
                "discovery_url": "https://login.example.com",
                "audience": "vault",
                "roles": {"sre": {"claims": {"groups": "sre"}, "policies": ["audit"]}},
            }
        },
    },
    "redis": PLACE | {"tls": tls("redis"), "users": {"gateway": {"keys": ["gateway:*"]}}},
    "kubernetes-rbac": {
        "groups": {"viewer": ["engineers"], "on_call": ["sre"], "release_engineer": ["release"], "break_glass": ["leads"]},
        "namespaces": ["gateway"],
    },
}


@pytest.fixture(scope="module")
def plans(opened: Open) -> dict[str, Platform]:
    """Each module as its plan reads, after it was applied, found unchanged and destroyed (what may be)."""
    read = {}
    for module, variables in MODULES_AND_INPUTS.items():
        with opened(MODULES / module, variables) as run:
            done, plan = run.workspace.plan(*run.variables, capture=True)
            assert done.returncode == 0, done.stderr
            read[module] = read_plan(plan, module)
            run.apply()
            run.replan()
            gone = run.tf("destroy")
            if module == "namespace-baseline":
                assert "prevent_destroy" in gone.stderr
            else:
                assert gone.returncode == 0, gone.stderr
    return read


@pytest.fixture(scope="module")
def platform(plans: Mapping[str, Platform]) -> Platform:
    return Platform(
        "foundations",
        tuple(release for part in plans.values() for release in part.releases),
        tuple(manifest for part in plans.values() for manifest in part.manifests),
        tuple(resource for part in plans.values() for resource in part.resources),
    )


@pytest.fixture(scope="module")
def found(platform: Platform) -> dict[str, Component]:
    return {component.name: component for component in components(platform)}


def release_of(platform: Platform, chart: str) -> Release:
    [release] = [release for release in platform.releases if release.chart == chart]
    return release


def changed(platform: Platform, chart: str, over: Mapping[str, Any]) -> dict[str, Component]:
    """The components when the values of one chart are others."""
    release = release_of(platform, chart)
    other = replace(release, values=merge(release.values, over))
    return {c.name: c for c in components(replace(platform, releases=(other,)))}


def test_every_release_has_a_reader(platform: Platform, found: Mapping[str, Component]) -> None:
    assert unread(platform) == []
    assert sorted(found) == [
        "cert-manager",
        "cert-manager-cainjector",
        "cert-manager-webhook",
        "external-secrets",
        "redis",
        "vault",
    ]


def test_every_listener_asks_for_who_calls_but_the_webhook(found: Mapping[str, Component]) -> None:
    open_to_others = {
        (name, listener.name)
        for name, component in found.items()
        for listener in component.listeners
        if not listener.probe_only and not (listener.tls.holds and listener.client_auth.holds)
    }
    # Vault's servers make their own certificates for one another: always, but no value says so.
    assert open_to_others == {("cert-manager-webhook", "admission"), ("vault", "cluster")}
    assert next(x for x in found["vault"].listeners if x.name == "cluster").tls.state == "unproven"
    assert next(x for x in found["cert-manager-webhook"].listeners if x.name == "admission").webhook


def test_the_ports_that_listen(found: Mapping[str, Component]) -> None:
    ports = {name: sorted(x.port for x in c.listeners if not x.probe_only) for name, c in found.items()}
    assert ports == {
        "cert-manager": [],
        "cert-manager-cainjector": [],
        "cert-manager-webhook": [10250],
        "external-secrets": [8443],
        "redis": [6379, 9121],
        "vault": [8200, 8201],
    }


def test_workloads_survive_a_zone_and_a_drain_but_the_cache(found: Mapping[str, Component]) -> None:
    alone = {
        workload.name
        for component in found.values()
        for workload in component.workloads
        if not (workload.spread.holds and workload.pdb.holds and workload.replicas > workload.quorum)
    }
    assert alone == {"redis"}
    [servers] = found["vault"].workloads
    assert (servers.replicas, servers.quorum) == (3, 2)


def test_calls_are_read(found: Mapping[str, Component]) -> None:
    calls = {(name, call.to, call.port) for name, component in found.items() for call in component.calls}
    assert {
        ("cert-manager", "external:kubernetes-api", 443),
        ("external-secrets", "vault", 8200),
        ("vault", "external:awskms", 443),
        ("vault", "external:login.example.com", 443),
        ("vault", "postgresql", 5432),
        ("vault", "vault", 8201),
    } <= calls


def test_images_are_pinned(found: Mapping[str, Component]) -> None:
    images = {image.reference: image.pinned.holds for component in found.values() for image in component.images}
    assert len(images) == 3
    assert all(images.values())


OPEN_METRICS = {"extraArgs": ["--metrics-listen-address=0.0.0.0:9402"]}
OPEN_TUNNEL = {"extraContainers": [{"name": "open", "args": ["server", "--listen=0.0.0.0:1", "--disable-authentication"]}]}


@pytest.mark.parametrize(
    ("chart", "over", "component", "listener"),
    [
        ("cert-manager", {"extraArgs": []}, "cert-manager", "metrics"),
        ("cert-manager", {"cainjector": OPEN_METRICS}, "cert-manager-cainjector", "metrics"),
        ("external-secrets", {"extraArgs": {"metrics-addr": ":8080"}}, "external-secrets", "metrics"),
        ("external-secrets", OPEN_TUNNEL, "external-secrets", "open"),
        ("valkey", {"tls": {"requireClientCertificate": False}}, "redis", "cache"),
        ("valkey", {"tls": {"enabled": False}}, "redis", "cache"),
        ("valkey", {"extraContainers": [{"args": ["--redis.addr=x", "--web.listen-address=:9121"]}]}, "redis", "metrics"),
        ("vault", {"server": {"ha": {"raft": {"config": '{"listener": [{"tcp": {"tls_disable": true}}]}'}}}}, "vault", "api"),
        ("vault", {"server": {"ha": {"raft": {"config": 'listener "tcp" {}'}}}}, "vault", "api"),
    ],
)  # fmt: skip
def test_a_listener_that_is_opened_is_seen(
    platform: Platform, chart: str, over: Mapping[str, Any], component: str, listener: str
) -> None:
    seen = {x.name: x for x in changed(platform, chart, over)[component].listeners}
    assert not seen[listener].client_auth.holds


@pytest.mark.parametrize(
    ("chart", "over", "component"),
    [
        ("cert-manager", {"topologySpreadConstraints": []}, "cert-manager"),
        ("cert-manager", {"webhook": {"podDisruptionBudget": {"enabled": False}}}, "cert-manager-webhook"),
        ("external-secrets", {"podDisruptionBudget": {"minAvailable": 0}}, "external-secrets"),
        ("vault", {"server": {"ha": {"disruptionBudget": {"maxUnavailable": 2}}}}, "vault"),
        ("vault", {"server": {"topologySpreadConstraints": []}}, "vault"),
    ],
)
def test_a_workload_that_may_be_lost_is_seen(platform: Platform, chart: str, over: Mapping[str, Any], component: str) -> None:
    [workload] = changed(platform, chart, over)[component].workloads
    assert not (workload.spread.holds and workload.pdb.holds)


def test_configuration_is_read(found: Mapping[str, Component]) -> None:
    configs = {config.name: config.data for component in found.values() for config in component.configs}
    assert configs["vault"]["seal"] == {
        "awskms": {"region": "eu-west-1", "kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/unseal"}
    }
    assert configs["valkey"]["tls-auth-clients-user"] == "CN"
    assert configs["valkey-users"]["default"][0] == "off"
    assert not any(
        word.startswith((">", "#")) or word == "nopass" for rules in configs["valkey-users"].values() for word in rules
    )


def test_a_certificate_reaches_vault_by_each_of_its_names(platform: Platform) -> None:
    [document] = [m.document for m in platform.of_kind("Certificate") if m.key == "certificate/vault"]
    names = document["spec"]["dnsNames"]
    assert {"vault-active.vault.svc", "*.vault-internal.vault.svc", "localhost"} <= set(names)
    assert document["spec"]["issuerRef"]["name"] == "internal"


def test_no_secret_is_made_by_terraform(platform: Platform) -> None:
    assert platform.of_type("kubernetes_secret_v1", "vault_kv_secret_v2", "vault_generic_secret") == []
    assert platform.of_kind("Secret") == []


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Stack() as stack:
        yield stack.start(Postgres(stack.directory / "postgres", durable=False))


def test_postgresql_takes_what_vault_would_say(plans: Mapping[str, Platform], postgres: Postgres) -> None:
    """The statements of module vault-content on a real server, as a role with the rights that its README names."""
    [role] = plans["vault-content"].of_type("vault_database_secret_backend_role")
    words = {"{{name}}": "v-gateway-1", "{{password}}": "once", "{{expiration}}": "2999-01-01 00:00:00+00"}

    def said(kind: str) -> list[str]:
        texts = list(role.values[kind])
        for placeholder, value in words.items():
            texts = [text.replace(placeholder, value) for text in texts]
        return texts

    with psycopg.connect(postgres.url, autocommit=True) as root:
        for statement in (
            "create role gateway",
            "grant create on schema public to gateway",
            "create role vault login createrole password 'x'",
            "grant gateway to vault with admin option",
            "grant pg_signal_backend to vault",
        ):
            root.execute(sql.SQL(statement))

    def login(user: str, password: str) -> psycopg.Connection[Any]:
        return psycopg.connect(postgres.url, user=user, password=password, autocommit=True)

    with login("vault", "x") as vault:
        for statement in [*said("creation_statements"), *said("renew_statements")]:
            vault.execute(statement.encode())
        with login("v-gateway-1", "once") as made:
            made.execute("create table outbox (id int)")
            owner = made.execute("select tableowner from pg_tables where tablename = 'outbox'").fetchone()
            assert owner == ("gateway",)
            for statement in said("revocation_statements"):
                vault.execute(statement.encode())
            with pytest.raises(psycopg.OperationalError):
                made.execute("select 1")
        with pytest.raises(psycopg.OperationalError):
            login("v-gateway-1", "once")


def test_configuration_fits_what_its_reader_knows(found: Mapping[str, Component]) -> None:
    configs = [config for component in found.values() for config in component.configs]
    assert {config.kind for config in configs} == {"vault", "valkey", "valkey-acl"}
    for config in configs:
        schema = schema_of(config.kind)
        assert schema is not None, config.kind
        assert list(schema.misfits(config.data)) == []


@pytest.mark.parametrize("rule", ["nopass", ">secret", "#5e884898", "+@all everything", "allkeys"])
def test_a_user_with_a_password_or_everything_does_not_fit(rule: str) -> None:
    schema = schema_of("valkey-acl")
    assert schema is not None
    assert list(schema.misfits({"default": ["off"], "gateway": ["on", rule]}))
