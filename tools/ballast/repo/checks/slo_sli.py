"""An SLO whose indicator is not exactly one thing.

An SLI is one of `events` (bad and all), `raw` (a ratio), or one of Ballast's own kinds (docs/slo.md).
With none there is nothing to measure, with two nobody knows which one counts.

Mend: keep one.

    - sli: {}
    + sli: {gauge: {metric: up}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.indicators import Sli
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile

KINDS = tuple(name for name in Sli.model_fields if name != "plugin")


@check("slo/sli", on=SloFile)
def sli(file: SloFile) -> Iterator[Issue]:
    """Each SLO's indicator."""
    for index, slo in enumerate(file.slos):
        kinds = [name for name in (*KINDS, "plugin") if getattr(slo.sli, name) is not None]
        path = ("slos", index, "sli")
        if not kinds:
            yield Issue(path, "the SLI is empty: nothing is measured", f"one of {', '.join(KINDS)}", at_key=True)
        elif len(kinds) > 1:
            message = f"the SLI is given {len(kinds)} times: {', '.join(kinds)}"
            yield Issue((*path, kinds[1]), message, "keep one of them", at_key=True)
