"""An objective that leaves no budget, or everything.

The objective is the share of good events in percent: above 0 and below 100. At 100 the error budget is zero and every single
failure pages for ever; at 0 nothing is ever wrong. A number below 1 is nearly always the same share written as a ratio.

Mend: write percent.

    - objective: 0.999
    + objective: 99.9
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile


@check("slo/objective", on=SloFile)
def objective(file: SloFile) -> Iterator[Issue]:
    """Each SLO's objective."""
    for index, slo in enumerate(file.slos):
        value = slo.objective
        if 1 <= value < 100:
            continue
        path = ("slos", index, "objective")
        if value <= 0:
            yield Issue(
                path, f"objective {value:g} promises nothing", "write the share of good events in percent, such as 99.9"
            )
        elif value < 1:
            message = f"objective {value:g} means {value:g} percent of good events"
            yield Issue(path, message, f"the objective is in percent, not a ratio: {round(value * 100, 6):g}")
        elif value == 100:
            yield Issue(
                path, "objective 100 leaves no error budget: one failure pages for ever", "write less, such as 99.9 or 99.99"
            )
        else:
            yield Issue(path, f"objective {value:g} is more than all events", "write percent below 100, such as 99.9")
