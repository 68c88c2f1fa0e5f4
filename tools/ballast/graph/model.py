"""The graph: what there is, what leads to what, and what leads nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

import networkx as nx

from ballast.repo import Position

Kind = Literal[
    "service",
    "slo",
    "alert",
    "runbook",
    "section",
    "dashboard",
    "panel",
    "record",
    "metric",
    "exporter",
    "module",
    "experiment",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order of the thread: from what is promised to what runs it."""
PARTS: tuple[Kind, ...] = ("section", "panel", "record")
"""Details: parts of pages and dashboards, and series on the way from a metric to an alert."""


@dataclass(slots=True)
class Node:
    """One thing. `name` is unique within its kind, `title` is what people call it, `facts` are words about it.

    `path` and `line` say where it is written; a metric that nothing but queries names stands where it was read first.
    """

    kind: Kind
    name: str
    path: str = ""
    line: int = 1
    title: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`kind:name`."""
        return f"{self.kind}:{self.name}"

    @property
    def label(self) -> str:
        """What to call it: its title, else its name."""
        return self.title or self.name

    @property
    def place(self) -> str:
        """`path:line`."""
        return f"{self.path}:{self.line}" if self.path else ""


@dataclass(frozen=True, slots=True)
class Link:
    """`source` leads to `target` (ids); `verb` says how, read from source to target, at `path:line`.

    `past`: a query that reads only older samples, so that reading one's own result is no circle.
    """

    source: str
    target: str
    verb: str
    path: str = ""
    line: int = 1
    column: int = 1
    past: bool = False

    @property
    def position(self) -> Position:
        """Where it is written."""
        return Position(self.path, self.line, self.column)


@dataclass(frozen=True, slots=True)
class Dead:
    """A link that leads nowhere: `wanted` is what it says, `why` what is missing."""

    source: str
    wanted: str
    why: str
    path: str
    line: int
    column: int = 1


class Graph:
    """Nodes by id and links in both directions. `dead` are the links without a target, `scraped` modules with a scrape."""

    def __init__(self, nodes: dict[str, Node], links: Iterable[Link], dead: list[Dead], scraped: dict[str, Position]) -> None:
        self.nodes = nodes
        self.dead = dead
        self.scraped = scraped
        self.net: nx.DiGraph[str] = nx.DiGraph()
        self.net.add_nodes_from(nodes)
        for link in links:
            known = self.net.get_edge_data(link.source, link.target)
            if known is None or (known["link"].past and not link.past):
                self.net.add_edge(link.source, link.target, link=link)

    def of(self, *kinds: Kind) -> list[Node]:
        """Nodes of these kinds, in the order they were found."""
        return [node for kind in kinds for node in self._by_kind.get(kind, [])]

    @cached_property
    def _by_kind(self) -> dict[Kind, list[Node]]:
        found: dict[Kind, list[Node]] = {}
        for node in self.nodes.values():
            found.setdefault(node.kind, []).append(node)
        return found

    @property
    def links(self) -> Iterator[Link]:
        """All links."""
        for _, _, data in self.net.edges(data=True):
            yield data["link"]

    def after(self, node: Node | str, *kinds: Kind) -> list[Node]:
        """What it leads to, of these kinds (all without)."""
        found = (self.nodes[n] for n in self.net.successors(_id(node)))
        return [n for n in found if not kinds or n.kind in kinds]

    def before(self, node: Node | str, *kinds: Kind) -> list[Node]:
        """What leads to it."""
        found = (self.nodes[n] for n in self.net.predecessors(_id(node)))
        return [n for n in found if not kinds or n.kind in kinds]

    def link(self, source: str, target: str) -> Link:
        """The link between two ids. Raises KeyError where there is none."""
        found: Link = self.net.edges[source, target]["link"]
        return found

    def find(self, kind: Kind, name: str) -> Node | None:
        """A node by name."""
        return self.nodes.get(f"{kind}:{name}")


def _id(node: Node | str) -> str:
    return node if isinstance(node, str) else node.id
