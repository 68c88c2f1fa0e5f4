"""victoria-metrics-cluster: every listener on loopback, tunnels in front and between."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import Call, Component, Listener, Platform, Release, ServiceAccount, Workload, proven
from ballast.terraform.platform.registry import reader

# Flags with addresses that each part listens on, and where it listens without them.
ADDRESSES = {
    "vminsert": {"httpListenAddr": ":8480"},
    "vmselect": {"httpListenAddr": ":8481"},
    "vmstorage": {"httpListenAddr": ":8482", "vminsertAddr": ":8400", "vmselectAddr": ":8401"},
}
PURPOSES = {"vminsert": "samples", "vmselect": "queries"}


@reader("victoria-metrics-cluster")
def victoria_metrics_cluster(release: Release, platform: Platform) -> Iterator[Component]:
    """vminsert, vmselect and vmstorage."""
    for part in ADDRESSES:
        if release.get(part, "enabled") is True:
            yield _part(release, part)


def _part(release: Release, part: str) -> Component:
    containers = release.get(part, "extraContainers", default=[])
    where = release.where(part, "extraContainers")
    account = release.get("serviceAccount", default={})
    calls = tuple(dict.fromkeys(pods.outgoing(containers, PURPOSES.get(part, ""))))
    if any(container.get("name") == "backup" for container in containers):
        calls += (Call("external:object-storage", 443, "backups"),)
    return Component(
        name=part,
        namespace=release.namespace,
        source=release.address,
        workloads=(_workload(release, part),),
        listeners=(*pods.tunnels(containers, where), *_bare(release, part)),
        calls=calls,
        images=pods.images(containers, where),
        service_accounts=(ServiceAccount(str(account.get("name", "")), account.get("annotations") or {}),),
    )


def _bare(release: Release, part: str) -> Iterator[Listener]:
    """Listeners that are not on loopback: without TLS, for the free version has none."""
    for flag, default in ADDRESSES[part].items():
        address = str(release.get(part, "extraArgs", flag, default=default))
        where = release.where(part, "extraArgs", flag)
        if not pods.loopback(address, where).holds:
            plain = proven(False, where, "listens beyond loopback without TLS")
            yield Listener(flag, int(address.rpartition(":")[2]), "tcp", plain, plain)


def _workload(release: Release, part: str) -> Workload:
    replicas = int(release.get(part, "replicaCount", default=1))
    copies = int(release.get("vminsert", "extraArgs", "replicationFactor", default=1))
    quorum = replicas - copies + 1 if part == "vmstorage" else 1  # one copy of each sample is left
    return Workload(
        name=part,
        kind="StatefulSet" if part == "vmstorage" else "Deployment",
        replicas=replicas,
        quorum=quorum,
        spread=pods.spread(release.get(part, "topologySpreadConstraints"), release.where(part, "topologySpreadConstraints")),
        pdb=pods.budget(release.get(part, "podDisruptionBudget"), replicas, quorum, release.where(part, "podDisruptionBudget")),
    )
