"""The walk over an SLO file's labels and annotations that several checks take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ballast.repo.models import SloFile
from ballast.repo.source import Path


class LabelSet(NamedTuple):
    """Labels or annotations that stand together, and on what they will stand: Prometheus renders templates on alerts only."""

    path: Path
    values: Mapping[str, str]
    on: Literal["records", "alerts", "annotations"]


def label_sets(file: SloFile) -> Iterator[LabelSet]:
    """Every set of labels and annotations in a file that is not empty."""
    if file.labels:
        yield LabelSet(("labels",), file.labels, "records")
    for index, slo in enumerate(file.slos):
        if slo.labels:
            yield LabelSet(("slos", index, "labels"), slo.labels, "records")
        alerting = slo.alerting
        for step, block in (("", alerting), ("page_alert", alerting.page_alert), ("ticket_alert", alerting.ticket_alert)):
            path: Path = ("slos", index, "alerting", step) if step else ("slos", index, "alerting")
            if block.labels:
                yield LabelSet((*path, "labels"), block.labels, "alerts")
            if block.annotations:
                yield LabelSet((*path, "annotations"), block.annotations, "annotations")
