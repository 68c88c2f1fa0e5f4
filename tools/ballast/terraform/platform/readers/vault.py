"""Vault: its listener, seal and raft peers are in the configuration that travels inside the values."""

from __future__ import annotations

import json
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
    Workload,
    proven,
    unproven,
)
from ballast.terraform.platform.registry import reader

CONFIG = ("server", "ha", "raft", "config")
API, CLUSTER = 8200, 8201


@reader("vault")
def vault(release: Release, platform: Platform) -> Iterator[Component]:
    """The servers, and what sign-ins and engines of the plan make them call."""
    config = _config(release)
    where = release.where(*CONFIG)
    account = release.get("server", "serviceAccount", default={})
    containers = release.get("server", "extraContainers", default=[])
    yield Component(
        name="vault",
        namespace=release.namespace,
        source=release.address,
        workloads=(_workload(release),),
        listeners=tuple(_listeners(config, where)),
        calls=tuple(dict.fromkeys(_calls(config, platform))),
        configs=(Config("vault", "vault", config, where),),
        images=(*_image(release), *pods.images(containers, release.where("server", "extraContainers"))),
        service_accounts=(ServiceAccount(str(account.get("name", "vault")), account.get("annotations") or {}),),
    )


def _config(release: Release) -> Mapping[str, Any]:
    """The configuration, empty where it is HCL: a module of ours writes JSON, so nothing of it would be proven."""
    try:
        read = json.loads(str(release.get(*CONFIG, default="{}")))
    except ValueError:
        return {}
    return read if isinstance(read, Mapping) else {}


def _listeners(config: Mapping[str, Any], where: str) -> Iterator[Listener]:
    for entry in config.get("listener") or [{}]:
        tcp = entry.get("tcp", {})
        encrypted = not tcp.get("tls_disable") and bool(tcp.get("tls_cert_file")) and bool(tcp.get("tls_key_file"))
        required = tcp.get("tls_require_and_verify_client_cert") is True and bool(tcp.get("tls_client_ca_file"))
        yield Listener(
            "api", _port(tcp.get("address"), API), "https", proven(encrypted, where), proven(encrypted and required, where)
        )
        peers = unproven(where, "always mutual, by certificates that Vault makes for its servers; no value says so")
        yield Listener("cluster", _port(tcp.get("cluster_address"), CLUSTER), "tls", peers, peers)


def _calls(config: Mapping[str, Any], platform: Platform) -> Iterator[Call]:
    yield Call("external:kubernetes-api", 443, "who a service account is")
    for seal in config.get("seal") or {}:
        yield Call(f"external:{seal}", 443, "unseal key")
    yield Call("vault", API, "joining")
    yield Call("vault", CLUSTER, "raft")
    for connection in platform.of_type("vault_database_secret_backend_connection"):
        for postgresql in connection.values.get("postgresql") or ():
            yield pods.call(str(postgresql["connection_url"]), "logins that Vault makes")
    for login in platform.of_type("vault_jwt_auth_backend"):
        yield pods.call(str(login.values.get("oidc_discovery_url")), "keys of an issuer")


def _workload(release: Release) -> Workload:
    replicas = int(release.get("server", "ha", "replicas", default=1))
    quorum = replicas // 2 + 1
    budget = ("server", "ha", "disruptionBudget")
    spread = ("server", "topologySpreadConstraints")
    return Workload(
        name="vault",
        kind="StatefulSet",
        replicas=replicas,
        quorum=quorum,
        spread=pods.spread(release.get(*spread), release.where(*spread)),
        pdb=pods.budget(release.get(*budget), replicas, quorum, release.where(*budget)),
    )


def _image(release: Release) -> Iterator[Image]:
    image = release.get("server", "image", default={})
    if "repository" in image and "tag" in image:
        reference = f"{image['repository']}:{image['tag']}"
        yield Image(reference, pods.pinned(reference, release.where("server", "image", "tag")))


def _port(address: object, default: int) -> int:
    port = str(address or "").rpartition(":")[2]
    return int(port) if port.isdigit() else default
