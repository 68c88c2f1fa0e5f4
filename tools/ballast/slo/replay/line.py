"""Series on a grid of moments: what a vector of PromQL is when all its evaluations are done at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ballast.repo import CannotRun

__all__ = ["Flags", "Grid", "Labels", "Line", "Numbers", "Vector", "combine", "labels_of", "without_name"]

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Labels = tuple[tuple[str, str], ...]
"""Name and value of each label, sorted, the metric's name among them as `__name__`."""
NAME = "__name__"


@dataclass(frozen=True, slots=True)
class Grid:
    """`count` moments, `step` seconds apart, the first at the Unix second `start`."""

    start: int
    step: int
    count: int

    @property
    def times(self) -> Numbers:
        """The moments, in Unix seconds."""
        return _times(self)

    @property
    def end(self) -> int:
        """The last moment."""
        return self.start + self.step * (self.count - 1)

    def every(self, seconds: int) -> Flags:
        """The moments that are multiples of `seconds`."""
        return _every(self, seconds)


@lru_cache(maxsize=8)
def _times(grid: Grid) -> Numbers:
    return grid.start + grid.step * np.arange(grid.count, dtype=np.float64)


@lru_cache(maxsize=32)
def _every(grid: Grid, seconds: int) -> Flags:
    return np.asarray(grid.times % seconds == 0)


@dataclass(slots=True)
class Line:
    """One series: a value a moment, and whether there is one (NaN is a value like others)."""

    values: Numbers
    there: Flags

    @classmethod
    def none(cls, count: int) -> Line:
        """A series that is never there."""
        return cls(np.zeros(count), np.zeros(count, dtype=np.bool_))

    def shifted(self, places: int) -> Line:
        """The same series, each value `places` moments later."""
        if places <= 0:
            return self
        line = Line.none(len(self.values))
        line.values[places:], line.there[places:] = self.values[:-places], self.there[:-places]
        return line

    def where(self, flags: Flags) -> Line:
        """Only at some moments."""
        return Line(self.values, self.there & flags)

    def equals(self, other: Line) -> bool:
        """The same at every moment."""
        return bool(
            np.array_equal(self.there, other.there)
            and np.array_equal(self.values[self.there], other.values[other.there], equal_nan=True)
        )


Vector = dict[Labels, Line]


def labels_of(labels: Mapping[str, str]) -> Labels:
    """Labels in their order; an empty value is no label."""
    return tuple(sorted((name, value) for name, value in labels.items() if value))


def without_name(labels: Labels) -> Labels:
    """All labels but the metric's name."""
    return tuple(pair for pair in labels if pair[0] != NAME)


def combine(into: Vector, labels: Labels, line: Line, why: str) -> None:
    """Add a series; one with its labels may be there already, at other moments. CannotRun where both are there at once."""
    known = into.get(labels)
    if known is None:
        into[labels] = line
        return
    if bool((known.there & line.there).any()):
        raise CannotRun(f"two series of the same labels at the same moment, which Prometheus refuses, in: {why}")
    into[labels] = first_of([known, line])


def first_of(lines: Iterable[Line]) -> Line:
    """At each moment the first of `lines` that is there."""
    result: Line | None = None
    for line in lines:
        if result is None:
            result = Line(line.values.copy(), line.there.copy())
            continue
        new = line.there & ~result.there
        result.values[new] = line.values[new]
        result.there |= new
    if result is None:
        raise ValueError("no line")
    return result
