"""Valkey: users and their rights are the access list inside the values; the exporter beside it has flags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import (
    Component,
    Config,
    Listener,
    Platform,
    Release,
    ServiceAccount,
    Verdict,
    Workload,
    proven,
)
from ballast.terraform.platform.registry import reader

PORT, EXPORTER = 6379, 9121


@reader("valkey")
def valkey(release: Release, platform: Platform) -> Iterator[Component]:
    """The cache and its exporter. One pod, or a primary with replicas that no other takes the place of."""
    containers = release.get("extraContainers", default=[])
    where = release.where("extraContainers")
    replicated = release.get("replica", "enabled", default=False) is True
    replicas = int(release.get("replica", "replicas", default=2)) + 1 if replicated else 1
    account = release.get("serviceAccount", default={})
    spread = "topologySpreadConstraints"
    yield Component(
        name=release.name,
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                name=release.name,
                kind="StatefulSet" if replicated else "Deployment",
                replicas=replicas,
                quorum=1,
                spread=pods.spread(release.get(spread), release.where(spread)),
                pdb=pods.budget(release.get("podDisruptionBudget"), replicas, 1, release.where("podDisruptionBudget")),
            ),
        ),
        listeners=(_cache(release), *_exporters(containers, where)),
        configs=(
            Config("valkey", "valkey", _directives(release), release.where("valkeyConfig")),
            Config("valkey-users", "valkey-acl", users(release), release.where("auth", "aclConfig")),
        ),
        images=pods.images(containers, where),
        service_accounts=(ServiceAccount(str(account.get("name", "")), account.get("annotations") or {}),),
    )


def users(release: Release) -> dict[str, list[str]]:
    """Rules by user, from the access list."""
    lines = (line.split() for line in str(release.get("auth", "aclConfig", default="")).splitlines())
    return {words[1]: words[2:] for words in lines if words[:1] == ["user"] and len(words) > 1}


def _directives(release: Release) -> dict[str, str]:
    lines = (line.partition(" ") for line in str(release.get("valkeyConfig", default="")).splitlines())
    return {name: value for name, _, value in lines if name}


def _cache(release: Release) -> Listener:
    tls: Mapping[str, Any] = release.get("tls", default={})
    encrypted = tls.get("enabled") is True and bool(tls.get("existingSecret"))
    where = release.where("tls", "requireClientCertificate")
    required: Verdict = proven(encrypted and tls.get("requireClientCertificate") is True, where)
    return Listener(
        "cache",
        int(release.get("service", "port", default=PORT)),
        "rediss",
        proven(encrypted, release.where("tls", "enabled")),
        required,
    )


def _exporters(containers: list[Mapping[str, Any]], where: str) -> Iterator[Listener]:
    for number, container in enumerate(containers):
        given = pods.flags([str(a) for a in container.get("args") or ()])
        if "redis.addr" not in given:
            continue
        place = f"{where}[{number}].args"
        port = given.get("web.listen-address", "").rpartition(":")[2]
        keys = bool(given.get("tls-server-cert-file")) and bool(given.get("tls-server-key-file"))
        yield Listener(
            "metrics",
            int(port) if port.isdigit() else EXPORTER,
            "https",
            proven(keys, place),
            proven(keys and bool(given.get("tls-server-ca-cert-file")), place),
        )
