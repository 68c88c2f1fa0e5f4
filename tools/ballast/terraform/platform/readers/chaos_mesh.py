"""Chaos Mesh: controllers, whose webhook admits experiments, and a daemon on every node."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import (
    Call,
    Component,
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

CONTROLLER, DAEMON = "controllerManager", "chaosDaemon"
API_SERVER = Call("external:kubernetes-api", 443, "custom resources, leader election")


@reader("chaos-mesh")
def chaos_mesh(release: Release, platform: Platform) -> Iterator[Component]:
    """Two components, and the dashboard where it is not off."""
    yield _controller(release)
    yield _daemon(release)
    if release.get("dashboard", "create") is not False:
        where = release.where("dashboard", "create")
        plain = proven(False, where, "the dashboard speaks plain HTTP")
        listener = Listener(
            "dashboard", 2333, "http", plain, plain, human=True, oidc=proven(False, where, "it knows tokens only")
        )
        yield Component("chaos-dashboard", release.namespace, release.address, listeners=(listener,), calls=(API_SERVER,))


def _controller(release: Release) -> Component:
    path = release.where(CONTROLLER, "affinity")
    rules = release.get(CONTROLLER, "affinity", "podAntiAffinity", default={})
    apart = any(
        rule.get("topologyKey") == pods.ZONE for rule in rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    )
    webhook = release.where("webhook", "certManager", "enabled")
    health = proven(False, release.where(CONTROLLER, "env"), "answers kubelet, and metrics of itself that nobody asks")
    admission = Listener(
        "admission",
        int(release.get(CONTROLLER, "env", "WEBHOOK_PORT", default=10250)),
        "https",
        tls=proven(release.get("webhook", "certManager", "enabled") is True, webhook),
        client_auth=proven(False, webhook, "the API server of EKS and GKE shows no certificate to webhooks"),
        webhook=True,
    )
    port = int(release.get(CONTROLLER, "env", "METRICS_PORT", default=10080))
    return Component(
        name="chaos-controller-manager",
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                "chaos-controller-manager",
                "Deployment",
                int(release.get(CONTROLLER, "replicaCount", default=3)),
                1,
                spread=proven(apart, path),
                pdb=proven(False, release.where(CONTROLLER), "the chart makes none; replicas are in different zones"),
            ),
        ),
        listeners=(admission, Listener("metrics", port, "http", health, health, probe_only=True)),
        calls=(API_SERVER, Call("chaos-daemon", _port(release, "grpcPort", 31767), "faults")),
        images=tuple(_images(release)),
        service_accounts=(ServiceAccount(str(release.get(CONTROLLER, "serviceAccount", default=""))),),
    )


def _daemon(release: Release) -> Component:
    where = release.where(DAEMON, "mtls", "enabled")
    said = release.get(DAEMON, "mtls", "enabled")
    mutual = unproven(where, "the chart's default") if said is None else proven(said is True, where)
    health = proven(False, release.where(DAEMON, "httpPort"), "answers kubelet, and metrics of itself that nobody asks")
    one = proven(True, release.where(DAEMON), "one a node")
    return Component(
        name="chaos-daemon",
        namespace=release.namespace,
        source=release.address,
        workloads=(Workload("chaos-daemon", "DaemonSet", 1, 0, one, one),),
        listeners=(
            Listener("grpc", _port(release, "grpcPort", 31767), "grpc", mutual, mutual),
            Listener("health", _port(release, "httpPort", 31766), "http", health, health, probe_only=True),
        ),
        service_accounts=(ServiceAccount("chaos-daemon"),),
    )


def _port(release: Release, key: str, default: int) -> int:
    return int(release.get(DAEMON, key, default=default))


def _images(release: Release) -> Iterator[Image]:
    tag = str(release.get("images", "tag", default=""))
    reference = f"{release.get('images', 'registry', default='ghcr.io')}/chaos-mesh/chaos-mesh:{tag}"
    yield Image(reference, pods.pinned(reference, release.where("images", "tag")))
