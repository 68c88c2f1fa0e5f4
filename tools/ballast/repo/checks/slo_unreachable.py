"""A burn rate that can never be reached.

An error ratio is at most 1. A pair fires above factor × error budget: with an objective of 90 % the budget is 0.1, and the
standard 14.4 asks for an error ratio of 1.44. Sloth writes such an alert in silence; Ballast leaves the pair out and says so.

Mend: give the SLO a table of its own whose factors it can reach, or a higher objective.

    - objective: 90
    + objective: 99
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.burn_rates import WindowPair, budget_ratio, reachable, window_pairs
from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import Slo, SloFile
from ballast.repo.position import Severity
from ballast.repo.source import Path


@check("slo/unreachable", on=SloFile, severity=Severity.WARNING)
def unreachable(file: SloFile) -> Iterator[Issue]:
    """Each pair of each SLO whose alert is not switched off."""
    for index, slo in enumerate(file.slos):
        if slo.status == "archived" or (slo.objective >= _SURE and not slo.burn_rates) or not 1 <= slo.objective < 100:
            continue
        if any((row.factor is None) == (row.budget is None) for row in slo.burn_rates):
            continue
        for number, pair in enumerate(window_pairs(slo.window, slo.burn_rates)):
            off = slo.alerting.page_alert.disable if pair.severity == "page" else slo.alerting.ticket_alert.disable
            if not off and not reachable(pair.factor, slo.objective):
                path: Path = ("slos", index)
                yield _left_out((*path, "burn_rates", number) if slo.burn_rates else (*path, "objective"), pair, slo)


_SURE = 95.0  # no standard factor is above 20, so from here on every standard pair is reachable


def _left_out(path: Path, pair: WindowPair, slo: Slo) -> Issue:
    budget = budget_ratio(slo.objective)
    message = (
        f"the {pair.severity} pair {pair.long}/{pair.short} is left out: at objective {slo.objective:g} its factor "
        f"{pair.factor:g} asks for an error ratio of {pair.factor * budget:g}, and no ratio exceeds 1"
    )
    hint = f"an objective above {100 - 100 / pair.factor:.4g}, or `burn_rates` with a factor below {1 / budget:g}"
    return Issue(path, message, hint)
