"""What a panel asks, and what Prometheus (and Loki) answer."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from ballast.dashboards.model import Panel, Target, listing, mapping, text
from ballast.dashboards.preview.events import Annotation, Event, joined, made_up, of_grafana
from ballast.dashboards.preview.exemplars import Exemplar, invented, read_exemplars, thinned
from ballast.dashboards.preview.span import MOST_POINTS, SCRAPE, Span
from ballast.dashboards.preview.variables import Values, fill
from ballast.repo import CannotRun, seconds

EXEMPLIFIED = ("timeseries", "graph", "heatmap")
"""Panels that draw exemplars."""
_ORDERED = re.compile(r"\s*(?:sort|topk|bottomk)")
_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A series of an answer: its name as the legend shows it, labels, the target's letter, times and values."""

    name: str
    labels: Mapping[str, str]
    ref: str
    times: list[float]
    values: list[float]

    @property
    def last(self) -> float:
        """The last value that is a number; NaN where none is."""
        return next((v for v in reversed(self.values) if not math.isnan(v)), math.nan)


@dataclass(slots=True)
class Answer:
    """What came back for a panel. `error` is what Prometheus said to a query that it refused, `step` and `span` were asked.

    `events` are annotations, each with its colour.
    """

    span: Span
    step: float
    series: list[Asked] = field(default_factory=list)
    lines: list[tuple[float, str]] = field(default_factory=list)
    error: str = ""
    invented: bool = False
    """The log lines are made up."""
    exemplars: list[Exemplar] = field(default_factory=list)
    events: list[tuple[str, Event]] = field(default_factory=list)


