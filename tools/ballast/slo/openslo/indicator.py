"""OpenSLO's indicators become ours, by the way the budget is counted.

| OpenSLO | ours |
|---|---|
| ratioMetric, Occurrences | events (latency, where it is a bucket of a histogram); raw ratios as raw |
| ratioMetric, Timeslices | timeslice: the ratio over a slice, at least `timeSliceTarget` |
| ratioMetric, RatioTimeslices | timeslice without a comparison: the mean of the slices' ratios |
| thresholdMetric, Occurrences | timeslice: each evaluation compares the value |
| thresholdMetric, Timeslices | timeslice: the share of a slice in which the value is right, at least `timeSliceTarget` |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ballast.repo import Document
from ballast.slo.openslo import model as openslo
from ballast.slo.openslo.notes import Notes, Path
from ballast.slo.openslo.queries import WINDOW, as_bare, as_rates, has_window, parses, printed

__all__ = ["SLI_KIND", "indicator_of"]

SLI_KIND = "ballast-sli"
"""Annotation of an indicator that is one of ours; `gauge`: its values are 0 and 1."""

PROMETHEUS = {"prometheus", "thanos", "mimir", "cortex", "victoriametrics", "victoria-metrics", "gmp", "amp"}
COMPARISONS = {"lt": "below", "lte": "at_most", "gt": "above", "gte": "at_least"}
SYMBOLS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
STEP = "15s"
"""How finely a slice is looked at, where the share of it that was right counts."""

_BUCKET = re.compile(r"sum\((\w+)_bucket\{(.*)\}\)")
_LE = re.compile(r'(?:^|,)le(=~?)"([0-9.]+)(?:\(\[\.\]0\)\?)?"')


class _Reader:
    """Reads the indicator of one objective; `notes` and `path` are of the document in which the SLI stands."""

    def __init__(self, notes: Notes, path: Path, sources: Mapping[str, Document[openslo.DataSource]]) -> None:
        self.notes, self.path, self.sources = notes, path, sources

    def query(self, metric: openslo.Metric, name: Path) -> str:
        """The PromQL of a metric source. Raises Refused when it is none."""
        source, path = metric.metricSource, (*self.path, *name, "metricSource")
        kind = source.type
        if source.metricSourceRef:
            other = self.sources.get(source.metricSourceRef)
            if other is None:
                message = f"there is no DataSource `{source.metricSourceRef}`"
                raise self.notes.refuse(
                    (*path, "metricSourceRef"), "source", message, "name one of these files, or add its file"
                )
            kind = kind or other.model.spec.type
        if kind and kind.lower().replace(" ", "") not in PROMETHEUS:
            message = f"the source {kind} cannot be expressed: Ballast's rules run in Prometheus"
            raise self.notes.refuse(path, "source", message, "export its metrics to Prometheus, and ask there")
        found = source.spec.get("query", source.spec.get("promql"))
        if not isinstance(found, str) or not parses(found):
            raise self.notes.refuse(
                (*path, "spec"), "source", "no `query` that is PromQL", "spec: {query: sum(http_requests_total)}"
            )
        for key in source.spec:
            if key not in ("query", "promql"):
                self.notes.warn((*path, "spec", key), "source", f"`{key}` is not taken over", "put it into the query")
        return found.strip()

    def events(self, metric: openslo.Metric, name: Path, *, counter: bool) -> str:
        """Events per second over `{{.window}}`."""
        query = self.query(metric, name)
        if has_window(query):
            return query
        text = as_rates(query) if counter or "[" in query else as_bare(query, "avg_over_time")
        if text is None:
            message = "the query is no sum of counters, and has no {{.window}}: what it counts over a window cannot be told"
            hint = f"write its range as [{WINDOW}], or the bare counters: sum(http_requests_total)"
            raise self.notes.refuse((*self.path, *name, "metricSource", "spec", "query"), "query", message, hint)
        if "[" in query:
            message = "the query's own range becomes the window: events of the window are counted, not averaged"
            self.notes.note((*self.path, *name, "metricSource", "spec", "query"), "query", message, "")
        return text


def indicator_of(
    document: Document[openslo.Slo],
    number: int,
    notes: Notes,
    slis: Mapping[str, Document[openslo.Sli]],
    sources: Mapping[str, Document[openslo.DataSource]],
) -> dict[str, Any]:
    """Our `sli` of an objective. Raises Refused when it cannot be expressed."""
    spec, objective = document.model.spec, document.model.spec.objectives[number]
    if objective.indicator or objective.indicatorRef or objective.compositeWeight is not None:
        hint = "write one SLO for each, and a Ballast composite of them: sli: {composite: {weighted: {service/slo: weight}}}"
        path: Path = ("spec", "objectives", number)
        raise notes.refuse(path, "composite", "an objective with an indicator or weight of its own cannot be expressed", hint)
    if (spec.indicator is None) == (not spec.indicatorRef):
        raise notes.refuse(("spec",), "indicator", "the SLO has neither `indicator` nor `indicatorRef`, or both", "give one")
    at: Path
    if spec.indicator is not None:
        sli, metadata, reader, at = spec.indicator.spec, spec.indicator.metadata, notes, ("spec", "indicator", "spec")
    else:
        other = slis.get(spec.indicatorRef)
        if other is None:
            message = f"there is no SLI `{spec.indicatorRef}`"
            raise notes.refuse(("spec", "indicatorRef"), "indicator", message, "name one of these files, or add its file")
        sli, metadata, reader, at = other.model.spec, other.model.metadata, notes.about(other), ("spec",)
    if (sli.thresholdMetric is None) == (sli.ratioMetric is None):
        raise reader.refuse(at, "indicator", "an SLI has one of `ratioMetric` and `thresholdMetric`", "give one")
    asks = _Reader(reader, at, sources)
    gauge = metadata is not None and metadata.annotations.get(SLI_KIND) == "gauge"
    if sli.thresholdMetric:
        return _threshold(spec, number, sli.thresholdMetric, asks, notes, gauge=gauge)
    assert sli.ratioMetric is not None
    if objective.op or objective.value is not None:
        message = "`op` and `value` are of a threshold metric: a ratio is not compared with them"
        notes.note(("spec", "objectives", number), "objective", message, "remove them")
    return _ratio(spec, number, sli.ratioMetric, asks, notes)


def _threshold(
    spec: openslo.SloSpec, number: int, metric: openslo.Metric, asks: _Reader, notes: Notes, *, gauge: bool
) -> dict[str, Any]:
    objective = spec.objectives[number]
    path: Path = ("spec", "objectives", number)
    if objective.op is None or objective.value is None:
        raise notes.refuse(path, "objective", "a threshold metric needs `op` and `value`", "op: lte, value: 0.5")
    query = asks.query(metric, ("thresholdMetric",))
    compared = {COMPARISONS[objective.op]: objective.value}
    if spec.budgetingMethod == "Occurrences":
        bare = re.fullmatch(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?", query)
        if gauge and bare:
            return {"gauge": {"metric": bare[1], "selector": bare[2] or None}}
        return {"timeslice": {"query": query, **compared}}
    slice_, target = _slice(objective, notes, path), objective.timeSliceTarget
    if spec.budgetingMethod == "Timeslices" and target is None:
        raise notes.refuse(path, "objective", "time slices need `timeSliceTarget`", "timeSliceTarget: 0.95")
    right = f"avg_over_time((({query}) {SYMBOLS[objective.op]} bool {objective.value:.15g})[{WINDOW}:{STEP}])"
    return {"timeslice": {"query": right, "slice": slice_, **({"at_least": target} if target is not None else {})}}


def _ratio(spec: openslo.SloSpec, number: int, ratio: openslo.RatioMetric, asks: _Reader, notes: Notes) -> dict[str, Any]:
    if ratio.raw:
        return _raw(spec, number, ratio, asks, notes)
    if ratio.total is None or (ratio.good is None) == (ratio.bad is None):
        message = "a ratio is `total` with one of `good` and `bad`, or `raw`"
        raise asks.notes.refuse((*asks.path, "ratioMetric"), "indicator", message, "give the one that is missing")
    total = asks.events(ratio.total, ("ratioMetric", "total"), counter=ratio.counter)
    if ratio.bad:
        bad, good = asks.events(ratio.bad, ("ratioMetric", "bad"), counter=ratio.counter), ""
    else:
        assert ratio.good is not None
        good = asks.events(ratio.good, ("ratioMetric", "good"), counter=ratio.counter)
        bad = f"({total}) - ({good})"
    if spec.budgetingMethod == "Occurrences":
        latency = _latency(ratio, asks)
        return {"latency": latency} if latency else {"events": {"error_query": bad, "total_query": total}}
    share = f"({good}) / ({total})" if good else f"1 - ({bad}) / ({total})"
    return _slices(spec, number, share, notes)


def _raw(spec: openslo.SloSpec, number: int, ratio: openslo.RatioMetric, asks: _Reader, notes: Notes) -> dict[str, Any]:
    assert ratio.raw is not None
    name: Path = ("ratioMetric", "raw")
    if ratio.good or ratio.bad or ratio.total or ratio.rawType is None:
        message = "`raw` needs `rawType`, and neither `good`, `bad` nor `total`"
        raise asks.notes.refuse((*asks.path, "ratioMetric"), "indicator", message, "rawType: failure")
    query = asks.query(ratio.raw, name)
    if spec.budgetingMethod != "Occurrences":
        return _slices(spec, number, query if ratio.rawType == "success" else f"1 - ({query})", notes)
    if not has_window(query):
        bare = as_bare(query, "avg_over_time")
        if bare is None:
            message = "the ratio has a range of its own, so that windows of other lengths cannot be asked for"
            hint = f"write its range as [{WINDOW}], or the bare series"
            raise asks.notes.refuse((*asks.path, *name, "metricSource", "spec", "query"), "query", message, hint)
        query = bare
    return {"raw": {"error_ratio_query": query if ratio.rawType == "failure" else f"1 - ({query})"}}


def _slices(spec: openslo.SloSpec, number: int, share: str, notes: Notes) -> dict[str, Any]:
    objective, path = spec.objectives[number], ("spec", "objectives", number)
    found: dict[str, Any] = {"query": share, "slice": _slice(objective, notes, path)}
    if spec.budgetingMethod == "RatioTimeslices":
        return {"timeslice": found}
    if objective.timeSliceTarget is None:
        raise notes.refuse(path, "objective", "time slices need `timeSliceTarget`", "timeSliceTarget: 0.95")
    return {"timeslice": {**found, "at_least": objective.timeSliceTarget}}


def _slice(objective: openslo.Objective, notes: Notes, path: Path) -> str:
    given = objective.timeSliceWindow
    if given is None:
        raise notes.refuse(path, "objective", "time slices need `timeSliceWindow`", "timeSliceWindow: 1m")
    text = f"{given:g}m" if isinstance(given, int | float) else given
    if not re.fullmatch(r"[1-9][0-9]*[mhdw]", text):
        raise notes.refuse((*path, "timeSliceWindow"), "objective", f"no slice of {given} can be expressed", "such as 1m")
    message = f"a slice of {text} ends at every evaluation, where OpenSLO's follow one another"
    notes.note((*path, "timeSliceWindow"), "slices", message, "")
    return text


def _latency(ratio: openslo.RatioMetric, asks: _Reader) -> dict[str, Any] | None:
    """A bucket of a classic histogram among all of it: then Ballast knows that the bucket has to be there."""
    if not ratio.counter or ratio.good is None or ratio.total is None:
        return None
    good, total = (asks.query(m, ("ratioMetric", n)) for m, n in ((ratio.good, "good"), (ratio.total, "total")))
    bucket = _BUCKET.fullmatch(printed(good))
    le = _LE.search(bucket[2]) if bucket else None
    if bucket is None or le is None:
        return None
    rest = _LE.sub("", bucket[2]).strip(",")
    if printed(total) != printed(f"sum({bucket[1]}_count{{{rest}}})"):
        return None
    return {"metric": bucket[1], "selector": rest or None, "threshold": float(le[2])}
