"""What happens to a service in a proof: phases of steady traffic, and exactly how many events any window holds.

A `Traffic` is the truth that a rule file is measured against. Rates are constant within a phase, so the events of a sliding
window are piecewise linear in time and the moments at which an alert's condition changes can be computed exactly, without
asking Prometheus: `condition` does that for any set of window pairs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

__all__ = ["Interval", "Pair", "Phase", "Traffic", "condition"]

Interval = tuple[float, float]
"""From, to, in seconds; the end may be infinite."""


@dataclass(frozen=True, slots=True)
class Phase:
    """`seconds` of `total` events per second, `bad` of which fail.

    `scraped=False` is a gap: the service goes on, Prometheus sees nothing. `restart=True`: the counters begin at zero again.
    """

    seconds: int
    total: float
    bad: float = 0.0
    scraped: bool = True
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """What a proof has to know of a window pair: seconds, and the error ratio at which it fires (factor x budget).

    It does not fire below `minimum` events a second, nor at `least` bad events or fewer (half ones are between whole ones).
    """

    long: int
    short: int
    threshold: float
    minimum: float = 0.0
    least: float = 0.0


@dataclass(frozen=True)
class Traffic:
    """Phases one after the other, from second 0; nothing happens before them, and nothing after."""

    phases: tuple[Phase, ...]

    @cached_property
    def edges(self) -> list[float]:
        """Seconds at which a phase begins, and the end of the last."""
        return [0.0, *accumulate(float(phase.seconds) for phase in self.phases)]

    @cached_property
    def _sums(self) -> tuple[list[float], list[float]]:
        totals = [0.0, *accumulate(phase.seconds * phase.total for phase in self.phases)]
        return totals, [0.0, *accumulate(phase.seconds * phase.bad for phase in self.phases)]

    @property
    def end(self) -> float:
        """Length in seconds."""
        return self.edges[-1]

    def phase(self, second: float) -> Phase | None:
        """The phase that holds `second` (its beginning included), None outside."""
        n = bisect_right(self.edges, second) - 1
        return self.phases[n] if 0 <= n < len(self.phases) else None

    def counts(self, second: float) -> tuple[float, float]:
        """All and bad events from the beginning to `second`."""
        second = min(max(second, 0.0), self.end)
        n = min(bisect_right(self.edges, second) - 1, len(self.phases) - 1)
        phase, inside = self.phases[n], second - self.edges[n]
        totals, bads = self._sums
        return totals[n] + inside * phase.total, bads[n] + inside * phase.bad

    def window(self, second: float, length: float) -> tuple[float, float]:
        """All and bad events of the `length` seconds before `second`."""
        (total, bad), (total_before, bad_before) = self.counts(second), self.counts(second - length)
        return total - total_before, bad - bad_before


def condition(traffic: Traffic, pairs: Sequence[Pair]) -> list[Interval]:
    """When at least one of `pairs` burns in both its windows: disjoint intervals, in order.

    Exact for the continuous stream of events: a Prometheus that scrapes and evaluates every so often is that much later.
    """
    cuts = {0.0, traffic.end}
    for pair in pairs:
        for length in (pair.long, pair.short):
            long = length == pair.long
            minimum, least = (pair.minimum, pair.least) if long else (0.0, 0.0)
            cuts.update(_crossings(traffic, length, pair.threshold, minimum, least))
    spans = [(a, b) for a, b in pairwise(sorted(cuts)) if any(_burns(traffic, pair, (a + b) / 2) for pair in pairs)]
    return list(_joined(spans))


def _burns(traffic: Traffic, pair: Pair, second: float) -> bool:
    for length in (pair.long, pair.short):
        total, bad = traffic.window(second, length)
        if not bad > pair.threshold * total:
            return False
    total, bad = traffic.window(second, pair.long)
    return total >= pair.minimum * pair.long and bad > pair.least


def _crossings(traffic: Traffic, length: float, threshold: float, minimum: float, least: float) -> Iterable[float]:
    """Where `bad - threshold x total`, or the traffic or bad events of the window against their minimum, changes sign."""
    knots = sorted({t for edge in traffic.edges for t in (edge, edge + length) if t <= traffic.end})
    for left, right in pairwise(knots):
        (total_l, bad_l), (total_r, bad_r) = traffic.window(left, length), traffic.window(right, length)
        for at_left, at_right in (
            (bad_l - threshold * total_l, bad_r - threshold * total_r),
            (total_l - minimum * length, total_r - minimum * length),
            (bad_l - least, bad_r - least),
        ):
            yield left
            if at_left * at_right < 0:
                yield left + (right - left) * at_left / (at_left - at_right)


def _joined(spans: Sequence[Interval]) -> Iterable[Interval]:
    current: Interval | None = None
    for start, end in spans:
        if current and start - current[1] < 1e-6:
            current = (current[0], end)
            continue
        if current:
            yield current
        current = (start, end)
    if current:
        yield current