class Sources:
    """A Prometheus and maybe a Loki, by URL. Use as a context manager.

    `events` are Grafana's own annotations, None where they are not known. Where the data is synthetic, annotations of Grafana
    and exemplars are made up.
    """

    def __init__(
        self, prometheus: str, loki: str = "", *, events: Sequence[Event] | None = None, synthetic: bool = False
    ) -> None:
        self.metrics = _client(prometheus)
        self.logs = _client(loki) if loki else None
        self.held, self.synthetic = events, synthetic

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *_: object) -> None:
        self.metrics.close()
        if self.logs:
            self.logs.close()

    def label_values(self, label: str, selector: str) -> list[str]:
        """Values of a label among the series of a selector; none where Prometheus refuses the selector."""
        params = {"match[]": selector} if selector.strip() else {}
        body = _get(self.metrics, f"/api/v1/label/{label}/values", params)
        return [str(v) for v in body["data"]] if body.get("status") == "success" and isinstance(body.get("data"), list) else []

    def ask(self, panel: Panel, span: Span, values: Values, points: float) -> Answer:
        """All series (or log lines) of a panel that is `points` wide. CannotRun when a server does not answer."""
        span = own_span(panel, span)
        most = panel.data.get("maxDataPoints")
        least = max(SCRAPE, _seconds(panel.data.get("interval")))
        wide = most if isinstance(most, int | float) and not isinstance(most, bool) and most > 0 else points
        found = Answer(span, span.step(wide, least))
        for target in panel.targets:
            if target.hidden or not target.expr.strip():
                continue
            if target.language == "promql" and not target.datasource.internal:
                series = self._series(target, found, values)
                if not _ORDERED.match(target.expr):
                    series.sort(key=lambda one: (_natural(one.name), sorted(one.labels.items())))
                found.series += series
                if target.data.get("exemplar") is True and panel.type in EXEMPLIFIED and not target.instant:
                    found.exemplars += self._exemplars(target, found, values, series)
            elif target.language == "logql":
                self._lines(target, found, values)
        return found

    def _series(self, target: Target, answer: Answer, values: Values) -> list[Asked]:
        span = answer.span
        step = max(answer.step, _seconds(target.data.get("interval")))
        query = {"query": fill(target.expr, values, span, step)}
        if target.instant:
            kind, query = "query", query | {"time": f"{span.end:.3f}"}
        else:  # Grafana aligns ranges to the step
            start, end = (t // step * step for t in (span.start, span.end))
            kind, query = "query_range", query | {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        body = _get(self.metrics, f"/api/v1/{kind}", query)
        if body.get("status") != "success":
            answer.error = text(body.get("error")) or "Prometheus refused the query"
            return []
        return list(_read(mapping(body.get("data")), target, fill(target.legend, values, span, step, "text")))

    def _exemplars(self, target: Target, answer: Answer, values: Values, series: Sequence[Asked]) -> list[Exemplar]:
        """Exemplars of what a query selects; none where the server keeps none."""
        span, step = answer.span, answer.step
        if self.synthetic:
            held = [(line.labels, line.times, line.values) for line in series]
            return thinned(list(invented(held, target.expr)), step)
        query = {"query": fill(target.expr, values, span, step), "start": f"{span.start:.3f}", "end": f"{span.end:.3f}"}
        try:
            body = self.metrics.post("/api/v1/query_exemplars", data=query).json()
        except (httpx.HTTPError, ValueError):
            return []
        return thinned(read_exemplars(mapping(body).get("data")), step)

    def annotate(self, annotation: Annotation, uid: str, span: Span, values: Values) -> Annotation:
        """The annotation with its events in a time range; `uid` is the dashboard's."""
        if annotation.language == "promql":
            annotation.events = list(self._marked(annotation, span, values))
        elif annotation.language == "logql" and self.logs is not None:
            said = Answer(span, SCRAPE)
            lines = self._logged(fill(annotation.expr, values, span, SCRAPE), span, said)
            annotation.events = [Event(at, at, line) for at, line in lines]
            annotation.unknown = "refused" if said.error else ""
        elif annotation.language == "other" and not annotation.expr and (self.held is not None or self.synthetic):
            made = made_up(annotation, span) if self.synthetic and not annotation.own else ()
            annotation.events = of_grafana(annotation, [*(self.held or ()), *made], uid, span)
        else:
            annotation.unknown = "not asked"
        return annotation

    def _marked(self, annotation: Annotation, span: Span, values: Values) -> Iterator[Event]:
        """When a query is above zero, as Grafana makes annotations of it; none where it is refused."""
        step = max(_seconds(fill(annotation.step, values, span, SCRAPE)) or 60.0, span.length / MOST_POINTS)
        query = {"query": fill(annotation.expr, values, span, step), "step": f"{step:g}"}
        body = _get(self.metrics, "/api/v1/query_range", query | {"start": f"{span.start:.3f}", "end": f"{span.end:.3f}"})
        if body.get("status") != "success":
            annotation.unknown = "refused"
        for one in listing(mapping(body.get("data")).get("result")):
            points = [(float(t), float(v)) for t, v in mapping(one).get("values", []) if float(v) > 0]
            times = [value / 1e3 for _, value in points] if annotation.value_is_time else [t for t, _ in points]
            words = _templated(annotation.title, one["metric"], annotation.name) if annotation.title else annotation.name
            for start, end in joined(times, step):
                yield Event(start, end, words)

    def _lines(self, target: Target, answer: Answer, values: Values) -> None:
        if self.logs is None:
            answer.lines, answer.invented = list(_invented(answer.span)), True
            return
        answer.lines += self._logged(fill(target.expr, values, answer.span, answer.step), answer.span, answer)
        answer.lines.sort(reverse=True)

    def _logged(self, query: str, span: Span, answer: Answer) -> Iterator[tuple[float, str]]:
        """Lines that Loki finds with their times; what it says to a query that it refuses goes into the answer."""
        asked = {"query": query, "start": f"{span.start:.0f}", "end": f"{span.end:.0f}", "limit": "100"}
        body = _get(self.logs, "/loki/api/v1/query_range", asked) if self.logs else {}
        if body.get("status") != "success":
            answer.error = text(body.get("error")) or "Loki refused the query"
            return
        for stream in listing(mapping(body.get("data")).get("result")):
            yield from ((float(at) / 1e9, line) for at, line, *_ in stream.get("values", []))


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=60, trust_env=False)


def _get(client: httpx.Client, path: str, params: Mapping[str, str]) -> dict[str, Any]:
    try:
        answer = (
            client.get(path, params=params) if path.endswith("/values") or "loki" in path else client.post(path, data=params)
        )
        body = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CannotRun(f"{client.base_url} does not answer as Prometheus or Loki do: {error}") from None
    return mapping(body)


def own_span(panel: Panel, span: Span) -> Span:
    """The panel's own range where it has one (`timeFrom`), moved where it says so (`timeShift`)."""
    end = span.end - _seconds(panel.data.get("timeShift"))
    length = _seconds(panel.data.get("timeFrom")) or span.length
    return Span(end - length, end)


def _seconds(written: object) -> float:
    """A duration of Grafana (`7d`, `now-7d`, `>10s`); 0 for what is none."""
    try:
        return seconds(str(written).removeprefix("now-").removeprefix(">")) if isinstance(written, str) else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _read(data: dict[str, Any], target: Target, legend: str) -> Iterator[Asked]:
    """The series of a vector or matrix; a scalar is a series without labels."""
    result = data.get("result")
    if data.get("resultType") == "scalar":
        result = [{"metric": {}, "value": result}]
    elif data.get("resultType") == "string" or not isinstance(result, list):
        return
    result = [one for one in result if "values" in one or "value" in one]  # native histograms are not drawn
    names = _legends(legend, [one["metric"] for one in result])
    for one, name in zip(result, names, strict=True):
        points = one.get("values") or [one["value"]]
        yield Asked(name, one["metric"], target.ref or "A", [float(t) for t, _ in points], [float(v) for _, v in points])


def _legends(legend: str, all_labels: list[dict[str, str]]) -> list[str]:
    """A template's text; without one the labels in which the series differ."""
    if legend and legend != "__auto":
        return [_templated(legend, labels, "value") for labels in all_labels]
    differ = sorted({k for labels in all_labels for k, v in labels.items() if any(o.get(k) != v for o in all_labels)})
    if len(differ) == 1:
        return [labels.get(differ[0], "") or "value" for labels in all_labels]
    if differ:
        return [" ".join(f"{k}={labels[k]}" for k in differ if k in labels) for labels in all_labels]
    return [labels.get("__name__", "Value") for labels in all_labels]


def _templated(template: str, labels: Mapping[str, str], otherwise: str) -> str:
    return _FIELD.sub(lambda found: labels.get(found[1], ""), template).strip() or otherwise


def _natural(name: str) -> list[tuple[int, float, str]]:
    """So that 2 comes before 10."""
    return [(0, float(p), "") if p.isdigit() else (1, 0.0, p) for p in re.split(r"(\d+)", name) if p]


def _invented(span: Span) -> Iterator[tuple[float, str]]:
    """Log lines that never were."""
    words = (
        'level=error msg="upstream answered 503" route=/orders status=503 duration=1.204s',
        'level=error msg="connection reset by peer" peer=payments:8443 attempt=1',
        'level=warn msg="retrying" attempt=2 backoff=400ms',
        'level=error msg="deadline exceeded" route=/orders duration=5s',
    )
    for number in range(24):
        yield span.end - 7 - number * number * 11, words[number * 7 % 4]
