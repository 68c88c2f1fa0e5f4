"""How a panel shows a series or a column: `fieldConfig` with its overrides, mappings, thresholds and reductions."""

from __future__ import annotations

import copy
import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ballast.dashboards.model import Json, Panel, listing, mapping, text
from ballast.dashboards.preview.units import written


@dataclass(slots=True)
class Field:
    """One series' or column's configuration, as written, with what overrides change."""

    config: Json
    unit: str = ""
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    steps: list[tuple[float, str]] = field(default_factory=list)
    """Thresholds in order: from which value (-inf first) and which colour."""

    @property
    def custom(self) -> Json:
        """What only this kind of panel knows."""
        return mapping(self.config.get("custom"))

    @property
    def fixed(self) -> str:
        """Its fixed colour, "" where it has none."""
        color = mapping(self.config.get("color"))
        return text(color.get("fixedColor")) if color.get("mode") in ("fixed", "shades") else ""

    @property
    def by_value(self) -> bool:
        """Whether its colour comes from thresholds."""
        mode = mapping(self.config.get("color")).get("mode")
        return mode is None or mode == "thresholds"

    @property
    def links(self) -> list[Json]:
        """Its data links."""
        return [link for link in listing(self.config.get("links")) if isinstance(link, dict)]

    def stage(self, value: float) -> str:
        """The colour of the threshold that `value` has reached; "" without thresholds."""
        color = self.steps[0][1] if self.steps else ""
        for start, reached in self.steps:
            if value >= self._at(start):
                color = reached
        return color

    def limits(self) -> list[tuple[float, str]]:
        """Thresholds but the first, as values of the axis."""
        return [(self._at(start), color) for start, color in self.steps[1:]]

    def _at(self, start: float) -> float:
        if mapping(self.config.get("thresholds")).get("mode") != "percentage":
            return start
        low, high = self.low or 0.0, 100.0 if self.high is None else self.high
        return low + start / 100 * (high - low)

    def mapped(self, value: float) -> Json:
        """What a value mapping makes of it (`text`, `color`); empty where none does."""
        for one in listing(self.config.get("mappings")):
            kind, options = mapping(one).get("type"), mapping(mapping(one).get("options"))
            result: Any = None
            if kind == "value":
                result = options.get(f"{value:.12g}")
            elif kind == "range":
                low, high = number(options.get("from")), number(options.get("to"))
                if (low is None or value >= low) and (high is None or value <= high):
                    result = options.get("result")
            elif kind == "special":
                match = options.get("match")
                if math.isnan(value) and match in ("nan", "null+nan", "null"):
                    result = options.get("result")
            if isinstance(result, dict):
                return result
        return {}

    def show(self, value: float, unit: str | None = None) -> str:
        """The text of a value."""
        if said := text(self.mapped(value).get("text")):
            return said
        if math.isnan(value) and text(self.config.get("noValue")):
            return text(self.config["noValue"])
        return written(value, self.unit if unit is None else unit, self.decimals)

    def color(self, value: float) -> str:
        """The colour of a value where values have colours: a mapping's, a fixed one, the threshold's; "" for none."""
        return text(self.mapped(value).get("color")) or self.fixed or (self.stage(value) if self.by_value else "")


def field_of(panel: Panel, name: str, ref: str = "") -> Field:
    """The configuration of the series or column called `name` from the query `ref`."""
    config = copy.deepcopy(panel.defaults)
    config.setdefault("unit", panel.unit[0])
    for override in listing(mapping(panel.config.get("fieldConfig")).get("overrides")):
        if not _matches(mapping(mapping(override).get("matcher")), name, ref):
            continue
        for item in listing(mapping(override).get("properties")):
            _put(config, text(mapping(item).get("id")).split("."), mapping(item).get("value"))
    decimals = number(config.get("decimals"))
    steps = []
    for step in listing(mapping(config.get("thresholds")).get("steps")):
        start = number(mapping(step).get("value"))
        steps.append((-math.inf if start is None else start, text(mapping(step).get("color"))))
    low, high = number(config.get("min")), number(config.get("max"))
    places = None if decimals is None else min(max(int(decimals), 0), 15)
    return Field(config, text(config.get("unit")), places, low, high, sorted(steps, key=lambda s: s[0]))


def _matches(matcher: Json, name: str, ref: str) -> bool:
    options = matcher.get("options")
    match matcher.get("id"):
        case "byName":
            return options == name
        case "byFrameRefID":
            return bool(ref) and options == ref
        case "byType":
            return options == "number"
        case "byNames":
            return name in listing(mapping(options).get("names"))
        case "byRegexp" if isinstance(options, str):
            try:
                return re.search(options.strip("/"), name) is not None
            except re.error:
                return False
    return False


def _put(config: Json, path: list[str], value: Any) -> None:
    for key in path[:-1]:
        inner = config.get(key)
        config[key] = inner if isinstance(inner, dict) else {}
        config = config[key]
    config[path[-1]] = value


def number(value: Any) -> float | None:
    """A number that can be drawn; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


CALCULATIONS = {
    "lastNotNull": "Last", "last": "Last", "firstNotNull": "First", "first": "First", "mean": "Mean", "max": "Max",
    "min": "Min", "sum": "Total", "count": "Count", "range": "Range", "median": "Median",
}  # fmt: skip
"""Grafana's reductions and how a legend calls them."""


def reduce(values: Sequence[float], calculation: str) -> float:
    """One number of many, by Grafana's name; NaN for none."""
    kept = [v for v in values if not math.isnan(v)]
    if not kept:
        return math.nan
    match calculation:
        case "mean":
            return math.fsum(kept) / len(kept) if all(map(math.isfinite, kept)) else math.nan
        case "max":
            return max(kept)
        case "min":
            return min(kept)
        case "sum":
            return sum(kept)
        case "count":
            return len(kept)
        case "range":
            return max(kept) - min(kept)
        case "median":
            return statistics.median(kept)
        case "first" | "firstNotNull":
            return kept[0]
    return kept[-1]


def calculation(panel: Panel) -> str:
    """How a panel of single numbers reduces a series."""
    chosen = listing(mapping(panel.options.get("reduceOptions")).get("calcs"))
    return text(chosen[0]) if chosen else "lastNotNull"
