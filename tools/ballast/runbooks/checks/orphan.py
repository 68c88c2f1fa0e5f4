"""No alert links to this runbook.

A page for an alert that does not exist is read by nobody, and is believed by whoever finds it.

Mend: mend `alerts` in its front matter; if the alert is gone, set `status: archived` and move the page to `runbooks/archive/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from ballast.alerts.grafana import GRAFANA, grafana_alerts
from ballast.alerts.model import RULES, AlertingRule, rule_file
from ballast.findings import Finding, Severity, Tree, check
from ballast.runbooks.page import READS, runbooks

PLATFORM = "alerts/platform-alerts.yaml"
_ALERT = re.compile(r"^    ([A-Za-z]\w*):\s*$")


@check("runbooks/orphan", on=Tree, severity=Severity.WARNING, reads=(*READS, *RULES, *GRAFANA, PLATFORM))
def orphan(tree: Tree) -> Iterator[Finding]:
    """Names of all alerts, against the names in all pages."""
    alerts = {r.name for f in tree.match(*RULES) for r in rule_file(f).rules if isinstance(r, AlertingRule)}
    alerts |= {name for f in tree.match(*GRAFANA) for name, _ in grafana_alerts(f)}
    alerts |= {found[1] for f in tree.match(PLATFORM) for line in f.lines if (found := _ALERT.match(line))}
    for file in tree.match(*READS):
        for page in runbooks(file):
            if page.front is None or page.front.status == "archived":
                continue
            for name in page.front.alerts:
                if name not in alerts:
                    line = next((n for n, text in enumerate(file.lines, 1) if text.startswith("alerts:")), 1)
                    near = get_close_matches(name, alerts, 1)
                    mend = f"did you mean {near[0]}?" if near else "set `status: archived` and move it to runbooks/archive"
                    yield file.finding(f"there is no alert {name}", line=line, mend=mend)
