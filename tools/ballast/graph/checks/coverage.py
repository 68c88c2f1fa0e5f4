"""An SLO without an alert, without a dashboard, or without a page for its alerts.

The thread from a promise to the person who keeps it has a gap: nobody is told, or who is told sees nothing.

Mend: `ballast generate` makes alerts and dashboards of every SLO in `alerts/slos`; write the page that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.graph.checks.subject import about
from ballast.graph.model import Graph


@check("graph/coverage", on=Graph, home=True)
def coverage(graph: Graph) -> Iterator[Finding]:
    """Dashboards and pages count where an alert of the SLO leads to them; of a link that is dead `graph/dead-link` tells."""
    told = {dead.source for dead in graph.dead}
    for slo in graph.of("slo"):
        alerts = [alert for alert in graph.after(slo, "alert") if graph.link(slo.id, alert.id).verb == "is watched by"]
        if not alerts:
            yield about(slo, f"no alert watches the SLO {slo.name}", mend="run `ballast generate`")
        elif not any(alert.id in told for alert in alerts):
            if not any(graph.after(alert, "dashboard") for alert in alerts):
                text = f"no alert of the SLO {slo.name} leads to a dashboard"
                yield about(slo, text, mend="run `ballast generate`, or mend `dashboard_url` in alerts/settings.yaml")
            if not any(graph.after(alert, "runbook", "section") for alert in alerts):
                names = ", ".join(alert.name for alert in alerts)
                yield about(slo, f"no alert of the SLO {slo.name} leads to a runbook", mend=f"write the pages of {names}")
