"""The list of platform alerts does not hold together, or an alert that it keeps has no runbook.

`alerts/platform-alerts.yaml` says of each alert of the platform's chart whether it pages, makes a ticket, or is not loaded. A
page names the SLO that it protects; what is kept names its runbook, and that page names the alert. The list was made for one
version of the chart: a newer one has other alerts.

Mend: the key at the line shown; write the page; after an upgrade of the chart go through the list and set `chart_version`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ballast.findings import Finding, Tree, check
from ballast.repo import Repository
from ballast.runbooks.page import READS, Runbook, runbooks

CHARTS = "terraform/modules/charts.json"
LIST = "alerts/platform-alerts.yaml"


@check("runbooks/platform", on=Repository, also=(CHARTS, *READS))
def platform(repository: Repository, tree: Tree) -> Iterator[Finding]:
    """Version, then each alert."""
    document = repository.platform_alerts
    if document is None:
        return
    listed = document.model

    def finding(message: str, *path: str, mend: str = "") -> Finding:
        return Finding("", document.position(*path), message, mend)

    pinned = _version(tree, listed.chart)
    if pinned and pinned != listed.chart_version:
        mend = f"go through the changes of the chart, then write `chart_version: {pinned}`"
        yield finding(f"the list is of {listed.chart} {listed.chart_version}, pinned is {pinned}", "chart_version", mend=mend)
    slos = {f"{d.model.service}/{slo.name}" for d in repository.slo_files for slo in d.model.slos}
    pages = {page.name: page for file in tree.match(*READS) for page in runbooks(file)}
    for group, alerts in listed.groups.items():
        for name, alert in alerts.items():
            path = ("groups", group, name)
            if alert.decision == "page" and not alert.slo:
                yield finding(f"{name} pages and names no SLO", *path, "decision", mend="name the SLO, or make it a ticket")
            if alert.slo and alert.slo not in slos:
                yield finding(f"{name}: there is no SLO {alert.slo}", *path, "slo", mend="`ballast slo list` prints them")
            if alert.decision != "disable" and (fault := _page(name, alert.runbook, pages)):
                at = (*path, "runbook") if alert.runbook else (*path, "decision")
                yield finding(
                    fault, *at, mend=f"write runbooks/{alert.runbook or name}.md with `alerts: [{name}]` and name it here"
                )


def _page(name: str, runbook: str, pages: dict[str, Runbook]) -> str:
    if not runbook:
        return f"{name} is kept and has no runbook"
    page = pages.get(runbook)
    if page is None:
        return f"{name}: there is no runbooks/{runbook}.md"
    if page.front is not None and name not in page.front.alerts:
        return f"runbooks/{runbook}.md does not name the alert {name}"
    return ""


def _version(tree: Tree, chart: str) -> str:
    if CHARTS not in tree:
        return ""
    try:
        return str(json.loads(tree[CHARTS].text)[chart]["version"])
    except (ValueError, KeyError, TypeError):
        return ""
