"""So few events that one failure pages, or a way to judge them that cannot work.

A page fires when the share of bad events in a window exceeds factor x budget. At 99.9 % that is 1.44 % of an hour: with fewer
than 69 requests in it, a single failed one is more. An SLO that declares how little traffic it has (`low_traffic.expected`)
has to say what is done about it: `minimum_bad` (so many failures at least), `confidence` (as many as show that the threshold is
exceeded), probes (`synthetic`), a lower objective or longer windows. `ballast slo traffic` works out what each of them means.

Mend: choose one.

    - low_traffic: {expected: 0.01}
    + low_traffic: {expected: 0.01, minimum_bad: 3}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.burn_rates import budget_ratio, reachable, window_pairs
from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import LowTraffic, Slo, SloFile
from ballast.repo.position import Severity


@check("slo/low-traffic", on=SloFile)
def low_traffic(file: SloFile) -> Iterator[Issue]:
    """Each SLO that says something of its traffic."""
    for index, slo in enumerate(file.slos):
        if slo.low_traffic:
            path = ("slos", index, "low_traffic")
            yield from _choice(slo, slo.low_traffic, path)


def _choice(slo: Slo, low: LowTraffic, path: tuple[str | int, ...]) -> Iterator[Issue]:
    if slo.sli.raw or slo.sli.composite:
        yield Issue(
            path, "`low_traffic` needs counts of events, and a ratio has none", "write the SLI as `events`, or leave it out"
        )
    elif low.minimum_bad and low.confidence:
        yield Issue(path, "`minimum_bad` and `confidence` both say how many bad events there must be", "leave one of them out")
    elif low.confidence and not low.expected:
        yield Issue(path, "`confidence` needs `expected`: how sure a few events make depends on how many there are", "add it")
    elif low.expected and not low.minimum_bad and not low.confidence:
        yield from _alone(slo, low.expected + low.synthetic, path)


def _alone(slo: Slo, rate: float, path: tuple[str | int, ...]) -> Iterator[Issue]:
    if (
        slo.alerting.page_alert.disable
        or not 0 < slo.objective < 100
        or any(row.factor is None and row.budget is None for row in slo.burn_rates)
    ):
        return
    budget = budget_ratio(slo.objective)
    pairs = [p for p in window_pairs(slo.window, slo.burn_rates) if p.severity == "page" and reachable(p.factor, slo.objective)]
    for pair in pairs:
        events, most = rate * pair.long_s, pair.factor * budget
        if events * most < 1:
            yield Issue(
                path,
                f"a single failure pages: it is {1 / max(events, 1):.3g} of the {events:.3g} events of {pair.long}, "
                f"and more than {most:.4g} pages",
                "add `minimum_bad: 3` (or `confidence: 0.99`), or probes as `synthetic`: see `ballast slo traffic`",
                severity=Severity.WARNING,
            )
            return
