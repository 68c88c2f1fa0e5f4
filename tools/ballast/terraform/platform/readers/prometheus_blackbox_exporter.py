"""prometheus-blackbox-exporter, on loopback behind a tunnel."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import Component, Config, Listener, Platform, Release, Workload, proven
from ballast.terraform.platform.registry import reader


@reader("prometheus-blackbox-exporter")
def blackbox_exporter(release: Release, platform: Platform) -> Iterator[Component]:
    """One component; what it probes are the Probe resources of the platform."""
    containers = release.get("extraContainers", default=[])
    given = pods.flags([str(a) for a in release.get("extraArgs", default=[])])
    where = release.where("extraArgs")
    listeners = tuple(pods.tunnels(containers, release.where("extraContainers")))
    if not pods.loopback(given.get("web.listen-address", ""), where).holds:
        plain = proven(False, where, "listens beyond loopback without TLS")
        listeners += (Listener("web", 9115, "http", plain, plain),)
    replicas = int(release.get("replicas", default=1))
    calls = {
        pods.call(url if "://" in url else f"tcp://{url}", f"probe of {manifest.key.partition('/')[2]}")
        for manifest in platform.of_kind("Probe")
        for url in manifest.document["spec"]["targets"]["staticConfig"]["static"]
    }
    yield Component(
        name="blackbox-exporter",
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                name="blackbox-exporter",
                kind="Deployment",
                replicas=replicas,
                quorum=1,
                spread=pods.spread(release.get("topologySpreadConstraints"), release.where("topologySpreadConstraints")),
                pdb=pods.budget(release.get("podDisruptionBudget"), replicas, 1, release.where("podDisruptionBudget")),
            ),
        ),
        listeners=listeners,
        calls=tuple(sorted(calls, key=lambda c: (c.to, c.port))),
        configs=(Config("blackbox", "blackbox", release.get("config", default={}), release.where("config")),),
        images=pods.images(containers, release.where("extraContainers")),
    )
