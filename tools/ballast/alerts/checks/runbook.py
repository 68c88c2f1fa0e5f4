"""An alert has no runbook page.

Whoever is paged at 03:00 opens the link in the alert. It has to lead to a page of this repository: `runbooks/<alert>.md`,
with what the alert means, who is hurt, how to find the cause and how to stop it.

Mend: write the page (its sections are in `ballast explain runbooks/sections`), or set `runbook_url` to the page that covers it.

    - annotations:
    -   summary: Nobody says what to do.
    + annotations:
    +   runbook_url: https://git.example.com/sre/ballast/blob/main/runbooks/Example.md
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import AlertingRule
from ballast.findings import Finding, Tree, check

FOLDER = "runbooks/"


@check("alerts/runbook", on=AlertingRule, also=("runbooks/*.md",))
def runbook(rule: AlertingRule, tree: Tree) -> Iterator[Finding]:
    """Follow the link as far as this repository goes."""
    url = rule.annotations.get("runbook_url", "")
    if not url:
        text = "has no `runbook_url`: nobody who is woken by it knows what to do"
        yield rule.finding(text, mend=f"write {FOLDER}{rule.name}.md and link it in the annotation `runbook_url`")
        return
    name = url.partition("#")[0].rpartition("/")[2]
    at_home = rule.source.path in tree  # a page of somebody else's cannot be looked for here
    if name and at_home and f"{FOLDER}{name}" not in tree:
        text = f"its runbook {FOLDER}{name} does not exist"
        yield rule.finding(text, at=("annotations", "runbook_url"), mend="write that page, or mend the link")
