"""The proof of one window pair: silent just under its threshold, firing just over it, and silent again after healing.

The errors first fill the long window at 95 % of the threshold, then rise a little, which the long window notices last, then a
lot, so that after healing only the short window can let go in time. Traffic rises with them, so that a window taken for
another one shows. How much and how long is chosen so that the predicted times fall between two evaluations, away from both: at
the last one before, the alert must not fire, at the next one, it must.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

from ballast.slo.proofs.grid import (
    TILE,
    budget_left,
    busy_phase,
    ceil_to,
    expect,
    floor_to,
    grid,
    inside,
    pair_name,
    recorded,
    rounded,
    span,
    total_rate,
)
from ballast.slo.proofs.model import Alert, Expectation, Scenario, Subject
from ballast.slo.proofs.signals import CannotProve
from ballast.slo.proofs.traffic import Interval, Pair, Phase, Traffic, condition

__all__ = ["threshold"]

UNDER = 0.95
"""Just under the threshold, as a share of it."""

MIXED = 0.15
"""How far `rate` is off where a short window begins in other traffic than it ends: it extrapolates by a sample."""

SURGE = 2.0
"""How much more traffic there is while errors are well over the threshold."""


def threshold(subject: Subject, alert: Alert, name: str) -> Scenario:
    """Under the threshold of the pair `name` for its whole long window, over it, healed. No other pair may decide.

    Raises `CannotProve` when there is no such traffic: then another pair of the alert always fires first.
    """
    pair = alert.pairs[name]
    step, interval = grid(subject, pair)
    found = _search(tuple(alert.pairs.values()), pair, step, interval, total_rate(subject, interval), subject.signals.weighted)
    if not found:
        raise CannotProve(f"the {alert.severity} pair {pair_name(pair)} never fires before the others do")
    traffic, (start, end) = found
    under, over, _, heal = traffic.edges[-5:-1]
    low, high, most = (phase.bad / phase.total / subject.budget for phase in traffic.phases[-4:-1])
    detect, reset = span(start - over), span(end - heal)
    return Scenario(
        name=f"{alert.severity} {name}, {pair_name(pair)}",
        proves=f"Errors at {low:.4g} times the budget fire nothing, even for {span(over - under)}; at {high:.4g} times it"
        f" they trip {pair_name(pair)} after {detect}; it lets go {reset} after healing from {most:.4g} times.",
        step=step,
        interval=interval,
        traffic=traffic,
        expectations=(
            expect(alert, floor_to(over, step), False, f"both windows hold nothing but errors at {low:.4g} times the budget"),
            expect(alert, floor_to(start, step), False, f"more errors since {span(over)}, sooner than the predicted {detect}"),
            expect(alert, ceil_to(start, step), True, "both windows are over the threshold"),
            *(recorded(subject, traffic, window, floor_to(heal, step)) for window in (pair.long, pair.short)),
            recorded(subject, traffic, pair.short, floor_to(end, step), MIXED),
            expect(alert, floor_to(end, step), True, f"healed at {span(heal)}, sooner than the predicted {reset}"),
            expect(alert, ceil_to(end, step), False, f"the window of {span(pair.short)} is clear"),
            *_budget(subject, pair, traffic, step),
        ),
    )


def _budget(subject: Subject, pair: Pair, traffic: Traffic, step: int) -> list[Expectation]:
    """Counting the budget once is enough: where the scenario is longest, and at the end of a tile, its steps being long."""
    longest = max(each.long for alert in subject.alerts for each in alert.pairs.values())
    second = floor_to(traffic.end, TILE) or floor_to(traffic.end, step)
    return [budget_left(subject, traffic, second)] if pair.long == longest else []


@lru_cache(maxsize=1024)
def _search(
    pairs: tuple[Pair, ...], pair: Pair, step: int, interval: int, total: float, weighted: bool
) -> tuple[Traffic, Interval] | None:
    """Traffic that only `pair` notices, and when it does; SLOs with the same objective and windows share it.

    A ratio that is not weighted by traffic has no such traffic where a longer pair implies a shorter one: there, any pair may.
    """
    for alone in (True,) if weighted else (True, False):
        for traffic in _candidates(pairs, pair, step, interval, total, weighted):
            found = condition(traffic, pairs)
            if len(found) != 1 or not all(inside(edge, step, interval) for edge in found[0]):
                continue
            if not alone or (_late(found[0][1], step, interval) and _same(found, condition(traffic, [pair]))):
                return traffic, found[0]
    return None


def _candidates(
    pairs: tuple[Pair, ...], pair: Pair, step: int, interval: int, total: float, weighted: bool
) -> Iterator[Traffic]:
    before = busy_phase(pairs, step, total, weighted)
    under = Phase(ceil_to(pair.long, step) + step, total, rounded(total * pair.threshold * UNDER, interval))
    healthy = Phase(ceil_to(max(each.short for each in pairs), step) + step, total)
    surge = SURGE if weighted else 1.0
    most = 1 / pair.threshold
    quiet = [first for first in ((before,), ()) if not condition(Traffic((*first, under)), pairs)]
    for first, much, little in product(quiet, (2.0, 2.5, 1.6, 3.0, most), _multiples(pair, step, interval)):
        if little >= much or much > most:
            continue
        over = Phase(ceil_to(_wait(pair, little), step), total, rounded(total * pair.threshold * little, interval))
        # Long enough that the long window stays over the threshold until the short one, by then full of it, is clear.
        excess = surge * (much - 1)
        least = ceil_to(max(pair.short, 1.3 * (pair.long * (1 - UNDER) + pair.short) / excess), step)
        reset = pair.short * excess / (1 + excess)
        for shift in range(0, step, interval):
            if _late(shift + reset, step, interval):
                bad = rounded(total * surge * pair.threshold * much, interval)
                yield Traffic((*first, under, over, Phase(least + shift, total * surge, bad), healthy))


def _wait(pair: Pair, times: float) -> float:
    """Seconds until errors at `times` the threshold bring the long window over it from UNDER."""
    return pair.long * (1 - UNDER) / (times - UNDER)


def _late(second: float, step: int, interval: int) -> bool:
    """Late between two evaluations: a short window that is a little too lax then misses the next one."""
    return 0.8 * step <= second % step <= step - interval


def _multiples(pair: Pair, step: int, interval: int) -> list[float]:
    """Multiples of the threshold that are noticed between two evaluations, those after four or five of them first."""
    most = min(3.0, 1 / pair.threshold)
    each = [1.02 + n / 100 for n in range(int((most - 1.02) * 100) + 1)]
    waits = {n: _wait(pair, n) for n in each}
    good = (n for n in each if inside(waits[n], step, 2 * interval))
    return sorted(good, key=lambda n: abs(waits[n] / step - 4.5))[:12]


def _same(left: Sequence[Interval], right: Sequence[Interval]) -> bool:
    return len(left) == len(right) and all(
        math.isclose(a, b) for one, other in zip(left, right, strict=True) for a, b in zip(one, other, strict=True)
    )
