"""What the rules of a replay have recorded, and which of it a rule can read at the moment it is evaluated.

Rules are evaluated one after the other, at each moment in the same order. So a rule reads what rules before it have recorded at
the same moment, and of itself and of those after it what they recorded at the evaluation before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ballast.slo.model import AlertRule, Group, RecordingRule
from ballast.slo.replay.language import matches, parse, selectors
from ballast.slo.replay.line import NAME, Grid, Labels, Line, Vector, combine, labels_of, without_name

__all__ = ["Records", "Step", "Writers", "steps", "unchanged"]

LOOKBACK = 300
"""Seconds after which a sample is too old for an instant selector (Prometheus' default)."""


@dataclass(slots=True)
class Step:
    """A rule with its place in the order of evaluation; `interval` in seconds, `tree` its expression."""

    place: int
    rule: RecordingRule | AlertRule
    interval: int
    tree: Any
    reads: tuple[int, ...] = ()
    """The rules whose series it reads; from its own place on these are of the evaluation before."""

    @property
    def latest(self) -> int:
        """The last of the rules that it reads."""
        return max(self.reads, default=-1)

    @property
    def text(self) -> tuple[str, ...]:
        """What makes two recording rules the same."""
        assert isinstance(self.rule, RecordingRule)
        return self.rule.record, self.rule.expr, str(self.interval), *(f"{k}={v}" for k, v in sorted(self.rule.labels.items()))


@dataclass(slots=True)
class _Stored:
    sampled: Line
    """At the moments of evaluation."""
    held: Line
    """What an instant selector finds at any moment."""
    writer: int


def steps(groups: Sequence[Group], seconds: Callable[[str], float]) -> list[Step]:
    """The rules of all groups, in order."""
    found = [
        Step(place, rule, int(seconds(group.interval)), parse(rule.expr))
        for place, (group, rule) in enumerate((group, rule) for group in groups for rule in group.rules)
    ]
    writers = Writers(found)
    for step in found:
        reads = {place for one in selectors(step.tree) for place in writers.of(one.name or "", one.matchers)}
        step.reads = tuple(sorted(reads))
    return found


def unchanged(order: Sequence[Step], earlier: Sequence[Step]) -> dict[int, int]:
    """Recording rules that are the same as in an earlier run, by place, with their place then; so is all that they read."""
    then = {step.text: step.place for step in earlier if isinstance(step.rule, RecordingRule)}
    same = {step.place: then[step.text] for step in order if isinstance(step.rule, RecordingRule) and step.text in then}
    while gone := [p for p, q in same.items() if [same.get(read, -1) for read in order[p].reads] != list(earlier[q].reads)]:
        for place in gone:
            del same[place]
    return same


class Writers:
    """Which rules record which series."""

    def __init__(self, found: Sequence[Step]) -> None:
        self._by_name: dict[str, list[tuple[int, RecordingRule]]] = {}
        for step in found:
            if isinstance(step.rule, RecordingRule):
                self._by_name.setdefault(step.rule.record, []).append((step.place, step.rule))

    def of(self, name: str, matchers: Any) -> list[int]:
        """Places of the rules that may record what a selector selects: nothing in their static labels speaks against it."""
        return [
            place
            for place, rule in self._by_name.get(name, ())
            if all(m.name not in rule.labels or matches(m, rule.labels[m.name]) for m in matchers.matchers)
        ]


@dataclass(slots=True)
class Records:
    """Recorded series; `reader` is the place of the rule that reads just now."""

    grid: Grid
    writers: Writers
    reader: int = 0
    _stored: dict[str, dict[Labels, _Stored]] = field(default_factory=dict)

    def owns(self, name: str, matchers: Any) -> bool:
        """Whether a rule under replay records it."""
        return bool(self.writers.of(name, matchers))

    def write(self, step: Step, value: Vector) -> bool:
        """Keep what a rule has recorded, instead of what it had recorded before; whether that differs."""
        assert isinstance(step.rule, RecordingRule)
        new: Vector = {}
        evaluated = self.grid.every(step.interval)
        for labels, line in value.items():
            full = labels_of({**dict(without_name(labels)), **step.rule.labels, NAME: step.rule.record})
            combine(new, full, line.where(evaluated), step.rule.expr)
        new = {labels: line for labels, line in new.items() if line.there.any()}
        family = self._stored.setdefault(step.rule.record, {})
        old = {labels: stored for labels, stored in family.items() if stored.writer == step.place}
        if old.keys() == new.keys() and all(old[labels].sampled.equals(line) for labels, line in new.items()):
            return False
        for labels in old:
            del family[labels]
        for labels, line in new.items():
            family[labels] = _Stored(line, self._held(line, step.interval), step.place)
        return True

    def take(self, step: Step, earlier: Records, place: int) -> None:
        """Keep what the rule at `place` recorded in an earlier run on the same grid."""
        assert isinstance(step.rule, RecordingRule)
        family = self._stored.setdefault(step.rule.record, {})
        for labels, stored in earlier._stored.get(step.rule.record, {}).items():
            if stored.writer == place:
                family[labels] = _Stored(stored.sampled, stored.held, step.place)

    def _held(self, line: Line, interval: int) -> Line:
        """Every sample lasts until the next evaluation, which replaces it or marks it stale."""
        places = min(interval, LOOKBACK) // self.grid.step
        held = line
        for place in range(1, places):
            later = line.shifted(place)
            held = Line(np.where(later.there, later.values, held.values), held.there | later.there)
        return held

    def instant(self, name: str) -> Iterator[tuple[Labels, Callable[[int], Line]]]:
        """Series of a name, each as a function of how many moments back to look."""
        for labels, stored in self._stored.get(name, {}).items():
            yield labels, lambda places, stored=stored: stored.held.shifted(max(places, self._newest(stored)))  # type: ignore[misc]

    def samples(self, name: str) -> Iterator[tuple[Labels, Line, int]]:
        """Series of a name at the moments of their evaluation, and how many moments back the newest readable one is."""
        for labels, stored in self._stored.get(name, {}).items():
            yield labels, stored.sampled, self._newest(stored)

    def _newest(self, stored: _Stored) -> int:
        return 0 if stored.writer < self.reader else 1

    def series(self, name: str, **labels: str) -> list[tuple[Labels, Line]]:
        """Recorded series of a name that have these labels, as an instant selector finds them."""
        wanted = set(labels.items())
        return [(k, stored.held) for k, stored in self._stored.get(name, {}).items() if wanted <= set(k)]
