"""What the picture shows: a card a namespace with its components, a card for each thing outside, arrows for connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ballast.terraform.platform import Component, Platform, components
from ballast.terraform.security import Connection, View, every_connection

Kind = Literal["page", "data", "query", "state"]
PAGER = "external:pagerduty"
# So many use these that they are words on a card instead of arrows.
BADGES = {"external:object-storage": "bucket", "external:kubernetes-api": "Kubernetes API", "external:kubelet": "kubelets"}
STORES = ("thanos", "victoriametrics", "loki", "tempo", "collectors")
STATE = ("postgresql", "kafka", "redis", "vault")


@dataclass(frozen=True, slots=True)
class Card:
    """A box: a namespace (or a component that pages from a namespace of several), or something outside the cluster."""

    key: str
    lines: tuple[str, ...]
    badges: tuple[str, ...]
    page_path: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """Connections of one kind from card to card: their ports, and what they are for."""

    source: str
    target: str
    kind: Kind
    ports: tuple[int, ...]
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """The whole picture as data."""

    root: str
    cards: tuple[Card, ...]
    arrows: tuple[Arrow, ...]

    def words(self) -> list[str]:
        """A sentence an arrow, for those who cannot see it."""
        return [
            f"{arrow.source} to {arrow.target} on {', '.join(map(str, arrow.ports))}: {', '.join(arrow.purposes)}."
            for arrow in self.arrows
        ]


def scene(platform: Platform) -> Scene:
    """The picture of a platform's plan."""
    found = tuple(components(platform))
    homes = {component.name: _home(component, found) for component in found}
    made = list(every_connection(View(platform, found)))
    badges: dict[str, set[str]] = {}
    arrows: dict[tuple[str, str, Kind], list[Connection]] = {}
    for connection in made:
        source = homes.get(connection.source, connection.namespace)
        target = homes.get(connection.to) or connection.to_namespace or connection.to
        if connection.purpose == "scrape":
            badges.setdefault(target, set()).add("scraped")
        elif connection.to in BADGES:
            badges.setdefault(source, set()).add(BADGES[connection.to])
        elif source != target:
            arrows.setdefault((source, target, _kind(source, target)), []).append(connection)
    cards = [*_cards(found, homes, badges), *_outside(arrows)]
    drawn = {card.key for card in cards}
    return Scene(
        platform.root,
        tuple(cards),
        tuple(
            Arrow(
                source,
                target,
                kind,
                tuple(sorted({c.port for c in connections})),
                tuple(dict.fromkeys(c.purpose for c in connections if c.purpose)),
            )
            for (source, target, kind), connections in sorted(arrows.items())
            if {source, target} <= drawn
        ),
    )


def _home(component: Component, found: tuple[Component, ...]) -> str:
    """Its namespace; itself where it pages and is not alone there."""
    pages = any(call.to == PAGER for call in component.calls)
    shared = any(other.namespace == component.namespace and other.name != component.name for other in found)
    return component.name if pages and shared else component.namespace


def _cards(found: tuple[Component, ...], homes: dict[str, str], badges: dict[str, set[str]]) -> Iterator[Card]:
    for key in dict.fromkeys(homes[component.name] for component in found):
        mine = [component for component in found if homes[component.name] == key]
        lines = [_line(component, name) for component in mine for name in [_short(component.name, key)]]
        page = any(workload.page_path for component in mine for workload in component.workloads)
        yield Card(key, tuple(lines), tuple(sorted(badges.get(key, ()))), page_path=page)


def _line(component: Component, name: str) -> str:
    if any(workload.kind == "DaemonSet" for workload in component.workloads):
        return f"{name} on each node"
    parts = [workload for workload in component.workloads if workload.replicas]
    if len(parts) == 1:
        return f"{name} × {parts[0].replicas}"
    return ", ".join(f"{part.name} × {part.replicas}" for part in parts) if parts else name


def _short(name: str, key: str) -> str:
    return name.removeprefix(f"{key}-") if name != key else name


def _outside(arrows: dict[tuple[str, str, Kind], list[Connection]]) -> Iterator[Card]:
    for target in dict.fromkeys(target for _, target, _ in arrows if target.startswith("external:")):
        yield Card(target, (), (), page_path=target == PAGER, outside=True)


def _kind(source: str, target: str) -> Kind:
    if target in (PAGER, "alertmanager", "gateway") or source == "alertmanager":
        return "page"
    if source == "grafana" and target in STORES:
        return "query"
    if target in STORES or (source in STORES and target in (*STORES, "prometheus")):
        return "query" if target == "prometheus" else "data"
    return "data" if (source, target) == ("tempo", "kafka") else "state"
