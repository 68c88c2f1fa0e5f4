"""`alerts/grafana.yaml`: SLOs whose events are log lines or spans. Grafana evaluates them (module grafana-content).

Terraform judges what stands in them; here are the names of the alerts that they become, for links to runbooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import File

GRAFANA = ("alerts/grafana.yaml",)
ENDINGS = ("ErrorBudgetBurn", "NoData")
"""An SLO named X has the alerts XErrorBudgetBurn (page and ticket) and XNoData (ticket)."""
_NAME = re.compile(r"""^ {4}name:\s*["']?([A-Za-z0-9]+)["']?\s*(?:#.*)?$""")


def grafana_alerts(file: File) -> Iterator[tuple[str, int]]:
    """Each alert's name, and the line that its SLO is named on."""
    for number, text in enumerate(file.lines, 1):
        if named := _NAME.match(text):
            yield from ((f"{named[1]}{ending}", number) for ending in ENDINGS)
