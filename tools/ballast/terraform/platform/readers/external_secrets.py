"""external-secrets: an operator that calls Vault for others. Its metrics are on loopback, behind a tunnel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import Call, Component, Listener, Platform, Release, ServiceAccount, Workload, proven
from ballast.terraform.platform.registry import reader

METRICS, LIVE, WEBHOOK = 8080, 8082, 10250


@reader("external-secrets")
def external_secrets(release: Release, platform: Platform) -> Iterator[Component]:
    """The operator; its webhook too, where it is on."""
    containers = release.get("extraContainers", default=[])
    where = release.where("extraContainers")
    replicas = int(release.get("replicaCount", default=1))
    account = release.get("serviceAccount", default={})
    spread = "topologySpreadConstraints"
    yield Component(
        name="external-secrets",
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                name="external-secrets",
                kind="Deployment",
                replicas=replicas,
                quorum=1,
                spread=pods.spread(release.get(spread), release.where(spread)),
                pdb=pods.budget(release.get("podDisruptionBudget"), replicas, 1, release.where("podDisruptionBudget")),
            ),
        ),
        listeners=(*_listeners(release), *pods.tunnels(containers, where)),
        calls=(Call("external:kubernetes-api", 443, "objects and secrets"), *sorted(set(_vaults(platform)), key=str)),
        images=pods.images(containers, where),
        service_accounts=(ServiceAccount(str(account.get("name", "external-secrets")), account.get("annotations") or {}),),
    )


def _listeners(release: Release) -> Iterator[Listener]:
    place = release.where("extraArgs", "metrics-addr")
    address = release.get("extraArgs", default={}).get("metrics-addr", "")
    if not pods.loopback(address, place).holds:
        bare = proven(False, place, "metrics of the operator ask for no client certificate")
        yield Listener("metrics", METRICS, "http", bare, bare)
    if release.get("livenessProbe", "enabled", default=False):
        plain = proven(False, release.where("livenessProbe"), "answers the kubelet with whether it is well, nothing else")
        yield Listener("live", LIVE, "http", plain, plain, probe_only=True)
    if release.get("webhook", "create", default=True):
        where = release.where("webhook")
        yield Listener(
            "admission",
            int(release.get("webhook", "port", default=WEBHOOK)),
            "https",
            tls=proven(True, where),
            client_auth=proven(False, where, "the API server of EKS and GKE shows no certificate to webhooks"),
            webhook=True,
        )


def _vaults(platform: Platform) -> Iterator[Call]:
    """Where stores and generators of the plan sign in."""
    for manifest in platform.of_kind("SecretStore", "VaultDynamicSecret"):
        provider: Mapping[str, Any] = manifest.document["spec"]["provider"]
        server = urlsplit(str((provider.get("vault") or provider).get("server", "")))
        yield Call(pods.callee(server.hostname or ""), server.port or 443, "secrets of components")
