"""Connections that are really made: calls that readers found, and scrapes that monitors of the plan ask Prometheus for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ballast.terraform.platform import Component, pods
from ballast.terraform.security.model import View

SCRAPER = "prometheus"

# Where a chart's own monitors are turned on, and the port of the pods that they scrape: the listener's, not the service's.
MONITORS: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]] = {
    "grafana": ((("serviceMonitor", "enabled"), 3000),),
    "loki": ((("monitoring", "serviceMonitor", "enabled"), 3100),),
    "tempo-distributed": ((("metaMonitoring", "serviceMonitor", "enabled"), 3200),),
    "thanos": ((("global", "serviceMonitor", "enabled"), 10902),),
    "kube-prometheus-stack": (
        (("alertmanager", "serviceMonitor", "selfMonitor"), 9443),
        (("prometheus", "serviceMonitor", "selfMonitor"), 9443),
    ),
    "prometheus-blackbox-exporter": (
        (("serviceMonitor", "enabled"), 9443),
        (("serviceMonitor", "selfMonitor", "enabled"), 9443),
    ),
    "external-secrets": ((("serviceMonitor", "enabled"), 8443),),
    "vault": ((("serverTelemetry", "serviceMonitor", "enabled"), 8200),),
    "valkey": ((("metrics", "serviceMonitor", "enabled"), 9121),),
}


@dataclass(frozen=True, slots=True)
class Connection:
    """From a component in a namespace to another (`to` in `to_namespace`), or to something outside (`to_namespace` empty)."""

    source: str
    namespace: str
    to: str
    to_namespace: str
    port: int
    purpose: str
    where: str


def connections(view: View) -> list[Connection]:
    """Each once, by namespaces and port. `to_namespace` is empty outside, and for a callee that no component is."""
    found: dict[tuple[str, str, str, int], Connection] = {}
    for made in every_connection(view):
        found.setdefault((made.namespace, made.to_namespace, "" if made.to_namespace else made.to, made.port), made)
    return [found[key] for key in sorted(found)]


def every_connection(view: View) -> Iterator[Connection]:
    """All of them, component by component."""
    homes = {component.name: component.namespace for component in view.components}
    for component in view.components:
        for to, port, purpose in _calls(component):
            name = to if to in homes else pods.SERVICES.get(to, to)
            home = homes.get(name, "")
            yield Connection(component.name, component.namespace, name, home, port, purpose, component.source)
    yield from _scrapes(view, homes)


def _calls(component: Component) -> Iterator[tuple[str, int, str]]:
    for call in component.calls:
        yield call.to, call.port, call.purpose
    for config in component.configs:
        for address in _targets(config.data) if config.kind == "opentelemetry" else ():
            if not pods.loopback(address, "").holds:
                call = pods.call(f"//{address}", "scrape")
                yield call.to, call.port, call.purpose


def _targets(config: Any) -> Iterator[str]:
    """Addresses in scrape configurations of a collector."""
    for name, receiver in ((config or {}).get("receivers") or {}).items():
        if str(name).partition("/")[0] == "prometheus":
            for job in ((receiver or {}).get("config") or {}).get("scrape_configs") or ():
                for group in job.get("static_configs") or ():
                    yield from (str(target) for target in group.get("targets") or ())


def _scrapes(view: View, homes: Mapping[str, str]) -> Iterator[Connection]:
    home = homes.get(SCRAPER)
    if home is None:
        return
    for release in view.platform.releases:
        for path, port in MONITORS.get(release.chart, ()):
            if release.get(*path) is True:
                yield Connection(SCRAPER, home, release.name, release.namespace, port, "scrape", release.where(*path))
    for manifest in view.platform.of_kind("ServiceMonitor", "PodMonitor"):
        spec = manifest.document.get("spec") or {}
        spaces = (spec.get("namespaceSelector") or {}).get("matchNames") or [manifest.namespace]
        endpoints = (*(spec.get("endpoints") or ()), *(spec.get("podMetricsEndpoints") or ()))
        where = f"{manifest.address}: {manifest.key}"
        for space, endpoint in ((str(space), endpoint) for space in spaces for endpoint in endpoints):
            for port in _ports(view, space, endpoint):
                yield Connection(SCRAPER, home, space, space, port, "scrape", where)
    for manifest in view.platform.of_kind("Probe"):
        spec = manifest.document.get("spec") or {}
        url = str((spec.get("prober") or {}).get("url", ""))
        call = pods.call(f"//{url}", "probes")
        where = f"{manifest.address}: {manifest.key}"
        yield Connection(SCRAPER, home, call.to, homes.get(call.to, ""), call.port, call.purpose, where)


def _ports(view: View, namespace: str, endpoint: Mapping[str, Any]) -> Iterator[int]:
    """A number is one; a name is that of the only https port that the namespace's components answer on."""
    given = str(endpoint.get("targetPort") or endpoint.get("portNumber") or endpoint.get("port") or "")
    if given.isdigit():
        yield int(given)
        return
    offered = [
        (listener.port, listener.name)
        for component in view.components
        if component.namespace == namespace
        for listener in component.listeners
        if not listener.probe_only and not listener.webhook
    ]
    named = {port for port, name in offered if given in name.split("-") or (given == "https" and name.endswith("http"))}
    yield from sorted(named)
