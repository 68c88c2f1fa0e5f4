"""A minimum of traffic where traffic is not counted.

`minimum_traffic` is in events per second and is compared with the SLI's total. A raw SLI is a ratio that somebody else
computed: it has no total, so there is nothing to compare with. For a gauge, an event is one sample of it.

Mend: write the SLI as `events`, or leave the minimum out.

    - sli: {raw: {error_ratio_query: "avg_over_time(error_ratio[{{.window}}])"}}
    - minimum_traffic: 1
    + sli: {raw: {error_ratio_query: "avg_over_time(error_ratio[{{.window}}])"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile


@check("slo/minimum-traffic", on=SloFile)
def minimum_traffic(file: SloFile) -> Iterator[Issue]:
    """Each SLO that has a minimum."""
    for index, slo in enumerate(file.slos):
        path = ("slos", index, "minimum_traffic")
        if slo.minimum_traffic and (slo.sli.raw or (slo.sli.composite and slo.sli.composite.weighted)):
            hint = "write the SLI as `events` (error_query and total_query), or leave the minimum out"
            kind = "raw" if slo.sli.raw else "weighted"
            yield Issue(path, f"`minimum_traffic` needs a count of events, and a {kind} ratio has none", hint)
