"""Evaluates generated rules over a stretch of time: what they would have recorded, and when their alerts would have fired.

Rules are worked on one by one, each for all moments at once. Rules that build on their own past (the half-hour tiles) are
worked on again and again until nothing changes: a moment depends on earlier ones alone, so that there is one answer, and a
chain of them (six in a half hour) takes as many rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ballast.repo import CannotRun, seconds
from ballast.slo.model import AlertRule, Group
from ballast.slo.replay.language import Evaluator
from ballast.slo.replay.line import Flags, Grid, Labels, Vector, combine, labels_of, without_name
from ballast.slo.replay.records import Records, Step, Writers, steps, unchanged

__all__ = ["Alert", "Run", "firing", "run"]

MOST_ROUNDS = 500


@dataclass(slots=True)
class Alert:
    """An alert of a rule, one for each set of labels: at which moments its condition held, and at which it fired."""

    rule: AlertRule
    labels: Labels
    condition: Flags
    firing: Flags


@dataclass(slots=True)
class Run:
    """What rules did on a grid. `asked` are the expressions that each rule (by its `id`) has left to the history, `order` the
    rules in their order.
    """

    grid: Grid
    records: Records
    alerts: list[Alert]
    asked: dict[int, list[str]]
    order: list[Step]


def run(groups: Sequence[Group], grid: Grid, ask: Callable[[str], Vector], earlier: Run | None = None) -> Run:
    """Evaluate `groups`, in order, at the moments of `grid` that are multiples of their interval, or of its step if longer.

    `ask` answers an expression that selects no series of these rules. A real Prometheus evaluates each group at a moment of its
    own within the interval, so its decisions come up to an interval later. What rules of an `earlier` run on the same grid and
    history have recorded is taken from there where they are the same.
    """
    order = steps(groups, lambda interval: max(grid.step, seconds(interval)))
    for step in order:
        if step.interval % grid.step:
            raise CannotRun(f"a step of {grid.step} s does not divide the interval of {step.interval} s of {step.rule.expr}")
    records = Records(grid, Writers(order))
    asked: dict[int, list[str]] = {}

    def ask_for(expr: str) -> Vector:
        rule_asked = asked.setdefault(id(order[records.reader].rule), [])
        if expr not in rule_asked:
            rule_asked.append(expr)
        return ask(expr)

    evaluator = Evaluator(grid, records, ask_for)
    same = unchanged(order, earlier.order) if earlier and earlier.grid == grid else {}
    for place, then in same.items():
        assert earlier is not None
        records.take(order[place], earlier.records, then)
        asked[id(order[place].rule)] = earlier.asked.get(id(earlier.order[then].rule), [])
    alerts: list[Alert] = []
    place = 0
    while place < len(order):
        until = _together(order, place)
        for _ in range(MOST_ROUNDS):
            changed = [_evaluate(step, records, evaluator, alerts) for step in order[place:until] if step.place not in same]
            if (until == place + 1 and order[place].latest < place) or not any(changed):
                break
        else:
            raise CannotRun(f"rules that read each other do not come to rest: {order[place].rule.expr}")
        place = until
    return Run(grid, records, alerts, asked, order)


def _together(order: Sequence[Step], place: int) -> int:
    """The end of the smallest stretch from `place` on that no rule of it reads beyond."""
    until = place + 1
    current = place
    while current < until:
        until = max(until, order[current].latest + 1)
        current += 1
    return until


def _evaluate(step: Step, records: Records, evaluator: Evaluator, alerts: list[Alert]) -> bool:
    records.reader = step.place
    value = evaluator.vector(step.tree)
    if not isinstance(step.rule, AlertRule):
        return records.write(step, value)
    evaluated = records.grid.every(step.interval)
    found: Vector = {}
    for labels, line in value.items():
        combine(found, labels_of({**dict(without_name(labels)), **step.rule.labels}), line.where(evaluated), step.rule.expr)
    alerts[:] = [alert for alert in alerts if alert.rule is not step.rule]
    hold = seconds(step.rule.hold) if step.rule.hold else 0.0
    for labels, line in sorted(found.items(), key=lambda one: one[0]):
        fires = firing(line.there, evaluated, records.grid, hold)
        if line.there.any():
            alerts.append(Alert(step.rule, labels, line.there, _lasting(fires, evaluated)))
    return False


def firing(condition: Flags, evaluated: Flags, grid: Grid, hold: float, keep: float = 0.0) -> Flags:
    """When an alert fires, at the moments of evaluation: `hold` is its `for`, `keep` its `keep_firing_for`, in seconds.

    As in Prometheus' rule engine: the condition must have held at every evaluation for `hold`; once it has fired it goes on
    for `keep` after the first evaluation at which the condition does not hold.
    """
    fires = np.zeros(grid.count, dtype=np.bool_)
    if not hold and not keep:
        return condition & evaluated
    since: float | None = None  # when the condition began to hold
    gone: float | None = None  # when it ceased, while it still fires
    active = False
    for place in np.flatnonzero(evaluated):
        now = float(grid.start + grid.step * int(place))
        if condition[place]:
            gone = None
            since = now if since is None else since
            active = active or now - since >= hold
        elif active and keep:
            gone = now if gone is None else gone
            active = now - gone < keep
        else:
            active = False
        if not condition[place] and not active:
            since = None
        fires[place] = active
    return fires


def _lasting(fires: Flags, evaluated: Flags) -> Flags:
    """What was decided at an evaluation lasts until the next."""
    places = np.where(evaluated, np.arange(len(fires)), -1)
    last = np.maximum.accumulate(places) if len(places) else places
    return np.asarray(np.where(last >= 0, fires[np.maximum(last, 0)], False))
