"""An alert that Grafana evaluates has no runbook page.

An SLO on logs or traces (`alerts/grafana.yaml`) named X becomes the alerts XErrorBudgetBurn and XNoData. Whoever gets one opens
its link at 03:00: it has to lead to `runbooks/<alert>.md`.

Mend: write the page; its sections are in `ballast explain runbooks/sections`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.grafana import GRAFANA, grafana_alerts
from ballast.findings import Finding, Tree, check


@check("alerts/grafana-runbook", on=Tree, reads=(*GRAFANA, "runbooks/*.md"))
def grafana_runbook(tree: Tree) -> Iterator[Finding]:
    """The page of each alert that the file makes."""
    for file in tree.match(*GRAFANA):
        for name, line in grafana_alerts(file):
            if (page := f"runbooks/{name}.md") not in tree:
                yield file.finding(f"{name}: its runbook {page} does not exist", line=line, mend=f"write {page}")
