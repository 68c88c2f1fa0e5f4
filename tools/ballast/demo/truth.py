"""When the condition of an alert really became true, worked out without Prometheus, its scrapes or its rules.

An `Observer` reads the counts of bad and of all events straight from their source several times a second. `true_since` then
looks for the first moment at which both windows of some pair had burned faster than the pair's factor allows. Between two
readings counts are taken to grow evenly, so the answer is as fine as the readings are.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = tuple[float, float]
"""Bad and all events since some start."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A burn-rate window pair: lengths in seconds, `factor` dimensionless."""

    long: float
    short: float
    factor: float


class Events:
    """Bad and all events over time, from readings of two counters.

    `rate` and `bad_rate` are events per second before the first reading: windows that reach back further use them.
    """

    def __init__(self, rate: float, bad_rate: float = 0.0) -> None:
        self.rate, self.bad_rate = rate, bad_rate
        self._previous: Counts | None = None
        self._rows: list[tuple[float, float, float]] = []

    def add(self, at: float, counts: Counts) -> None:
        """A reading taken at `at` (Unix seconds). A count lower than before means that both have started again from zero."""
        before = self._previous or counts
        if counts[0] < before[0] or counts[1] < before[1]:
            before = (0.0, 0.0)
        self._previous = counts
        _, bad, total = self._rows[-1] if self._rows else (0.0, 0.0, 0.0)
        self._rows.append((at, bad + counts[0] - before[0], total + counts[1] - before[1]))

    def table(self) -> Floats:
        """Rows of time, bad and all events since the first reading; shape (readings, 3). Safe while `add` runs elsewhere."""
        return np.array(self._rows[:], dtype=np.float64).reshape(-1, 3)

    def ratio(self, window: float, at: Floats) -> Floats:
        """The share of bad events in the `window` seconds before each of the times `at`; 0 where there were no events."""
        rows = self.table()
        if not len(rows):
            return np.zeros_like(at)

        def counted(column: int, rate: float, times: Floats) -> Floats:
            seen: Floats = np.interp(times, rows[:, 0], rows[:, column])
            seen -= rate * np.maximum(0.0, rows[0, 0] - times)
            return seen

        bad = counted(1, self.bad_rate, at) - counted(1, self.bad_rate, at - window)
        total = counted(2, self.rate, at) - counted(2, self.rate, at - window)
        ratio: Floats = np.divide(bad, total, out=np.zeros_like(at), where=total > 0)
        return ratio


def true_since(
    events: Events, pairs: Iterable[Pair], budget: float, after: float, until: float, step: float = 0.05
) -> float | None:
    """The first time in [`after`, `until`] at which a pair's condition holds, or None.

    `budget` is the allowed share of bad events (0.001 for 99.9 %); times are Unix seconds.
    """
    at = np.arange(after, until, step, dtype=np.float64)
    holds = np.zeros(at.shape, dtype=np.bool_)
    for pair in pairs:
        threshold = pair.factor * budget
        holds |= (events.ratio(pair.long, at) > threshold) & (events.ratio(pair.short, at) > threshold)
    found = np.flatnonzero(holds)
    return float(at[found[0]]) if found.size else None


class Observer:
    """Calls `read` every `every` seconds in a thread of its own and keeps what it says; None is a reading that failed."""

    def __init__(self, read: Callable[[], Counts | None], rate: float, bad_rate: float = 0.0, every: float = 0.2) -> None:
        self.events = Events(rate, bad_rate)
        self._read, self._every = read, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)

    def __enter__(self) -> Observer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.time()
            if counts := self._read():
                self.events.add((began + time.time()) / 2, counts)
            self._stop.wait(max(0.0, began + self._every - time.time()))
