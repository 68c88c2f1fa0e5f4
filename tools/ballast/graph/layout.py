"""Where each node stands: a column a kind, ordered so that few links cross. The same graph gives the same picture."""

from __future__ import annotations

from collections.abc import Collection

from ballast.graph.model import KINDS, Graph, Kind

SWEEPS = 4


def columns(graph: Graph, ids: Collection[str] | None = None) -> dict[Kind, list[str]]:
    """Ids by kind from top to bottom, each moved towards the middle of its neighbours (barycentre heuristic: Sugiyama, Tagawa
    and Toda 1981). `ids`: only these.
    """
    order: dict[Kind, list[str]] = {}
    for kind in KINDS:
        found = [node.id for node in graph.of(kind) if ids is None or node.id in ids]
        if found:
            order[kind] = found
    place = {node: (i + 0.5) / len(column) for column in order.values() for i, node in enumerate(column)}
    beside = {node: [n for n in (*graph.net.predecessors(node), *graph.net.successors(node)) if n in place] for node in place}
    for sweep in range(SWEEPS):
        for kind in order if sweep % 2 == 0 else reversed(order):
            column = order[kind]
            wanted = {n: sum(place[b] for b in beside[n]) / len(beside[n]) if beside[n] else place[n] for n in column}
            column.sort(key=lambda n: (wanted[n], n))
            place.update({node: (i + 0.5) / len(column) for i, node in enumerate(column)})
    return order
