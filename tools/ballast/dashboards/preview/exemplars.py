"""Exemplars: single requests that a histogram counted, each with its trace."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ballast.dashboards.model import listing, mapping, text

OFTEN = 0.06
"""How likely a point of synthetic data has an exemplar."""


@dataclass(frozen=True, slots=True)
class Exemplar:
    """When (Unix seconds), how much, and its labels as a text."""

    at: float
    value: float
    labels: str


def read_exemplars(data: Any) -> list[Exemplar]:
    """Those in an answer of `/api/v1/query_exemplars`; what is none is left out."""
    found = []
    for series in listing(data):
        for one in listing(mapping(series).get("exemplars")):
            try:
                at, value = float(mapping(one).get("timestamp", "")), float(mapping(one).get("value", ""))
            except (TypeError, ValueError):
                continue
            labels = {**mapping(mapping(series).get("seriesLabels")), **mapping(mapping(one).get("labels"))}
            words = " ".join(f"{key}={text(value)}" for key, value in sorted(labels.items()) if key not in ("__name__", "le"))
            if math.isfinite(at) and math.isfinite(value):
                found.append(Exemplar(at, value, words))
    return found


def thinned(found: Sequence[Exemplar], step: float) -> list[Exemplar]:
    """In each step the highest, and of the rest those that are two standard deviations below the one before: Grafana's way."""
    if len(found) < 2:
        return list(found)
    spread = 2 * statistics.stdev(one.value for one in found)
    kept: dict[float, list[Exemplar]] = {}
    for one in sorted(found, key=lambda e: (e.at // step, -e.value, e.at, e.labels)):
        held = kept.setdefault(one.at // step, [])
        if not held or held[-1].value - one.value >= spread > 0:
            held.append(one)
    return [one for held in kept.values() for one in held]


def invented(series: Sequence[tuple[Mapping[str, str], Sequence[float], Sequence[float]]], seed: str) -> Iterator[Exemplar]:
    """Requests that never were, for synthetic data: around lines, or in the buckets of a histogram."""
    rng = Random(seed)
    buckets: dict[float, dict[float, float]] = {}
    for labels, times, values in series:
        for at, value in zip(times, values, strict=True):
            if "le" in labels:
                if re.fullmatch(r"\d+(\.\d+)?", labels["le"]):
                    buckets.setdefault(at, {})[float(labels["le"])] = value
            elif rng.random() < OFTEN and value > 0:
                yield _invented(rng, at, value * math.exp(rng.gauss(-0.05, 0.2)))
    for at, counted in sorted(buckets.items()):
        wanted, below = rng.random() * max(counted.values()), 0.0
        for bound, count in sorted(counted.items()):
            if count >= wanted > 0:
                if rng.random() < OFTEN:
                    yield _invented(rng, at, rng.uniform(below, bound))
                break
            below = bound


def _invented(rng: Random, at: float, value: float) -> Exemplar:
    return Exemplar(at, value, f"trace_id={rng.getrandbits(128):032x} synthetic")
