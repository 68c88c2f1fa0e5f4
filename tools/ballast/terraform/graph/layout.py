"""Places the boxes of a graph in columns so that arrows lead to the right and cross little.

The usual three steps of layered drawing (Sugiyama, Tagawa, Toda 1981): layers by longest path, placeholders where an arrow
passes a layer, and orders by the mean place of neighbours, a few times to and fro.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import networkx as nx


@dataclass(slots=True)
class Placed:
    """Columns of keys from left to right; a placeholder of an arrow is `(source, target, column)`."""

    columns: list[list[Hashable]]
    paths: dict[tuple[str, str], list[Hashable]] = field(default_factory=dict)
    """For each arrow the keys that it passes, its ends included."""


def place(nodes: Sequence[str], arrows: Sequence[tuple[str, str]]) -> Placed:
    """Columns and orders for the nodes. Raises ValueError when the arrows run in a circle (Terraform refuses such calls)."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(arrows)
    if not nx.is_directed_acyclic_graph(graph):
        raise ValueError("the modules give their outputs to one another in a circle")
    layer = {key: number for number, keys in enumerate(nx.topological_generations(graph)) for key in keys}
    columns: list[list[Hashable]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for key in nodes:
        columns[layer[key]].append(key)
    placed = Placed(columns)
    links: nx.Graph[Hashable] = nx.Graph()
    for source, target in arrows:
        path: list[Hashable] = [source]
        for number in range(layer[source] + 1, layer[target]):
            placeholder = (source, target, number)
            columns[number].append(placeholder)
            path.append(placeholder)
        path.append(target)
        placed.paths[source, target] = path
        nx.add_path(links, path)
    for turn in range(12):
        order = range(1, len(columns)) if turn % 2 == 0 else range(len(columns) - 2, -1, -1)
        for number in order:
            beside = columns[number - 1] if turn % 2 == 0 else columns[number + 1]
            rank = {key: index / max(len(beside) - 1, 1) for index, key in enumerate(beside)}
            columns[number].sort(key=lambda key, rank=rank: _mean(links, key, rank))  # type: ignore[misc]
    return placed


def _mean(links: nx.Graph[Hashable], key: Hashable, rank: dict[Hashable, float]) -> float:
    places = [rank[other] for other in links.neighbors(key) if other in rank] if key in links else []
    return sum(places) / len(places) if places else 0.5
