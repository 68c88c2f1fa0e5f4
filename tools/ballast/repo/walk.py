"""Walks of an SLO file that several checks take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ballast.repo.models import SloFile
from ballast.repo.source import Path


class LabelSet(NamedTuple):
    """Labels or annotations: where, which, and the values that Ballast gives its own labels there.

    `rendered` is true where Prometheus renders templates (on alerts), false for labels of recording rules.
    """

    path: Path
    values: Mapping[str, str]
    own: Mapping[str, str]
    annotations: bool = False
    rendered: bool = False


def label_sets(file: SloFile) -> Iterator[LabelSet]:
    """Every set of labels and annotations in a file that is not empty."""
    if file.labels:
        yield LabelSet(("labels",), file.labels, {"service": file.service})
    for index, slo in enumerate(file.slos):
        at: Path = ("slos", index)
        own = {"service": file.service, "slo": slo.name}
        if slo.labels:
            yield LabelSet((*at, "labels"), slo.labels, own)
        alerting = slo.alerting
        blocks = (
            ((*at, "alerting"), alerting.labels, alerting.annotations, own),
            ((*at, "alerting", "page_alert"), alerting.page_alert.labels, alerting.page_alert.annotations, own | _PAGE),
            ((*at, "alerting", "ticket_alert"), alerting.ticket_alert.labels, alerting.ticket_alert.annotations, own | _TICKET),
        )
        for path, labels, notes, values in blocks:
            if labels:
                yield LabelSet((*path, "labels"), labels, values, rendered=True)
            if notes:
                yield LabelSet((*path, "annotations"), notes, values, annotations=True, rendered=True)


_PAGE = {"severity": "page"}
_TICKET = {"severity": "ticket"}
