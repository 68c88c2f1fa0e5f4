"""`runbooks/rehearsal.yaml`: series that rehearsals need beside those of the SLO proofs, and their samples as OpenMetrics.

    burn:
      up{job="catalog",instance="catalog-1"}: 1
      up{job="catalog",instance="catalog-2"}: 1 -> 0
      http_requests_total{service="catalog",route="/search",code="500"}: 0/s -> 4/s

A number is a gauge's value, `N/s` how fast a counter grows; what stands behind `->` holds since the fault began.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import promql_parser
import yaml

from ballast.findings import File, Finding

REHEARSAL = "runbooks/rehearsal.yaml"
Scene = Literal["burn", "nodata", "platform"]
SCENES: tuple[Scene, ...] = get_args(Scene)
HISTORY = 3 * 3600
"""Seconds of healthy history."""
FAULT = 900
"""Seconds since the fault began: enough for the slowest page of a 99 % objective."""
INTERVAL = 15
"""Seconds between two samples."""
_VALUE = re.compile(r"^(-?\d+(?:\.\d+)?(?:e\d+)?)(/s)?$")
_TOKEN = re.compile(r"^(_|-?[\d.e+-]+?)(?:\+(-?[\d.e-]+))?(?:x(\d+))?$")


@dataclass(frozen=True, slots=True)
class Shape:
    """A series: `before` and `after` the fault began; a value, or a rate a second."""

    before: float
    after: float
    counter: bool


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """The file's series by scene, and what is wrong with it."""

    scenes: Mapping[Scene, Mapping[str, Shape]]
    findings: list[Finding]

    @property
    def metrics(self) -> set[str]:
        """Names of all metrics in it."""
        return {name.partition("{")[0] for shapes in self.scenes.values() for name in shapes}


def read_series(file: File) -> SeriesFile:
    """Read the file; each fault is a finding at its line."""
    scenes: dict[Scene, dict[str, Shape]] = {scene: {} for scene in SCENES}
    findings: list[Finding] = []
    try:
        data = yaml.safe_load(file.text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = f"not YAML: {getattr(error, 'problem', error)}"
        return SeriesFile(scenes, [file.finding(text, line=mark.line + 1 if mark else 1)])
    for key, entries in data.items() if isinstance(data, dict) else []:
        if key == "version":
            continue
        if key not in (*SCENES, "all") or not isinstance(entries, dict):
            findings.append(
                file.finding(f"{key!r} is no scene", line=_line(file, str(key)), mend=f"one of all, {', '.join(SCENES)}")
            )
            continue
        for series, value in entries.items():
            shape = _shape(str(value))
            if shape is None or not _is_series(str(series)):
                mend = 'write `metric{label="value"}: 1`, `: 20/s` or `: 1 -> 0`'
                findings.append(
                    file.finding(f"no series with a value: {series}: {value}", line=_line(file, str(series)), mend=mend)
                )
                continue
            for scene in SCENES if key == "all" else (key,):
                scenes[scene][str(series)] = shape
    return SeriesFile(scenes, findings)


def samples(shape: Shape, end: float) -> Iterator[tuple[float, float]]:
    """(Unix seconds, value) of a shape until `end`."""
    begin, count, value = end - HISTORY - FAULT, (HISTORY + FAULT) // INTERVAL, shape.before * INTERVAL * 1000
    for n in range(count + 1):
        at = begin + n * INTERVAL
        now = shape.after if n * INTERVAL > HISTORY else shape.before
        value = value + now * INTERVAL if shape.counter else now
        yield at, value


def expanded(values: str, end: float) -> list[tuple[float, float]]:
    """Samples of promtool's notation (`1+2x3 _x4 5`), the last of them at `end`."""
    found: list[float | None] = []
    for token in values.split():
        match = _TOKEN.match(token)
        assert match is not None, token
        times = int(match[3] or 0)
        if match[1] == "_":
            found += [None] * max(times, 1)
        else:
            step = float(match[2] or 0)
            found += [float(match[1]) + step * n for n in range(times + 1)]
    begin = end - (len(found) - 1) * INTERVAL
    return [(begin + n * INTERVAL, value) for n, value in enumerate(found) if value is not None]


def openmetrics(series: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> Iterator[str]:
    """OpenMetrics text; of two series with the same labels the first is taken."""
    seen: set[tuple[str, frozenset[str]]] = set()
    for name, points in sorted(series, key=lambda each: each[0].partition("{")[0]):
        metric, _, labels = name.partition("{")
        key = (metric, frozenset(filter(None, labels.removesuffix("}").split(","))))
        if key not in seen:
            seen.add(key)
            for at, value in points:
                yield f"{name} {value!r} {at:.3f}\n"
    yield "# EOF\n"


def _shape(text: str) -> Shape | None:
    parts = [_VALUE.match(part.strip()) for part in text.split("->")]
    if not 1 <= len(parts) <= 2 or None in parts:
        return None
    known = [part for part in parts if part]
    if len({bool(part[2]) for part in known}) > 1:
        return None
    return Shape(float(known[0][1]), float(known[-1][1]), bool(known[0][2]))


def _is_series(text: str) -> bool:
    try:
        tree = promql_parser.parse(text)
    except ValueError:
        return False
    return isinstance(tree, promql_parser.VectorSelector) and bool(tree.name)


def _line(file: File, start: str) -> int:
    return next((n for n, text in enumerate(file.lines, 1) if text.strip().lstrip("\"'").startswith(f"{start}:")), 1)
