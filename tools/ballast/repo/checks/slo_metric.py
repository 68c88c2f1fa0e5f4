"""A metric of a short form that cannot be one.

A short form builds its queries from the name of a metric, so that must be a name and nothing more. A histogram is named without
its suffix, because both its `_bucket` and its `_count` are used; a counter of requests is named as it is scraped.

Mend: write the bare name, and put matchers into `selector`.

    - latency: {metric: http_request_duration_seconds_bucket, threshold: 0.25}
    + latency: {metric: http_request_duration_seconds, threshold: 0.25}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import Service, SloFile
from ballast.repo.names import LABEL_NAME
from ballast.repo.promql import METRIC_NAME
from ballast.repo.source import Path

_SUFFIXES = ("_bucket", "_count", "_sum")


@check("slo/metric", on=SloFile)
def metrics(file: SloFile) -> Iterator[Issue]:
    """The metric of each short form."""
    for index, slo in enumerate(file.slos):
        at: Path = ("slos", index, "sli")
        for kind in ("availability", "latency", "gauge", "freshness", "throughput", "probe"):
            form = getattr(slo.sli, kind)
            if form is not None:
                yield from _bad((*at, kind, "metric"), form.metric, histogram=kind == "latency")
        if probe := slo.sli.probe:
            yield from _bad((*at, "probe", "duration_metric"), probe.duration_metric)


@check("slo/metric", on=Service)
def signals(service: Service) -> Iterator[Issue]:
    """The metrics and labels of a service's signals."""
    if service.signals:
        yield from _bad(("signals", "requests"), service.signals.requests)
        if service.signals.duration:
            yield from _bad(("signals", "duration"), service.signals.duration, histogram=True)
        for index, one in enumerate(service.signals.saturation):
            yield from _bad(("signals", "saturation", index, "used"), one.used)
            yield from _bad(("signals", "saturation", index, "limit"), one.limit) if one.limit else ()
        for index, label in enumerate(service.signals.duration_by or ()):
            if label not in service.signals.by:
                yield Issue(("signals", "duration_by", index), f"{label!r} is not in `by`", "add it there, or drop it here")
        for index, label in enumerate(service.signals.by):
            if not LABEL_NAME.fullmatch(label):
                yield Issue(("signals", "by", index), f"{label!r} is not the name of a label", "such as route or method")


def _bad(path: Path, metric: str, *, histogram: bool = False) -> Iterator[Issue]:
    if not METRIC_NAME.fullmatch(metric):
        bare = METRIC_NAME.match(metric)
        hint = f"write {bare[0]} and put the rest into `selector`" if bare and "{" in metric else "such as http_requests_total"
        yield Issue(path, f"{metric!r} is not the name of a metric", hint)
    elif histogram and metric.endswith(_SUFFIXES):
        base = metric.rpartition("_")[0]
        yield Issue(path, f"{metric} is one series of a histogram, not its name", f"write {base}")
