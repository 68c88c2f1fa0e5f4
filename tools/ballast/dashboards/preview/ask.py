"""What a panel asks, with variables filled in as Grafana does, and what Prometheus answers.

Intervals after Grafana's documentation (Prometheus template variables): `$__interval` is range / points, rounded to the nearest
step people like, never below the scrape interval; `$__rate_interval` is max($__interval + scrape, 4 x scrape).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from ballast.repo import CannotRun, seconds

STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
SCRAPE = 15.0
"""Seconds; what our data sources state as `timeInterval`."""
_NAME = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]")
_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Span:
    """A time range in Unix seconds and how many points wide it is drawn."""

    start: float
    end: float
    points: int = 300

    @property
    def step(self) -> float:
        """`$__interval` in seconds."""
        return max(SCRAPE, round_interval((self.end - self.start) / self.points))


@dataclass(frozen=True, slots=True)
class Asked:
    """A series of an answer: its name as the legend shows it, labels, the target's letter, times and values."""

    name: str
    labels: Mapping[str, str]
    ref: str
    times: list[float]
    values: list[float]


def round_interval(wanted: float) -> float:
    """The step nearest to `wanted` seconds."""
    return float(min(STEPS, key=lambda step: (abs(step - wanted), step)))


def rate_interval(step: float, scrape: float = SCRAPE) -> float:
    """`$__rate_interval` in seconds."""
    return max(step + scrape, 4 * scrape)


def fill(text: str, span: Span, values: Mapping[str, str]) -> str:
    """`text` with its variables; one without a value stays."""
    length = span.end - span.start
    known = {
        "__interval": f"{span.step:g}s",
        "__interval_ms": f"{span.step * 1000:g}",
        "__rate_interval": f"{rate_interval(span.step):g}s",
        "__range": f"{length:.0f}s",
        "__range_s": f"{length:.0f}",
        "__from": f"{span.start * 1000:.0f}",
        "__to": f"{span.end * 1000:.0f}",
        **values,
    }
    return _NAME.sub(lambda m: known.get(m[1] or m[2] or m[3], m[0]), text)


def span_of(panel: Mapping[str, Any], span: Span) -> Span:
    """The panel's own range where it has one (`timeFrom`)."""
    own = panel.get("timeFrom")
    return Span(span.end - seconds(own), span.end, span.points) if own else span


def ask(client: httpx.Client, panel: Mapping[str, Any], span: Span, values: Mapping[str, str]) -> list[Asked]:
    """All series of a panel's PromQL targets. CannotRun with Prometheus' words for a query that it refuses."""
    span = span_of(panel, span)
    found = []
    for target in panel.get("targets", []):
        if "expr" not in target or target.get("hide") or target.get("datasource", {}).get("type", "prometheus") != "prometheus":
            continue
        query = {"query": fill(target["expr"], span, values)}
        if target.get("instant"):
            kind, query = "query", query | {"time": f"{span.end:.3f}"}
        else:  # Grafana aligns ranges to the step
            start, end = (t // span.step * span.step for t in (span.start, span.end))
            kind, query = "query_range", query | {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{span.step:g}"}
        try:
            body = client.post(f"/api/v1/{kind}", data=query).json()
        except (httpx.HTTPError, ValueError) as error:
            raise CannotRun(f"Prometheus at {client.base_url} does not answer: {error}") from None
        if body.get("status") != "success":
            raise CannotRun(f"panel '{panel.get('title')}': {body.get('error')}")
        for series in body["data"]["result"] if body["data"]["resultType"] != "scalar" else []:
            labels = series["metric"]
            points = series.get("values") or [series["value"]]
            times, numbers = [float(t) for t, _ in points], [float(v) for _, v in points]
            found.append(Asked(_legend(target, labels), labels, target.get("refId", "A"), times, numbers))
    return sorted(found, key=lambda series: (series.ref, series.name, sorted(series.labels.items())))


def _legend(target: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    written = target.get("legendFormat") or "__auto"
    if written == "__auto":
        return ", ".join(f"{k}={v}" for k, v in sorted(labels.items()) if k != "__name__") or labels.get("__name__", "value")
    return _FIELD.sub(lambda m: labels.get(m[1], ""), written).strip() or "value"
