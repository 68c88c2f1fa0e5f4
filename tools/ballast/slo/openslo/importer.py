"""OpenSLO documents become SLO files of ours; whatever of them does not is said, at its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ballast.repo import Document, Problem, read_foreign, read_slo_text
from ballast.slo.openslo import model as openslo
from ballast.slo.openslo.alerting import alerting_of
from ballast.slo.openslo.indicator import indicator_of
from ballast.slo.openslo.notes import Notes, Refused
from ballast.slo.openslo.text import yaml_of

__all__ = ["Imported", "import_openslo"]


@dataclass(slots=True)
class Imported:
    """`files` are texts by name, `<service>.yaml`; `problems` are what could not be read or not be expressed."""

    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """All documents, by kind and name."""

    slis: Mapping[str, Document[openslo.Sli]]
    policies: Mapping[str, Document[openslo.AlertPolicy]]
    conditions: Mapping[str, Document[openslo.AlertCondition]]
    sources: Mapping[str, Document[openslo.DataSource]]


def import_openslo(paths: list[Path]) -> Imported:
    """Read OpenSLO v1 files, in any number and order of documents, and write each service's SLOs as one of our files.

    An SLO of which the indicator, the window or the objective cannot be expressed is left out, with an error.
    """
    documents, problems = read_foreign(paths, openslo.KINDS, openslo.VERSION, "openslo/document")
    done = Imported(problems=list(problems))
    known = _known(documents, done)
    services: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        notes = Notes(document, done.problems)
        if isinstance(document.model, openslo.Slo):
            try:
                found = list(_slos(document, notes, known))
            except Refused:
                continue
            services.setdefault(document.model.spec.service, []).extend(found)
        elif isinstance(document.model, openslo.Service):
            _service(document.model, notes)
        elif isinstance(document.model, openslo.AlertNotificationTarget):
            hint = "say in alerts/routing.yaml and alerts/oncall.yaml who is told, and how"
            notes.note(("spec", "target"), "target", f"`{document.model.metadata.name}`: alerts/routing.yaml decides", hint)
        elif isinstance(document.model, openslo.DataSource):
            _source(document.model, notes)
    for service, slos in sorted(services.items()):
        text = yaml_of({"version": "prometheus/v1", "service": service, "slos": slos})
        name = f"{service}.yaml"
        _, wrong = read_slo_text(name, text)
        done.problems += wrong
        done.files[name] = text
    return done


def _known(documents: list[Document[Any]], done: Imported) -> Known:
    by_kind: dict[str, dict[str, Document[Any]]] = {kind: {} for kind in openslo.KINDS}
    for document in documents:
        kind, name = document.model.kind, document.model.metadata.name
        if name in by_kind[kind]:
            other = by_kind[kind][name].position("metadata", "name")
            Notes(document, done.problems).error(
                ("metadata", "name"), "document", f"a second {kind} named `{name}`: the first is at {other}", "rename one"
            )
            continue
        by_kind[kind][name] = document
    return Known(by_kind["SLI"], by_kind["AlertPolicy"], by_kind["AlertCondition"], by_kind["DataSource"])


def _service(model: openslo.Service, notes: Notes) -> None:
    name = model.metadata.name
    hint = f"write alerts/services/{name}.yaml with its owner and tier, which OpenSLO does not have"
    notes.note(("metadata", "name"), "service", f"the service `{name}` is not taken over", hint)


def _source(model: openslo.DataSource, notes: Notes) -> None:
    if model.spec.connectionDetails:
        message = "`connectionDetails` are not taken over: rules run in the Prometheus that loads them"
        notes.note(("spec", "connectionDetails"), "source", message, "BALLAST_PROMETHEUS_URL is where commands look")


def _slos(document: Document[openslo.Slo], notes: Notes, known: Known) -> Iterator[dict[str, Any]]:
    """One of our SLOs for each objective."""
    spec, metadata = document.model.spec, document.model.metadata
    if not _SERVICE.fullmatch(spec.service):  # it also names the file
        hint = "letters, digits, `.`, `_` and `-`"
        raise notes.refuse(("spec", "service"), "name", f"{spec.service!r} is not the name of a service", hint)
    window = _window(spec, notes)
    labels = _labels(metadata, notes)
    alerting = alerting_of(document, notes, window, known.policies, known.conditions)
    several = len(spec.objectives) > 1
    for number, objective in enumerate(spec.objectives):
        sli = indicator_of(document, number, notes, known.slis, known.sources)
        name = f"{metadata.name}-{_slug(objective.displayName) or number + 1}" if several else metadata.name
        own = {**alerting, "alerting": {**alerting["alerting"]}}
        if several and own["alerting"].pop("name", None):
            notes.warn(
                ("metadata", "annotations"), "alerting", "one name for the alerts of several objectives", "names are made up"
            )
        yield {
            "name": name,
            "objective": _percent(objective, number, notes),
            "description": spec.description or metadata.displayName or None,
            "labels": labels,
            "sli": sli,
            **own,
            "window": window,
        }


def _percent(objective: openslo.Objective, number: int, notes: Notes) -> float:
    path = ("spec", "objectives", number)
    if (objective.target is None) == (objective.targetPercent is None):
        raise notes.refuse(path, "objective", "the objective has neither `target` nor `targetPercent`, or both", "give one")
    if objective.targetPercent is not None:
        return objective.targetPercent
    assert objective.target is not None
    return float(f"{objective.target * 100:.12g}")


_ROLLING = {"7d": "7d", "1w": "7d", "28d": "28d", "4w": "28d", "30d": "30d", "1M": "30d"}
_CALENDAR = {"1M": "month", "1Q": "quarter", "3M": "quarter"}


def _window(spec: openslo.SloSpec, notes: Notes) -> str:
    path = ("spec", "timeWindow")
    if not spec.timeWindow:
        notes.note(path, "window", "no time window: 30 days are taken", "")
        return "30d"
    if len(spec.timeWindow) > 1:
        raise notes.refuse(path, "window", "more than one time window", "OpenSLO v1 has exactly one: remove the others")
    one = spec.timeWindow[0]
    if one.calendar is None:
        if one.isRolling is False:
            raise notes.refuse((*path, 0), "window", "a window that does not roll needs a `calendar`", "add it")
        if one.duration not in _ROLLING:
            hint = "Ballast's windows roll over 7, 28 or 30 days: choose one (the objective may have to change with it)"
            raise notes.refuse((*path, 0, "duration"), "window", f"no window of {one.duration} can be expressed", hint)
        if one.duration == "1M":
            notes.note((*path, 0, "duration"), "window", "a rolling month is taken as 30 days", "")
        return _ROLLING[one.duration]
    if one.isRolling:
        raise notes.refuse((*path, 0, "isRolling"), "window", "a window rolls or follows the calendar, not both", "remove one")
    if one.duration not in _CALENDAR:
        hint = "Ballast has the calendar's month (1M) and quarter (1Q)"
        raise notes.refuse((*path, 0, "duration"), "window", f"no calendar window of {one.duration} can be expressed", hint)
    window = _CALENDAR[one.duration]
    months = "(0[1-9]|1[0-2])" if window == "month" else "(01|04|07|10)"
    if not re.match(rf"[0-9]{{4}}-{months}-01[ T]00:00", one.calendar.startTime):
        message = f"a {window} that begins at {one.calendar.startTime} is taken as the calendar's"
        notes.warn((*path, 0, "calendar", "startTime"), "window", message, f"it begins on the first of a {window}, at midnight")
    if one.calendar.timeZone not in ("UTC", "Etc/UTC"):
        hint = "`time_zone` in alerts/budget-policy.yaml is the ledger's"
        message = f"the zone {one.calendar.timeZone} is not taken over: rules count months in UTC"
        notes.warn((*path, 0, "calendar", "timeZone"), "window", message, hint)
    return window


_SERVICE = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _labels(metadata: openslo.Metadata, notes: Notes) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in metadata.labels.items():
        path = ("metadata", "labels", key)
        if not _LABEL.fullmatch(key):
            notes.warn(path, "labels", f"{key!r} cannot name a label in Prometheus: it is left out", "letters, digits and `_`")
        elif isinstance(value, list):
            found[key] = ",".join(value)
            notes.warn(path, "labels", f"a label has one value: `{key}` becomes {found[key]!r}", "write one value")
        else:
            found[key] = value
    for key in metadata.annotations:
        if not key.startswith("ballast-"):
            notes.warn(("metadata", "annotations", key), "annotations", f"the annotation `{key}` is not taken over", "")
    return found


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
