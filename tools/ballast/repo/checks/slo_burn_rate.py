"""A row of a burn-rate table that makes no sense.

A row is a pair of windows: the long one says that much budget is spent, the short one that it is still being spent. So the
short window is shorter than the long one, the long one no longer than the SLO's own, and the row says how fast is too fast
exactly once: as `factor` (a burn rate) or as `budget` (the percent of the budget that the long window may spend).

Mend: correct the row.

    - - {severity: page, long: 5m, short: 1h, factor: 14.4}
    + - {severity: page, long: 1h, short: 5m, factor: 14.4}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.burn_rates import seconds
from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import BurnRate, Slo, SloFile
from ballast.repo.source import Path


@check("slo/burn-rate", on=SloFile)
def burn_rates(file: SloFile) -> Iterator[Issue]:
    """Each row of each table."""
    for index, slo in enumerate(file.slos):
        seen: set[tuple[str, float, float]] = set()
        for number, row in enumerate(slo.burn_rates):
            path: Path = ("slos", index, "burn_rates", number)
            yield from _row(path, row, slo)
            pair = (row.severity, seconds(row.long), seconds(row.short))
            if pair in seen:
                yield Issue(path, f"a second {row.severity} row for {row.long} and {row.short}", "keep one of the two")
            seen.add(pair)


def _row(path: Path, row: BurnRate, slo: Slo) -> Iterator[Issue]:
    if row.factor is None and row.budget is None:
        yield Issue(path, "the row says neither `factor` nor `budget`", "add `factor: 14.4`, or `budget: 2` (percent)")
    if row.factor is not None and row.budget is not None:
        yield Issue((*path, "budget"), "the row says both `factor` and `budget`", "keep one of the two", at_key=True)
    if row.factor is not None and row.factor <= 0:
        yield Issue((*path, "factor"), f"factor {row.factor:g} would always burn", "write a burn rate above 0, such as 14.4")
    if row.budget is not None and not 0 < row.budget <= 100:
        yield Issue((*path, "budget"), f"budget {row.budget:g} is not a share in percent", "above 0 and at most 100, such as 2")
    if seconds(row.short) <= 0:
        yield Issue((*path, "short"), "a window of no length", "such as 5m")
    if seconds(row.short) >= seconds(row.long):
        yield Issue(path, f"the short window {row.short} is not shorter than the long one, {row.long}", "swap them")
    if seconds(row.long) > seconds(slo.window):
        message = f"the long window {row.long} is longer than the SLO's own, {slo.window}"
        yield Issue((*path, "long"), message, f"at most {slo.window}")
