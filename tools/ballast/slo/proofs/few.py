"""The proof that a pair waits for enough bad events, where its SLO asks for some number of them."""

from __future__ import annotations

from ballast.slo.proofs.grid import ceil_to, expect, floor_to, grid, inside, pair_name, span
from ballast.slo.proofs.model import Alert, Scenario, Subject
from ballast.slo.proofs.signals import CannotProve
from ballast.slo.proofs.traffic import Pair, Phase, Traffic, condition

__all__ = ["few_bad"]

BUSY_HOURS = 3600


def few_bad(subject: Subject, alert: Alert, name: str) -> Scenario:
    """So little traffic that all of it fails for a while before there are enough bad events for the pair `name` alone.

    Shorter pairs never hold enough of them; longer ones have seen a busy time without errors.
    """
    pair = alert.pairs[name]
    step, interval = grid(subject, pair)
    others = [each for each in alert.pairs.values() if each != pair]
    found = _search(pair, others, step, interval)
    if not found:
        raise CannotProve(f"the {alert.severity} pair {pair_name(pair)} never waits for bad events alone")
    traffic, start = found
    rate, begin = traffic.phases[-2].total, traffic.edges[-3]
    return Scenario(
        name=f"{alert.severity} {name}, few bad events",
        proves=f"At {rate * 3600:.3g} events an hour everything fails: {pair_name(pair)} waits for {pair.least + 0.5:g} bad"
        f" events, which takes {span(start - begin)}.",
        step=step,
        interval=interval,
        traffic=traffic,
        expectations=(
            expect(alert, floor_to(start, step), False, "everything fails, but there were too few events"),
            expect(alert, ceil_to(start, step), True, "now there are enough"),
        ),
    )


def _search(pair: Pair, others: list[Pair], step: int, interval: int) -> tuple[Traffic, float] | None:
    longer = [each for each in others if each.long > pair.long]
    waits = min(0.6, max(4 * pair.threshold, 0.15)) * pair.long
    most = [pair.least / waits, *(0.8 * each.least / each.long for each in others if each.long < pair.long)]
    busy = 8 * (pair.least + 1) / min((each.threshold for each in longer), default=1.0)
    before = [Phase(ceil_to(BUSY_HOURS, step), busy / BUSY_HOURS)] if longer else []
    for share in (1.0, 0.9, 0.8, 0.7):
        rate = min(most) * share
        fails = Phase(ceil_to(pair.least / rate + 2 * step, step), rate, rate)
        for shift in range(interval, step + interval, interval):
            quiet = Phase(ceil_to(pair.long, step) + shift, rate)
            traffic = Traffic((*before, quiet, fails, Phase(ceil_to(step, interval), rate)))
            spans = condition(traffic, [pair])
            if not spans or not inside(spans[0][0], step, 2 * interval) or spans[0][0] > traffic.edges[-2] - step:
                continue
            if not any(one[0] < spans[0][0] + step for one in condition(traffic, others)):
                return traffic, spans[0][0]
    return None
