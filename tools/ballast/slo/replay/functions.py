"""PromQL's functions, operators and aggregations, for all moments at once.

As in https://prometheus.io/docs/prometheus/latest/querying/operators/ and …/functions/. A window of a range selector is open at
its old end (Prometheus 3): a sample exactly as old as the window is outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ballast.slo.replay.line import Flags, Line, Numbers

__all__ = ["AGGREGATIONS", "COMPARISONS", "OPERATORS", "OVER_TIME", "SIMPLE", "Window"]

OPERATORS: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
}
COMPARISONS: dict[str, Callable[[Numbers, Numbers], Flags]] = {
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
SIMPLE: dict[str, Callable[[Numbers], Numbers]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "exp": np.exp,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sgn": np.sign,
}


def _calendar(unit: str, within: str) -> Callable[[Numbers], Numbers]:
    """The number of a unit of time within a longer one, of Unix seconds in UTC."""

    def number(times: Numbers) -> Numbers:
        moments = np.floor(times).astype("int64").astype("datetime64[s]")
        return np.asarray((moments.astype(f"datetime64[{unit}]") - moments.astype(f"datetime64[{within}]")).astype(np.float64))

    return number


SIMPLE |= {
    "minute": _calendar("m", "h"),
    "hour": _calendar("h", "D"),
    "day_of_month": lambda times: _calendar("D", "M")(times) + 1,
    "day_of_week": lambda times: np.asarray((np.floor(times / 86400) + 4) % 7),
    "month": lambda times: _calendar("M", "Y")(times) + 1,
    "year": lambda times: np.asarray(
        np.floor(times).astype("int64").astype("datetime64[s]").astype("datetime64[Y]").astype(float) + 1970
    ),
}


class Window:
    """The samples of a series in the window that each moment looks back on: those after place `low` up to place `high`."""

    def __init__(self, line: Line, low: int, high: int) -> None:
        """`low` and `high` are how many places before a moment's own its window begins (not included) and ends."""
        self.line = line
        count = len(line.values)
        places = np.arange(count)
        self.low = np.clip(places - low, -1, count - 1)
        self.high = np.clip(places - high, -1, count - 1)

    def sum(self) -> Line:
        """Sums, in extended precision as Prometheus compensates them, and where there is a sample to sum."""
        held = np.where(self.line.there, self.line.values, 0.0).astype(np.longdouble)
        sums, counts = _running(held), self.counts()
        return Line((sums[self.high + 1] - sums[self.low + 1]).astype(np.float64), counts > 0)

    def counts(self) -> Numbers:
        """How many samples there are."""
        running = _running(self.line.there.astype(np.longdouble))
        return np.asarray((running[self.high + 1] - running[self.low + 1]).astype(np.float64))

    def last(self) -> Line:
        """The newest sample."""
        places = np.where(self.line.there, np.arange(len(self.line.values)), -1)
        newest = np.maximum.accumulate(places) if len(places) else places
        found = np.where(self.high >= 0, newest[self.high], -1)
        there = found > self.low
        return Line(np.where(there, self.line.values[np.where(there, found, 0)], 0.0), there)

    def extreme(self, choose: Callable[[Numbers], Numbers]) -> Line:
        """The greatest or smallest sample."""
        there = self.counts() > 0
        values = np.zeros(len(there))
        for place in np.flatnonzero(there):
            inside = slice(self.low[place] + 1, self.high[place] + 1)
            values[place] = choose(self.line.values[inside][self.line.there[inside]])
        return Line(values, there)


def _running(values: np.typing.NDArray[np.longdouble]) -> np.typing.NDArray[np.longdouble]:
    return np.concatenate([np.zeros(1, dtype=np.longdouble), np.cumsum(values)])


def _average(window: Window) -> Line:
    total, counts = window.sum(), window.counts()
    return Line(total.values / np.where(counts > 0, counts, 1.0), total.there)


def _count(window: Window) -> Line:
    counts = window.counts()
    return Line(counts, counts > 0)


def _present(window: Window) -> Line:
    counts = window.counts()
    return Line(np.ones_like(counts), counts > 0)


OVER_TIME: dict[str, Callable[[Window], Line]] = {
    "sum_over_time": Window.sum,
    "avg_over_time": _average,
    "count_over_time": _count,
    "last_over_time": Window.last,
    "present_over_time": _present,
    "max_over_time": lambda window: window.extreme(np.nanmax),
    "min_over_time": lambda window: window.extreme(np.nanmin),
}


def _sum(lines: Sequence[Line]) -> Numbers:
    if len(lines) == 1:
        return lines[0].values
    total = np.zeros(len(lines[0].values), dtype=np.longdouble)
    for line in lines:
        total += np.where(line.there, line.values, 0.0)
    return total.astype(np.float64)


def _counted(lines: Sequence[Line]) -> Numbers:
    return np.asarray(sum(line.there.astype(np.float64) for line in lines))


def _best(lines: Sequence[Line], better: Callable[[Numbers, Numbers], Flags], worst: float) -> Numbers:
    """The greatest or smallest value; NaN only where there is nothing else."""
    best = np.where(lines[0].there, lines[0].values, math.nan)
    for line in lines[1:]:
        wins = line.there & (np.isnan(best) | better(line.values, np.where(np.isnan(best), worst, best)))
        best = np.where(wins, line.values, best)
    return best


AGGREGATIONS: dict[str, Callable[[Sequence[Line]], Numbers]] = {
    "sum": _sum,
    "count": _counted,
    "group": lambda lines: np.ones(len(lines[0].values)),
    "avg": lambda lines: _sum(lines) / np.maximum(_counted(lines), 1.0),
    "max": lambda lines: _best(lines, np.greater, -math.inf),
    "min": lambda lines: _best(lines, np.less, math.inf),
}
