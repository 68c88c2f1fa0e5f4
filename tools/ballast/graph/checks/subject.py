"""How checks get the graph: built once for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from ballast.findings import Finding, Severity, Tree, whole
from ballast.graph.builder import build, sources
from ballast.graph.model import Graph, Node
from ballast.repo import Position

READS = sources()


@whole(Graph, reads=READS, example=lambda fragment: {"alerts/custom/example.yaml": fragment})
def graphs(tree: Tree) -> Iterable[Graph]:
    """One graph of the whole repository."""
    return [build(tree)]


def about(node: Node, message: str, *, mend: str = "", severity: Severity = Severity.ERROR) -> Finding:
    """A finding where a thing is written."""
    return Finding("", Position(node.path, node.line), message, mend, severity)
