"""Our SLO files become OpenSLO v1 documents; whatever of them OpenSLO has no word for is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ballast.repo import Document, Problem, Slo, SloFile, window_pairs
from ballast.slo.openslo.alerting import ALERT_NAME, MINIMUM_TRAFFIC, SHORT_WINDOW
from ballast.slo.openslo.indicator import SLI_KIND
from ballast.slo.openslo.model import VERSION
from ballast.slo.openslo.notes import Notes, Path, Refused
from ballast.slo.openslo.queries import as_counters
from ballast.slo.openslo.text import yaml_of
from ballast.slo.queries import sli_queries
from ballast.slo.slices import WINDOW, good_time

__all__ = ["Exported", "export_openslo"]

SOURCE, TARGET = "prometheus", "alertmanager"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_VALUE = re.compile(r"[a-z0-9A-Z][a-z0-9A-Z._-]*")
_OPS = {"below": "lt", "at_most": "lte", "above": "gt", "at_least": "gte"}


@dataclass(slots=True)
class Exported:
    """`text` is a file of OpenSLO documents; `problems` are what could not be expressed in them."""

    text: str = ""
    problems: list[Problem] = field(default_factory=list)


def export_openslo(documents: list[Document[SloFile]]) -> Exported:
    """OpenSLO documents of these files: a data source, a target, and each service with its SLOs."""
    done = Exported()
    made: list[dict[str, Any]] = [
        _document(
            "DataSource", {"name": SOURCE}, {"type": "Prometheus", "connectionDetails": {"url": "http://prometheus:9090"}}
        ),
        _document("AlertNotificationTarget", {"name": TARGET}, {"target": TARGET}),
    ]
    services = sorted({document.model.service for document in documents})
    made += [_document("Service", {"name": service}, {"description": f"The service {service}."}) for service in services]
    for document in documents:
        notes = Notes(document, done.problems)
        for number, slo in enumerate(document.model.slos):
            try:
                made.append(_slo(document.model, slo, number, notes))
            except Refused:
                continue
    done.text = "---\n".join(yaml_of(one) for one in made)
    return done


def _document(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _slo(file: SloFile, slo: Slo, number: int, notes: Notes) -> dict[str, Any]:
    path: Path = ("slos", number)
    if slo.status == "archived":
        raise notes.refuse(
            (*path, "status"), "archived", f"`{slo.name}` is archived, and OpenSLO's SLOs are not", "nothing to do"
        )
    if not _NAME.fullmatch(slo.name):
        hint = "lower-case letters, digits, `-` and `.`"
        notes.warn((*path, "name"), "name", f"other tools may refuse the name {slo.name!r}", hint)
    annotations = {}
    if slo.alerting.name:
        annotations[ALERT_NAME] = slo.alerting.name
        notes.note((*path, "alerting", "name"), "annotation", f"the alert's name stands in the annotation {ALERT_NAME}", "")
    if slo.minimum_traffic:
        annotations[MINIMUM_TRAFFIC] = f"{slo.minimum_traffic:.15g}"
        message = f"the minimum traffic stands in the annotation {MINIMUM_TRAFFIC}, which other tools do not know"
        notes.warn((*path, "minimum_traffic"), "annotation", message, "")
    _left_out(slo, path, notes)
    indicator, method, objective = _indicator(slo, path, notes)
    window: dict[str, Any] = {"duration": slo.window, "isRolling": True}
    if slo.window in ("month", "quarter"):
        start = {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"}
        window = {"duration": {"month": "1M", "quarter": "1Q"}[slo.window], "isRolling": False, "calendar": start}
    spec = {
        "description": slo.description[:1050],
        "service": file.service,
        "indicator": indicator,
        "timeWindow": [window],
        "budgetingMethod": method,
        "objectives": [{"displayName": slo.name, **objective, "target": float(f"{slo.objective / 100:.12g}")}],
        "alertPolicies": list(_policies(slo, path, notes)),
    }
    metadata = {"name": slo.name, "labels": _labels(file, slo, number, notes), "annotations": annotations}
    return _document("SLO", metadata, {key: value for key, value in spec.items() if value != ""})


def _left_out(slo: Slo, path: Path, notes: Notes) -> None:
    """What has no place in OpenSLO."""
    alerting = slo.alerting
    for name, value in (
        ("labels", alerting.labels),
        ("annotations", alerting.annotations),
        ("page_alert", alerting.page_alert.labels or alerting.page_alert.annotations),
        ("ticket_alert", alerting.ticket_alert.labels or alerting.ticket_alert.annotations),
    ):
        if value:
            message = "labels and annotations of alerts cannot be expressed: they are left out"
            notes.warn((*path, "alerting", name), "alerting", message, "")
    if alerting.page_alert.disable and alerting.ticket_alert.disable:
        notes.warn((*path, "alerting"), "alerting", "no alert at all cannot be told from an SLO without policies", "")
    if slo.groups:
        message = "the queries are grouped, but neither `limit` nor `objectives` of groups can be expressed"
        notes.warn((*path, "groups"), "groups", message, "write an SLO for each group that has an objective of its own")
    if len(slo.description) > 1050:
        notes.warn((*path, "description"), "description", "the description is cut after 1050 characters", "")


def _labels(file: SloFile, slo: Slo, number: int, notes: Notes) -> dict[str, str]:
    for where, labels in ((("labels",), file.labels), (("slos", number, "labels"), slo.labels)):
        for key, value in labels.items():
            if not _VALUE.fullmatch(value) or len(value) > 63:
                notes.warn(
                    (*where, key), "labels", f"other tools may refuse the label's value {value!r}", "63 letters, digits, `._-`"
                )
    return {**file.labels, **slo.labels}


def _policies(slo: Slo, path: Path, notes: Notes) -> Iterator[dict[str, Any]]:
    """A policy for each window pair; the short window is an annotation, because a condition has one window."""
    off = {s for s, o in (("page", slo.alerting.page_alert), ("ticket", slo.alerting.ticket_alert)) if o.disable}
    pairs = [pair for pair in window_pairs(slo.window, slo.burn_rates) if pair.severity not in off]
    if pairs:
        message = f"short windows stand in the annotation {SHORT_WINDOW}: a condition of OpenSLO has one window"
        notes.note((*path, "burn_rates") if slo.burn_rates else (*path, "name"), "annotation", message, "")
    for pair in pairs:
        name = f"{slo.name}-{pair.severity}-{pair.name}".lower()
        condition = {
            "severity": pair.severity,
            "condition": {
                "kind": "burnrate",
                "op": "gt",
                "threshold": pair.factor,
                "lookbackWindow": pair.long,
                "alertAfter": "0m",
            },
        }
        if not re.fullmatch(r"[1-9][0-9]*[mhdw]", pair.long):
            where = (*path, "burn_rates") if slo.burn_rates else path
            raise notes.refuse(
                where, "alerting", f"a window of {pair.long} cannot be expressed", "one number and one of m, h, d, w"
            )
        metadata = {"name": name, "annotations": {SHORT_WINDOW: pair.short}}
        yield {
            "kind": "AlertPolicy",
            "metadata": {"name": name},
            "spec": {
                "alertWhenNoData": True,
                "alertWhenResolved": True,
                "alertWhenBreaching": True,
                "conditions": [{"kind": "AlertCondition", "metadata": metadata, "spec": condition}],
                "notificationTargets": [{"targetRef": TARGET}],
            },
        }


def _metric(query: str) -> dict[str, Any]:
    return {"metricSource": {"metricSourceRef": SOURCE, "type": "Prometheus", "spec": {"query": query}}}


Indicator = tuple[dict[str, Any], str, dict[str, Any]]
"""The inline SLI, the budgeting method, and what the objective says besides its target."""


def _indicator(slo: Slo, path: Path, notes: Notes) -> Indicator:
    sli, name = slo.sli, slo.name
    by = slo.groups.by if slo.groups else ()
    at: Path = (*path, "sli")

    def inline(spec: dict[str, Any], annotations: dict[str, str] | None = None) -> dict[str, Any]:
        return {"metadata": {"name": f"{name}-sli", "annotations": annotations}, "spec": spec}

    if sli.composite:
        hint = "the members can be exported"
        raise notes.refuse((*at, "composite"), "composite", "a composite of other SLOs cannot be expressed in OpenSLO v1", hint)
    if sli.gauge or (sli.probe and not (sli.probe.failing or sli.probe.max_duration)):
        gauge = sli.gauge or sli.probe
        assert gauge is not None
        query = f"{gauge.metric}{{{gauge.selector.strip().strip(',')}}}" if gauge.selector.strip() else gauge.metric
        if sli.probe:
            notes.note((*at, "probe"), "kind", "it comes back as `gauge`, which compiles to the same rules", "")
        return inline({"thresholdMetric": _metric(query)}, {SLI_KIND: "gauge"}), "Occurrences", {"op": "gte", "value": 1}
    if sli.timeslice:
        one = sli.timeslice
        query = WINDOW.sub(one.slice, one.query.strip())
        if one.when:
            query = f"({query}) and on () ({one.when.strip()})"
        for key, op in _OPS.items():
            if (limit := getattr(one, key)) is not None:
                return inline({"thresholdMetric": _metric(query)}), "Occurrences", {"op": op, "value": limit}
        if not re.fullmatch(r"[1-9][0-9]*[mhdw]", one.slice):
            message = f"a slice of {one.slice} cannot be expressed"
            raise notes.refuse((*at, "timeslice", "slice"), "slices", message, "one number and one of m, h, d, w")
        ratio = {"rawType": "success", "raw": _metric(query)}
        return inline({"ratioMetric": ratio}), "RatioTimeslices", {"timeSliceWindow": one.slice}
    if good := good_time(sli, f" by ({', '.join(by)})" if by else ""):
        kind = next(key for key in ("freshness", "throughput", "probe") if getattr(sli, key))
        notes.note((*at, kind), "kind", "it comes back as `timeslice`: the same moments are good", "")
        return inline({"thresholdMetric": _metric(good)}), "Occurrences", {"op": "gte", "value": 1}
    if sli.raw:
        _window_stays((*at, "raw", "error_ratio_query"), notes)
        return (
            inline({"ratioMetric": {"rawType": "failure", "raw": _metric(sli.raw.error_ratio_query.strip())}}),
            "Occurrences",
            {},
        )
    queries = sli_queries(sli, by=by)
    assert queries.error is not None
    assert queries.total is not None
    window = "{{.window}}"
    bad, total = (
        (sli.events.error_query, sli.events.total_query) if sli.events else (queries.error(window), queries.total(window))
    )
    counted = as_counters(bad), as_counters(total)
    if sli.latency and not sli.latency.native and counted[1]:
        good_ = as_counters(f"sum(rate({queries.also}[{window}]))")
        assert good_ is not None
        if not by:
            return (
                inline({"ratioMetric": {"counter": True, "good": _metric(good_), "total": _metric(counted[1])}}),
                "Occurrences",
                {},
            )
    if counted[0] and counted[1]:
        return (
            inline({"ratioMetric": {"counter": True, "bad": _metric(counted[0]), "total": _metric(counted[1])}}),
            "Occurrences",
            {},
        )
    _window_stays(at, notes)
    return (
        inline({"ratioMetric": {"counter": True, "bad": _metric(bad.strip()), "total": _metric(total.strip())}}),
        "Occurrences",
        {},
    )


def _window_stays(path: Path, notes: Notes) -> None:
    message = "the queries keep {{.window}}, which Sloth and Ballast fill in and other tools do not"
    notes.warn(path, "query", message, "")
