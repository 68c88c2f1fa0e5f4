"""A page that nothing leads to: no alert, no other page, no dashboard, not the folder's README.

`runbooks/orphan` sees pages that name an alert which does not exist. This one sees those that name none, or an alert whose
link goes to another page.

Mend: link to it, mend the alert's `runbook_url`, or archive the page.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.graph.checks.subject import about
from ballast.graph.model import Graph


@check("graph/orphan-runbook", on=Graph, severity=Severity.WARNING, home=True)
def orphan_runbook(graph: Graph) -> Iterator[Finding]:
    """Links to a page or to any of its sections; a page's links to itself do not count."""
    for page in graph.of("runbook"):
        if page.facts.get("status") == "archived" or page.facts.get("form") == "index":
            continue
        own = [page, *graph.after(page, "section")]
        names = {node.id for node in own}
        if any(b.id not in names and b.kind != "service" for node in own for b in graph.before(node)):
            continue
        alerts = page.facts.get("alerts", "")
        text = f"no alert, page or dashboard leads to the runbook {page.name}"
        mend = f"mend the `runbook_url` of {alerts}" if alerts else "link to it from runbooks/README.md, or archive it"
        yield about(page, text, mend=mend)
