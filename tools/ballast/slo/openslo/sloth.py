"""Our SLO files become Sloth's: the short forms are written out, the rest is left out and said."""

from __future__ import annotations

from typing import Any

from ballast.repo import Document, Slo, SloFile
from ballast.slo.alerting import alert_name
from ballast.slo.openslo.exporter import Exported
from ballast.slo.openslo.notes import Notes, Path, Refused
from ballast.slo.openslo.text import yaml_of
from ballast.slo.queries import sli_queries

__all__ = ["export_sloth"]

WINDOW = "{{.window}}"


def export_sloth(documents: list[Document[SloFile]]) -> Exported:
    """Sloth `prometheus/v1` documents of these files, one each."""
    done = Exported()
    texts = []
    for document in documents:
        notes, file = Notes(document, done.problems), document.model
        slos = []
        for number, slo in enumerate(file.slos):
            try:
                slos.append(_slo(file, slo, number, notes))
            except Refused:
                continue
        if slos:
            texts.append(
                yaml_of({"version": "prometheus/v1", "service": file.service, "labels": dict(file.labels), "slos": slos})
            )
    done.text = "---\n".join(texts)
    return done


def _slo(file: SloFile, slo: Slo, number: int, notes: Notes) -> dict[str, Any]:
    path: Path = ("slos", number)
    if slo.status == "archived":
        raise notes.refuse(
            (*path, "status"), "archived", f"`{slo.name}` is archived, and Sloth's SLOs are not", "nothing to do"
        )
    for key, given, what in (
        ("burn_rates", bool(slo.burn_rates), "Sloth takes window pairs from a file of its own (--slo-period-windows-path)"),
        ("minimum_traffic", bool(slo.minimum_traffic), "Sloth's alerts know no minimum of traffic"),
        ("groups", bool(slo.groups), "the queries are grouped, but Sloth has neither a limit nor objectives of groups"),
    ):
        if given:
            notes.warn((*path, key), key.replace("_", "-"), f"`{key}` is left out: {what}", "")
    if slo.window in ("month", "quarter"):
        raise notes.refuse((*path, "window"), "window", f"Sloth has no calendar {slo.window}", "give it a window that rolls")
    if slo.window != "30d":
        message = f"Sloth is told of {slo.window} on its command line"
        notes.note((*path, "window"), "window", message, f"sloth generate --default-slo-period={slo.window}")
    alerting = slo.alerting.model_dump(exclude_defaults=True)
    return {
        "name": slo.name,
        "objective": slo.objective,
        "description": slo.description or None,
        "labels": dict(slo.labels),
        "sli": _sli(slo, path, notes),
        "alerting": {"name": alert_name(file.service, slo), **alerting},
    }


def _sli(slo: Slo, path: Path, notes: Notes) -> dict[str, Any]:
    sli = slo.sli
    if sli.raw:
        return {"raw": {"error_ratio_query": sli.raw.error_ratio_query}}
    queries = sli_queries(sli, by=slo.groups.by if slo.groups else ())
    if sli.events:
        return {"events": {"error_query": sli.events.error_query, "total_query": sli.events.total_query}}
    if queries.good or queries.whole or queries.error is None or queries.total is None:
        kind = next(name for name in type(sli).model_fields if getattr(sli, name) is not None)
        hint = "record slo:good_time:ratio with Ballast's rules" if queries.good else "export its members"
        raise notes.refuse(
            (*path, "sli", kind), "kind", f"`{kind}` is made of recorded series, which Sloth does not record", hint
        )
    if sli.gauge or sli.probe:
        # Sloth has no length of a window to divide by; a ratio of samples does not need one.
        gauge = sli.gauge or sli.probe
        assert gauge is not None
        select = f"{gauge.metric}{{{gauge.selector.strip().strip(',')}}}"
        count, good = f"sum(count_over_time({select}[{WINDOW}]))", f"sum(sum_over_time({select}[{WINDOW}]))"
        return {"events": {"error_query": f"{count} - {good}", "total_query": count}}
    return {"events": {"error_query": queries.error(WINDOW), "total_query": queries.total(WINDOW)}}
