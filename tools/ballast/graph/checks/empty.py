"""Something that holds nothing: a dashboard that asks for nothing, a service that nothing measures or watches.

It looks covered in every list, and is not. (Rules without a query are `rule/shape`'s, empty sections `runbooks/sections`',
panels without targets `dashboards/panel-no-targets`'.)

Mend: fill it, archive it, or remove it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.graph.checks.subject import about
from ballast.graph.model import Graph


@check("graph/empty", on=Graph, severity=Severity.WARNING, home=True)
def empty(graph: Graph) -> Iterator[Finding]:
    """A service is watched when an SLO, an alert or a page is its own."""
    owners = {page.facts.get("service", "") for page in graph.of("runbook")}
    for board in graph.of("dashboard"):
        if not board.facts.get("queries"):
            yield about(board, f"the dashboard {board.label!r} asks for nothing", mend="add panels with queries, or remove it")
    for service in graph.of("service"):
        if not graph.after(service) and service.name not in owners:
            text = f"the service {service.name} has no SLO, no signals, no alert and no page"
            yield about(service, text, mend="give it an SLO in alerts/slos, or `status: archived`")
