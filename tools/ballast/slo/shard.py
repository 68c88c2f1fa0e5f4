"""Deals SLOs out to several rulers: evenly by predicted cost, the same each time, and moving few when a ruler is added.

Each SLO has an order of preference among the shards, from a hash of both their names (rendezvous hashing: Thaler and
Ravishankar, IEEE/ACM Transactions on Networking 6, 1998), and goes to the first that is not full: a shard takes a tenth more
than its even share at most (bounded loads: Mirrokni, Thorup and Zadimoghaddam, SODA 2018). An SLO whose rules read another's
records goes where that one goes, for a rule sees what its own ruler has recorded just now.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ballast.repo import CannotRun
from ballast.slo.cost import Assumptions, SloCost, cost_of, total_cost
from ballast.slo.model import CompiledSlo

__all__ = ["SLACK", "Shard", "shard", "together"]

SLACK = 0.1
"""How much more than its even share a shard may have."""

_READS = re.compile(r'sloth_id="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Shard:
    """One ruler's part, with its predicted cost."""

    number: int
    slos: tuple[CompiledSlo, ...]
    cost: SloCost


def shard(slos: Sequence[CompiledSlo], count: int, given: Assumptions | None = None) -> list[Shard]:
    """Deal `slos` out to `count` shards. Raises `CannotRun` for less than one."""
    if count < 1:
        raise CannotRun(f"{count} shards cannot hold anything: give --shards 1 or more")
    units = sorted(together(slos), key=lambda unit: unit[0].id)
    costs = {one.id: cost_of(one, given) for one in slos}
    room = (1 + SLACK) * sum(cost.busy for cost in costs.values()) / count
    loads, dealt = [0.0] * count, [list[CompiledSlo]() for _ in range(count)]
    for unit in units:
        busy = sum(costs[one.id].busy for one in unit)
        order = sorted(range(count), key=lambda number: _weight(unit[0].id, number), reverse=True)
        number = next((n for n in order if loads[n] + busy <= room), min(order, key=loads.__getitem__))
        loads[number] += busy
        dealt[number] += unit
    return [Shard(n, tuple(part), total_cost(costs[one.id] for one in part)) for n, part in enumerate(dealt)]


def together(slos: Sequence[CompiledSlo]) -> list[list[CompiledSlo]]:
    """SLOs that have to be evaluated by one ruler: those that read each other's records, directly or through others."""
    place = {one.id: n for n, one in enumerate(slos)}
    parent = list(range(len(slos)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = n = parent[parent[n]]
        return n

    for n, one in enumerate(slos):
        for other in _reads(one):
            if other in place:
                parent[root(place[other])] = root(n)
    units: dict[int, list[CompiledSlo]] = {}
    for n, one in enumerate(slos):
        units.setdefault(root(n), []).append(one)
    return [sorted(unit, key=lambda one: one.id) for unit in units.values()]


def _reads(one: CompiledSlo) -> Iterable[str]:
    """The `sloth_id` of all records that its rules read."""
    return {found for group in one.groups for rule in group.rules for found in _READS.findall(rule.expr)} - {one.id}


def _weight(name: str, number: int) -> bytes:
    return hashlib.blake2b(f"{name}\0{number}".encode(), digest_size=8).digest()
