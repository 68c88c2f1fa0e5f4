"""Things that lead back to themselves where nothing should.

Recording rules that read each other never settle: each sees what the other was an evaluation ago (a rule that reads only its
own past, by `offset` or a range, is no circle). Modules that include each other cannot be planned. Pages that send their
reader on to each other send somebody in a circle at 03:00.

Mend: decide which one comes first, and take the link back out of the other.

    - groups:
    -   - name: a
    -     rules:
    -       - {record: "a:up:sum", expr: "sum(b:up:sum) + sum(up)"}
    -       - {record: "b:up:sum", expr: "sum(a:up:sum)"}
    + groups:
    +   - name: a
    +     rules:
    +       - {record: "a:up:sum", expr: "sum(a:up:sum offset 5m) + sum(up)"}
    +       - {record: "b:up:sum", expr: "sum(a:up:sum)"}
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from ballast.findings import Finding, check
from ballast.graph.model import Graph

SAID = {
    "record": ("reads", "recording rules read each other"),
    "module": ("includes", "modules include each other"),
    "runbook": ("sends to", "pages send to each other"),
}


@check("graph/cycle", on=Graph, home=True)
def cycle(graph: Graph) -> Iterator[Finding]:
    """Of each knot one circle is shown, at the link that begins it."""
    for kind, (verb, said) in SAID.items():
        net: nx.DiGraph[str] = nx.DiGraph()
        for link in graph.links:
            if link.verb == verb and not link.past:
                source, target = _whole(graph, link.source), _whole(graph, link.target)
                own = source == target and kind == "runbook"  # a page that points at its own section
                if source.startswith(f"{kind}:") and target.startswith(f"{kind}:") and not own:
                    net.add_edge(source, target, link=link)
        alone = {node for node, _ in nx.selfloop_edges(net)}
        for knot in nx.strongly_connected_components(net):
            if len(knot) > 1 or knot & alone:
                yield _told(graph, net, knot, said)


def _told(graph: Graph, net: nx.DiGraph[str], knot: set[str], said: str) -> Finding:
    circle = [source for source, _ in nx.find_cycle(net, min(knot))]
    start = circle.index(min(circle))
    circle = [*circle[start:], *circle[: start + 1]]
    names = " → ".join(graph.nodes[node].name for node in circle)
    place = net.edges[circle[0], circle[1]]["link"].position
    return Finding("", place, f"{said}: {names}", "take one of these links out")


def _whole(graph: Graph, node: str) -> str:
    """A section stands for its page."""
    return f"runbook:{graph.nodes[node].name.partition('#')[0]}" if graph.nodes[node].kind == "section" else node
