"""An exporter whose metrics nothing reads: no rule, no dashboard, no runbook.

Each series costs memory and money every 15 seconds.

Mend: stop scraping it, read it, or say under `unread` in `alerts/exporters.yaml` why it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.graph.checks.subject import about
from ballast.graph.model import Graph


@check("graph/exporter-unread", on=Graph, severity=Severity.WARNING, home=True)
def exporter_unread(graph: Graph) -> Iterator[Finding]:
    """An `unread` that has become wrong is told too."""
    for node in graph.of("exporter"):
        read = graph.before(node, "metric")
        reason = node.facts.get("unread", "")
        if not read and not reason:
            yield about(node, f"nothing reads a metric of the exporter {node.name}", mend="say why under `unread`, or drop it")
        elif read and reason:
            text = f"exporter {node.name} has `unread`, and {read[0].name} is read"
            yield about(node, text, mend="remove `unread`", severity=Severity.NOTE)
