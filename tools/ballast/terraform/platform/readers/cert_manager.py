"""cert-manager: controller, injector and webhook. Its metrics ask for no certificate, so they must be on loopback."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import (
    Call,
    Component,
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

METRICS, HEALTH, WEBHOOK, WEBHOOK_HEALTH = 9402, 9403, 10250, 6080
API_SERVER = Call("external:kubernetes-api", 443, "objects and secrets")


@reader("cert-manager")
def cert_manager(release: Release, platform: Platform) -> Iterator[Component]:
    """One component a deployment. The controller's values are at the top, the others' below their own key."""
    yield _component(release, "cert-manager", (), [_health("healthz", HEALTH, release)])
    yield _component(release, "cert-manager-cainjector", ("cainjector",), [])
    port = int(release.get("webhook", "securePort", default=WEBHOOK))
    where = release.where("webhook")
    admission = Listener(
        "admission",
        port,
        "https",
        tls=unproven(where, "always, by a certificate that the webhook makes itself; no value says so"),
        client_auth=proven(False, where, "the API server of EKS and GKE shows no certificate to webhooks"),
        webhook=True,
    )
    yield _component(
        release, "cert-manager-webhook", ("webhook",), [admission, _health("healthcheck", WEBHOOK_HEALTH, release, "webhook")]
    )


def _component(release: Release, name: str, path: tuple[str, ...], listeners: list[Listener]) -> Component:
    given = pods.flags([str(a) for a in release.get(*path, "extraArgs", default=[])])
    where = release.where(*path, "extraArgs")
    address = given.get("metrics-listen-address", "")
    if not pods.loopback(address, where).holds:
        open_to_all = proven(False, where, "metrics of cert-manager ask for no client certificate")
        listeners = [*listeners, Listener("metrics", METRICS, "http", open_to_all, open_to_all)]
    replicas = int(release.get(*path, "replicaCount", default=1))
    return Component(
        name=name,
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                name=name,
                kind="Deployment",
                replicas=replicas,
                quorum=1,
                spread=pods.spread(
                    release.get(*path, "topologySpreadConstraints"), release.where(*path, "topologySpreadConstraints")
                ),
                pdb=_budget(release, path, replicas),
            ),
        ),
        listeners=tuple(listeners),
        calls=(API_SERVER,),
        service_accounts=(ServiceAccount(name),),
    )


def _budget(release: Release, path: tuple[str, ...], replicas: int) -> Verdict:
    """The chart's budget keeps one pod where the values name no other number."""
    pdb = release.get(*path, "podDisruptionBudget", default={"enabled": False})
    named = pdb if {"minAvailable", "maxUnavailable"} & set(pdb) else {**pdb, "minAvailable": 1}
    return pods.budget(named, replicas, 1, release.where(*path, "podDisruptionBudget"))


def _health(name: str, port: int, release: Release, *path: str) -> Listener:
    plain = proven(False, release.where(*path, "livenessProbe"), "answers the kubelet with whether it is well, nothing else")
    return Listener(name, port, "http", plain, plain, probe_only=True)
