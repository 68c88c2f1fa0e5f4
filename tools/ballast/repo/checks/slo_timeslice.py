"""An SLI of time whose slices cannot be judged.

A slice is good while the value of `query` is on the right side of one threshold: `below`, `at_most`, `above` or `at_least`.
With two of them nobody knows which counts. Without one, the query itself says which share of the slice was good, from 0 to 1.

Mend: keep one comparison.

    - sli: {timeslice: {query: max(queue_depth), at_most: 100, below: 90}}
    + sli: {timeslice: {query: max(queue_depth), at_most: 100}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.burn_rates import seconds
from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile
from ballast.repo.source import Path

COMPARISONS = ("below", "at_most", "above", "at_least")


@check("slo/timeslice", on=SloFile)
def timeslice(file: SloFile) -> Iterator[Issue]:
    """Comparisons and lengths."""
    for index, slo in enumerate(file.slos):
        at: Path = ("slos", index, "sli")
        if one := slo.sli.timeslice:
            given = [name for name in COMPARISONS if getattr(one, name) is not None]
            if len(given) > 1:
                message = f"the slice is compared {len(given)} times: {', '.join(given)}"
                yield Issue((*at, "timeslice", given[1]), message, "keep one of them", at_key=True)
            yield from _length((*at, "timeslice", "slice"), one.slice)
        if freshness := slo.sli.freshness:
            yield from _length((*at, "freshness", "max_age"), freshness.max_age)
        if throughput := slo.sli.throughput:
            yield from _length((*at, "throughput", "over"), throughput.over)


def _length(path: Path, duration: str) -> Iterator[Issue]:
    if seconds(duration) <= 0:
        yield Issue(path, f"`{path[-1]}` is {duration}, which is no time at all", "such as 1m")
