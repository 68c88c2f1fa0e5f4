"""An alert on a raw threshold says neither which SLO it serves nor why it exists.

Only SLO alerts page (decision 4): a threshold on a cause wakes people for what no customer notices. Such an alert either
names its SLO in the label `slo` (`availability`, or `checkout/availability`), or carries the annotations `justification` (why
a person must see it), `owner` (who answers for it) and `review_date` (YYYY-MM-DD). When that day has passed, `ballast due`
lists the alert.

Mend: name the SLO, or write the three annotations; at the review date, keep it with a new date or archive it.

    - expr: node_filesystem_avail_bytes < 1e9
    + expr: node_filesystem_avail_bytes < 1e9
    + annotations:
    +   justification: A full disk stops writes, and no SLO covers this host.
    +   owner: team-observability
    +   review_date: 2999-01-01
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

from ballast.alerts.model import AlertingRule
from ballast.findings import Finding, Tree, check
from ballast.repo.source import read

WANTED = {
    "justification": "why a person must see it",
    "owner": "who answers for it",
    "review_date": "when somebody looks at it again",
}
SLOS = "alerts/slos/**/*.{yaml,yml}"
MEND = "label it with the `slo` it serves, or see `ballast explain alerts/justification`"


@check("alerts/justification", on=AlertingRule, also=(SLOS,))
def justification(rule: AlertingRule, tree: Tree) -> Iterator[Finding]:
    """Look for the label, then for the annotations."""
    if slo := rule.labels.get("slo"):
        at_home = rule.source.path in tree  # somebody else's SLOs are not here
        if at_home and not any(slo in _names(file.path, file.data) for file in tree.match(SLOS)):
            text = f"serves the SLO {slo!r}, and there is none of that name"
            yield rule.finding(text, at=("labels", "slo"), mend="name one that `ballast slo list` prints")
        return
    texts = {**{k: v for k, v in rule.labels.items() if k == "owner"}, **rule.annotations}
    missing = [f"`{key}` ({why})" for key, why in WANTED.items() if not texts.get(key, "").strip()]
    if missing:
        yield rule.finding(f"a raw threshold with no `slo` and without {', '.join(missing)}", mend=MEND)
    if day := texts.get("review_date", "").strip():
        yield from _review(rule, day)


@cache
def _names(path: str, data: bytes) -> frozenset[str]:
    """Names of a file's SLOs, with and without their service."""
    names: set[str] = set()
    for document in read(path, data)[0]:
        slos = document.data.get("slos") if isinstance(document.data, dict) else None
        for slo in slos if isinstance(slos, list) else []:
            if isinstance(slo, dict) and "name" in slo:
                names |= {str(slo["name"]), f"{document.data.get('service')}/{slo['name']}"}
    return frozenset(names)


def _review(rule: AlertingRule, day: str) -> Iterator[Finding]:
    try:
        date.fromisoformat(day)
    except ValueError:
        text = f"`review_date` is {day!r} and not a date"
        yield rule.finding(text, at=("annotations", "review_date"), mend="write it as 2027-01-31")
