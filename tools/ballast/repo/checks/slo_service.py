"""An SLO of a service that nobody described.

`alerts/services/` says who owns a service and how important it is. Without that an alert has no owner, and its tier is a guess:
pages are P2, tickets P3.

Mend: describe the service in alerts/services/, or correct the name.

    - service: chekout
    + service: checkout
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ballast.repo.checks.registry import All, Found, check_across
from ballast.repo.issue import Issue
from ballast.repo.position import Severity


@check_across("slo/service", severity=Severity.WARNING)
def described(everything: All) -> Iterator[Found]:
    """Each service of an SLO file has a file of its own."""
    if not everything.complete:
        return
    known = {document.model.service for document in everything.services}
    for document in everything.slo_files:
        service = document.model.service
        if service in known or all(slo.status == "archived" for slo in document.model.slos):
            continue
        near = difflib.get_close_matches(service, known, n=1, cutoff=0.75)
        hint = f"did you mean `{near[0]}`? Or add" if near else "add"
        message = f"the service `{service}` is not described: its alerts have no owner, pages are P2 and tickets P3"
        yield document, Issue(("service",), message, f"{hint} alerts/services/{service}.yaml with its owner and tier")
