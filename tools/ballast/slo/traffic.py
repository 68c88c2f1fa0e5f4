"""How an SLO behaves at its traffic: what one failure does, what a pair needs to fire, and which choice mends it.

The model: events come at random at a steady mean rate (Poisson), each window holds what came within it. A pair fires when in
both windows the share of bad events exceeds its threshold (factor x budget), and its long one holds enough bad events where the
SLO says how many that is. Rates are events per second, times seconds, thresholds and probabilities ratios.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ballast.repo import Slo, WindowPair, budget_ratio
from ballast.slo.binomial import at_least, least_convincing, poisson_at_most
from ballast.slo.windows import split

__all__ = ["PairTraffic", "TrafficAdvice", "least_bad", "traffic_advice"]

SURE = 0.99
"""How sure `PairTraffic.sure` is."""
CHANCE = 0.01
"""How often a page may come by chance with the `minimum_bad` that is advised, as a share of long windows."""


def least_bad(slo: Slo, pair: WindowPair, budget: float) -> int:
    """How many bad events the long window of `pair` must hold before it fires; 0 where the SLO does not ask for any number.

    `minimum_bad` as it is; from `confidence` the fewest that show, at the expected traffic, that the true ratio exceeds the
    threshold (the lower bound of Clopper and Pearson does), two at least.
    """
    low = slo.low_traffic
    if low is None:
        return 0
    if low.minimum_bad:
        return low.minimum_bad
    if low.confidence and low.expected:
        events = (low.expected + low.synthetic) * pair.long_s
        return max(2, least_convincing(events, pair.factor * budget, low.confidence))
    return 0


@dataclass(frozen=True, slots=True)
class PairTraffic:
    """A window pair at some traffic.

    `long_events` and `short_events` are the mean numbers in its windows. `needed` is how many failures fire it, at that mean.
    `one_fires` is the probability that a single failure fires it, when it comes alone; `by_chance` that a long window of a
    service that spends exactly its budget holds enough failures. `outage` is the shortest total outage that it notices, None
    if none; `calm_rate` the traffic at which a single failure would not be enough, `sure` the failures that show with 99 %
    confidence that the threshold is exceeded.
    """

    severity: str
    pair: str
    threshold: float
    long_events: float
    short_events: float
    needed: int
    one_fires: float
    by_chance: float
    outage: float | None
    calm_rate: float
    sure: int


@dataclass(frozen=True, slots=True)
class TrafficAdvice:
    """An SLO at `rate` events per second, its own probes (`synthetic`) among them.

    `one_pages`: the probability that a lone failure pages. `probes` is how many events per second probes would have to add so
    that it does not, 0 where none are needed. `minimum_bad` is what would do it instead: a service that spends exactly its
    budget has so many failures in less than a hundredth of long windows. `outage` is the shortest total outage that pages, and
    `outage_then` the same with `minimum_bad`.
    """

    service: str
    slo: str
    objective: float
    rate: float
    pairs: tuple[PairTraffic, ...]
    one_pages: float
    probes: float
    minimum_bad: int
    outage: float | None
    outage_then: float | None


def traffic_advice(service: str, slo: Slo, rate: float) -> TrafficAdvice:
    """What `rate` events per second (all that the SLI counts, above 0) mean for the alerts of `slo`."""
    budget = budget_ratio(slo.objective)
    off = {s for s, o in (("page", slo.alerting.page_alert), ("ticket", slo.alerting.ticket_alert)) if o.disable}
    fires = [pair for pair in split(slo)[0] if pair.severity not in off]
    pairs = tuple(_at(slo, pair, budget, rate) for pair in fires)
    pages = [pair for pair in pairs if pair.severity == "page"]
    least = max((_unlikely(pair.long_events, budget) for pair in pages), default=2)
    return TrafficAdvice(
        service=service,
        slo=slo.name,
        objective=slo.objective,
        rate=rate,
        pairs=pairs,
        one_pages=max((pair.one_fires for pair in pages), default=0.0),
        probes=max(0.0, max((pair.calm_rate for pair in pages), default=0.0) - rate),
        minimum_bad=least,
        outage=_soonest([pair.outage for pair in pages]),
        outage_then=_soonest([_outage(p, budget, rate, least) for p in fires if p.severity == "page"]),
    )


def _at(slo: Slo, pair: WindowPair, budget: float, rate: float) -> PairTraffic:
    threshold, least = pair.factor * budget, least_bad(slo, pair, budget)
    long, short = rate * pair.long_s, rate * pair.short_s
    needed = max(math.floor(threshold * long + 1e-9) + 1, least, 1)
    # A lone failure is 1 of the 1 + n events of its window: more than the threshold while n is below 1 / threshold - 1.
    most = math.ceil(1 / threshold - 1 - 1e-9) - 1
    quiet = least <= 1 and rate * pair.long_s >= slo.minimum_traffic * pair.long_s
    return PairTraffic(
        severity=pair.severity,
        pair=f"{pair.long}/{pair.short}",
        threshold=threshold,
        long_events=long,
        short_events=short,
        needed=needed,
        one_fires=poisson_at_most(most, long) if quiet else 0.0,
        by_chance=at_least(needed, max(1, round(long)), budget),
        outage=_outage(pair, budget, rate, least) if rate >= slo.minimum_traffic else None,
        calm_rate=1 / threshold / pair.long_s,
        sure=least_convincing(long, threshold, SURE),
    )


def _unlikely(events: float, budget: float) -> int:
    """The fewest failures, two at least, that a service which spends exactly its budget hardly has among so many events."""
    count = 2
    while at_least(count, max(1, round(events)), budget) > CHANCE:
        count += 1
    return count


def _outage(pair: WindowPair, budget: float, rate: float, least: int) -> float | None:
    """Seconds of total failure until `pair` fires: enough of the window, and enough events of it."""
    threshold = pair.factor * budget
    seconds = max(pair.long_s * threshold, max(least, 1) / rate)
    return seconds if seconds <= pair.long_s else None


def _soonest(times: Sequence[float | None]) -> float | None:
    return min((time for time in times if time is not None), default=None)
