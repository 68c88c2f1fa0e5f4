"""Availability of replicas over zones, and of parts in series and in parallel.

A part of n equal replicas that needs k of them works while at least k work (k-of-n: Rausand, Barros, Høyland, System
Reliability Theory, 3rd ed., 2020, chapter 4). Replicas in one zone share its fate, so sums go over which zones work, and take
the binomial distribution of the replicas in those that do; zones fail independently, and so do replicas within a zone that
works. Parts of one path share the zones as well: `over_zones` takes the whole path for each state of the zones. All
availabilities are ratios between 0 and 1, in the long run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, prod


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is taken for granted, each a ratio or a count, with why."""

    zones: int = 3
    zone: float = 0.9995
    replica: float = 0.998

    def words(self) -> list[str]:
        """The assumptions as sentences, with what they mean in hours."""
        return [
            f"{self.zones} zones, which fail independently: module platform refuses a cluster with fewer than three.",
            f"A zone works {self.zone:.2%} of the time, away {(1 - self.zone) * 8766:.1f} h a year. Clouds promise nothing of a"
            " zone, 99.99% of a region; this is a planning figure.",
            f"A replica in a zone that works does its job {self.replica:.1%} of the time, away {(1 - self.replica) * 730.5:.1f}"
            " h a month: failures of its node (AWS promises 99.5% of an instance), restarts, roll-outs. A planning figure.",
            "Replicas are as even over zones as a proven spread makes them, all in one zone without. Which zones parts with"
            " fewer replicas than zones are in is not known: the worst arrangement counts.",
            "Disruption budgets keep a drain from breaking the quorum; a workload without is a single point of failure.",
            "Not counted: faults that all replicas share (a bad release or configuration), and the loss of the region: then the"
            " heartbeat stops, and the cloud's alarm pages by a route of its own (decision 13).",
            "Not counted: PagerDuty itself, and the services that are watched.",
        ]


def over_zones(zones: int, zone: float, works: Callable[[Sequence[bool]], float]) -> float:
    """Expectation of `works(state)`, the availability given which zones work, over all states of the zones."""
    states = product((True, False), repeat=zones)
    return min(1.0, sum(prod(zone if up else 1 - zone for up in state) * works(state) for state in states))


def within(k: int, placed: Sequence[int], replica: float, state: Sequence[bool]) -> float:
    """Probability that at least `k` replicas work, of `placed` replicas by zone, given which zones work. 1 for k = 0."""
    n = sum(count for count, up in zip(placed, state, strict=True) if up)
    return min(1.0, sum(comb(n, i) * replica**i * (1 - replica) ** (n - i) for i in range(k, n + 1)))


def k_of_n(k: int, placed: Sequence[int], zone: float, replica: float) -> float:
    """Probability that at least `k` replicas work, of `placed` replicas by zone. 1 for k = 0."""
    return over_zones(len(placed), zone, lambda state: within(k, placed, replica, state))


def spread_over(replicas: int, zones: int) -> list[int]:
    """Replicas by zone, as even as they can be, most first."""
    return [replicas // zones + (number < replicas % zones) for number in range(zones)]


def series(parts: Iterable[float]) -> float:
    """All are needed."""
    return prod(parts)


def parallel(ways: Iterable[float]) -> float:
    """One of them is enough; 0 for no way."""
    return 1 - prod(1 - way for way in ways)
