"""What happened when, from the failure to the resolved page, and what it says about latency."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The steps of the thread, in the order in which they should come."""

    FAILED = "failure began"
    TRUE = "condition true"
    FIRING = "alert firing"
    STORED = "stored"
    PAGED = "page delivered"
    HEALED = "service healed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Mark:
    """`step` happened `at` (Unix seconds)."""

    step: Step
    at: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from one step to another; None where one of them did not happen. `goal` is the most it may be."""

    name: str
    seconds: float | None
    goal: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal. A figure that was not measured does not meet one."""
        return None if self.goal is None else self.seconds is not None and self.seconds <= self.goal


PAGE_GOAL = 30.0
"""Seconds within which a page must have been delivered once its condition is true."""

_LATENCIES: tuple[tuple[str, Step, Step, float | None], ...] = (
    ("condition true → page delivered", Step.TRUE, Step.PAGED, PAGE_GOAL),
    ("failure → page delivered", Step.FAILED, Step.PAGED, None),
    ("failure → condition true", Step.FAILED, Step.TRUE, None),
    ("condition true → alert firing", Step.TRUE, Step.FIRING, None),
    ("alert firing → stored", Step.FIRING, Step.STORED, None),
    ("alert firing → page delivered", Step.FIRING, Step.PAGED, None),
    ("healed → resolved", Step.HEALED, Step.RESOLVED, None),
)


class Timeline:
    """The first mark of each step. `listen` is called with every new one; safe to mark from several threads."""

    def __init__(self, listen: Callable[[Mark], None] = lambda _: None) -> None:
        self._marks: dict[Step, Mark] = {}
        self._listen = listen
        self._lock = threading.Lock()

    def mark(self, step: Step, at: float, detail: str = "") -> None:
        """Note that `step` happened, unless that is known already."""
        with self._lock:
            if step in self._marks:
                return
            mark = self._marks[step] = Mark(step, at, detail)
        self._listen(mark)

    def at(self, step: Step) -> float | None:
        """When `step` happened, or None."""
        found = self._marks.get(step)
        return found.at if found else None

    @property
    def marks(self) -> list[Mark]:
        """Every mark, by time."""
        return sorted(self._marks.values(), key=lambda m: m.at)

    def latencies(self) -> list[Latency]:
        """The figures of the run."""
        return [Latency(name, self._between(a, b), goal) for name, a, b, goal in _LATENCIES]

    def _between(self, first: Step, second: Step) -> float | None:
        a, b = self.at(first), self.at(second)
        return None if a is None or b is None else b - a
