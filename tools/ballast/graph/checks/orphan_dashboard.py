"""A dashboard that nobody reaches: no alert, page, SLO or other dashboard leads to it.

It is found by its name, if somebody knows that it exists; it goes stale and is believed all the same.

Mend: link to it from a dashboard or page that is reached, or remove it.
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from ballast.findings import Finding, Severity, check
from ballast.graph.checks.subject import about
from ballast.graph.model import Graph


@check("graph/orphan-dashboard", on=Graph, severity=Severity.WARNING, home=True)
def orphan_dashboard(graph: Graph) -> Iterator[Finding]:
    """Everything that can be walked to from where people come in."""
    reached: set[str] = set()
    for node in graph.of("alert", "runbook", "service", "slo"):
        if node.id not in reached:
            reached |= {node.id, *nx.descendants(graph.net, node.id)}
    for board in graph.of("dashboard"):
        if board.id not in reached:
            yield about(board, f"nothing leads to the dashboard {board.label!r}", mend=f"link to /d/{board.name}, or remove it")
