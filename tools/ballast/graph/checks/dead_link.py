"""A link leads to a dashboard, page, section or module that does not exist.

Whoever is woken clicks it: an alert's dashboard, a dashboard's link to a page, a page that sends to a section. Links within
Markdown files are checked by `docs/links` and whole pages of alerts by `alerts/runbook`; this one follows all others, those
with Grafana's variables in them too.

Mend: make what it leads to, or mend the link.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.graph.model import Graph
from ballast.repo import Position


@check("graph/dead-link", on=Graph, home=True)
def dead_link(graph: Graph) -> Iterator[Finding]:
    """What the readers could not follow, without what other checks say of the same place."""
    for dead in graph.dead:
        node = graph.nodes[dead.source]
        page = dead.why.startswith("there is no page") or dead.wanted.startswith("runbook:")
        if (page and node.kind == "alert") or (node.kind in ("runbook", "section") and "://" not in dead.wanted and page):
            continue  # alerts/runbook, alerts/grafana-runbook, runbooks/platform; docs/links
        text = f"{node.kind} {node.label}: {dead.why}"
        yield Finding("", Position(dead.path, dead.line, dead.column), text, f"it is wanted by `{dead.wanted}`")
