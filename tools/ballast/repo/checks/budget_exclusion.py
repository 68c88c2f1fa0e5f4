"""An exclusion that excludes nothing, or too much.

Time in an exclusion does not count against a budget. One that ends before it begins, or names a service or an SLO that is not
there, silently excludes nothing; one of more than a week is no maintenance but a different objective.

Mend: the times, or the names.

    - - {service: checkout, start: "2026-11-02T02:00:00Z", end: "2026-11-01T04:00:00Z", reason: database upgrade, approver: ada}
    + - {service: checkout, start: "2026-11-01T02:00:00Z", end: "2026-11-01T04:00:00Z", reason: database upgrade, approver: ada}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ballast.repo.budget import Exclusion
from ballast.repo.checks.registry import All, Found, check_across
from ballast.repo.issue import Issue
from ballast.repo.source import Path


@check_across("budget/exclusion")
def exclusion(everything: All) -> Iterator[Found]:
    """Times of each, names against the SLO files."""
    slos: dict[str, set[str]] = {}
    for file in everything.slo_files:
        slos.setdefault(file.model.service, set()).update(slo.name for slo in file.model.slos)
    for document in everything.exclusions:
        for index, one in enumerate(document.model.exclusions):
            at: Path = ("exclusions", index)
            for issue in _times(at, one):
                yield document, issue
            if one.service not in slos:
                yield document, Issue((*at, "service"), f"`{one.service}` has no SLOs", "the name of an SLO file's service")
                continue
            for number, name in enumerate(one.slos):
                if name not in slos[one.service]:
                    hint = f"one of {', '.join(sorted(slos[one.service]))}"
                    yield document, Issue((*at, "slos", number), f"{one.service} has no SLO `{name}`", hint)


def _times(at: Path, one: Exclusion) -> Iterator[Issue]:
    moments = []
    for key in ("start", "end"):
        try:
            moments.append(datetime.fromisoformat(getattr(one, key)))
        except ValueError:
            yield Issue((*at, key), f"{getattr(one, key)} is no moment of any calendar", "such as 2026-01-05T09:00:00+01:00")
    if len(moments) == 2 and moments[1] <= moments[0]:
        yield Issue((*at, "end"), "it ends before it begins", "mend one of the two")
    elif len(moments) == 2 and moments[1] - moments[0] > timedelta(days=7):
        yield Issue((*at, "end"), "it is longer than a week", "split it, each part with its own reason")
