"""The proof of one window pair: silent just under its threshold, firing just over it, and silent again after healing.

The errors first fill the long window at 95 % of the threshold, then rise. How much they rise is chosen so that the predicted
times fall between two evaluations, well away from both: at the last one before, the alert must not fire, at the next, it must.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ballast.slo.proofs.grid import (
    budget_left,
    busy_phase,
    ceil_to,
    expect,
    floor_to,
    grid,
    inside,
    pair_name,
    rounded,
    span,
    total_rate,
)
from ballast.slo.proofs.model import Alert, Scenario, Subject
from ballast.slo.proofs.signals import CannotProve
from ballast.slo.proofs.traffic import Interval, Pair, Phase, Traffic, condition

__all__ = ["threshold"]

UNDER = 0.95
"""Just under the threshold, as a share of it."""


def threshold(subject: Subject, alert: Alert, name: str) -> Scenario:
    """Under the threshold of the pair `name` for its whole long window, over it, healed. No other pair may decide.

    Raises `CannotProve` when there is no such traffic: then another pair of the alert always fires first.
    """
    pair = alert.pairs[name]
    step, interval = grid(subject, pair)
    for traffic in _candidates(subject, alert, pair, step, interval):
        found = condition(traffic, list(alert.pairs.values()))
        if len(found) != 1 or not all(inside(edge, step, interval) for edge in found[0]):
            continue
        if not _same(found, condition(traffic, [pair])):
            continue
        (start, end), (under, over, heal) = found[0], traffic.edges[-4:-1]
        low, high = (phase.bad / phase.total / subject.budget for phase in traffic.phases[-3:-1])
        detect, reset = span(start - over), span(end - heal)
        return Scenario(
            name=f"{alert.severity} {name}, {pair_name(pair)}",
            proves=f"Errors at {low:.4g} times the budget fire nothing, even for {span(over - under)}; at {high:.4g} times it"
            f" they trip {pair_name(pair)} after {detect}, and let it go {reset} after healing.",
            step=step,
            interval=interval,
            traffic=traffic,
            expectations=(
                expect(
                    alert, floor_to(over, step), False, f"both windows hold nothing but errors at {low:.4g} times the budget"
                ),
                expect(
                    alert, floor_to(start, step), False, f"more errors since {span(over)}, sooner than the predicted {detect}"
                ),
                expect(alert, ceil_to(start, step), True, "both windows are over the threshold"),
                expect(alert, floor_to(end, step), True, f"healed at {span(heal)}, sooner than the predicted {reset}"),
                expect(alert, ceil_to(end, step), False, f"the window of {span(pair.short)} is clear"),
                budget_left(subject, traffic, ceil_to(end, step)),
            ),
        )
    raise CannotProve(f"the {alert.severity} pair {pair_name(pair)} never fires before the others do")


def _candidates(subject: Subject, alert: Alert, pair: Pair, step: int, interval: int) -> Iterator[Traffic]:
    total = total_rate(subject, interval)
    busy = busy_phase(list(alert.pairs.values()), step, total)
    under = Phase(ceil_to(pair.long, step) + step, total, rounded(total * pair.threshold * UNDER, interval))
    for before in ((), (busy,)):
        for times in _multiples(pair, step, interval):
            detect = pair.long * (1 - UNDER) / (times - UNDER)
            over = Phase(ceil_to(detect, step) + 2 * step, total, rounded(total * pair.threshold * times, interval))
            yield Traffic((*before, under, over, Phase(ceil_to(pair.short, step) + step, total)))


def _multiples(pair: Pair, step: int, interval: int) -> list[float]:
    """Multiples of the threshold that are noticed between two evaluations, those after four or five of them first."""
    most = min(3.0, 1 / pair.threshold)
    each = [1.02 + n / 100 for n in range(int((most - 1.02) * 100) + 1)]
    waits = {n: pair.long * (1 - UNDER) / (n - UNDER) for n in each}
    return sorted((n for n in each if inside(waits[n], step, interval)), key=lambda n: abs(waits[n] / step - 4.5))


def _same(left: Sequence[Interval], right: Sequence[Interval]) -> bool:
    return len(left) == len(right) and all(
        math.isclose(a, b) for one, other in zip(left, right, strict=True) for a, b in zip(one, other, strict=True)
    )
