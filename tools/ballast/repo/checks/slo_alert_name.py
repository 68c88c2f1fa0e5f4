"""Alert names that cannot be told apart, or cannot be one.

An alert's name is the name of its runbook page (`runbooks/<AlertName>.md`) and what the person on call reads first. Two SLOs
with one alert name share a page, and in Alertmanager only their labels tell them apart; Sloth's own examples do that, so it is
a warning. A name with a slash or a line break cannot be a page's name, which is an error.

Mend: give each SLO an alert name of its own, or leave `name` out: CamelCase of service and SLO is made then.

    - alerting: {name: High/ErrorRate}
    + alerting: {name: CheckoutHighErrorRate}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ballast.repo.checks.registry import All, Found, check, check_across
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile
from ballast.repo.names import alert_name
from ballast.repo.position import Severity
from ballast.repo.source import Path

if TYPE_CHECKING:
    from ballast.repo.document import Document

_BAD = re.compile(r"""[/\\\x00-\x1f\x7f{}"]|^[.\s]|\s$""")


@check("slo/alert-name", on=SloFile)
def usable(file: SloFile) -> Iterator[Issue]:
    """Each name that is given."""
    for index, slo in enumerate(file.slos):
        name = slo.alerting.name
        if name and (_BAD.search(name) or len(name) > 120):
            path: Path = ("slos", index, "alerting", "name")
            shown = name if len(name) <= 60 else f"{name[:57]}…"
            yield Issue(path, f"{shown!r} cannot be the name of an alert and its runbook page", "such as CheckoutHighErrorRate")


@check_across("slo/alert-name", severity=Severity.WARNING)
def distinct(everything: All) -> Iterator[Found]:
    """No two SLOs with the same alert name."""
    first: dict[str, tuple[Document[SloFile], Path, str]] = {}
    for document in everything.slo_files:
        service = document.model.service
        for index, slo in enumerate(document.model.slos):
            if slo.status == "archived" or (slo.alerting.page_alert.disable and slo.alerting.ticket_alert.disable):
                continue
            name = alert_name(service, slo.name, slo.alerting.name)
            path: Path = ("slos", index, *(("alerting", "name") if slo.alerting.name else ("name",)))
            other, where, whose = first.setdefault(name, (document, path, f"{service}/{slo.name}"))
            if whose == f"{service}/{slo.name}":
                continue  # itself, or its twin: `slo/duplicate` says that
            message = f"the alert name {name} is also that of {whose}, at {other.position(*where)}"
            yield document, Issue(path, message, f"`alerting: {{name: {alert_name(service, slo.name)}}}`")
