"""A query without `{{.window}}`, which asks the same of every window.

An alert compares a long window with a short one. Ballast writes each query once for every window and puts its length where
`{{.window}}` stands. A query with a fixed range has one error ratio for all of them: the alert then fires late, or at once, and
its budget is wrong.

Mend: write `{{.window}}` in place of the range.

    - error_query: sum(rate(http_errors_total[5m]))
    + error_query: sum(rate(http_errors_total[{{.window}}]))
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile
from ballast.repo.promql import has_window
from ballast.repo.source import Path

_RANGE = re.compile(r"\[\s*[0-9][0-9a-z]*\s*(?=[\]:])")


@check("slo/window", on=SloFile)
def window(file: SloFile) -> Iterator[Issue]:
    """Each query that is written by hand."""
    for index, slo in enumerate(file.slos):
        at: Path = ("slos", index, "sli")
        if events := slo.sli.events:
            yield from _missing((*at, "events", "error_query"), events.error_query)
            yield from _missing((*at, "events", "total_query"), events.total_query)
        if raw := slo.sli.raw:
            yield from _missing((*at, "raw", "error_ratio_query"), raw.error_ratio_query)


def _missing(path: Path, query: str) -> Iterator[Issue]:
    if has_window(query):
        return
    fixed = _RANGE.search(query)
    hint = f"write [{{{{.window}}}}] in place of {fixed[0]}]" if fixed else "use it as the range: rate(…[{{.window}}])"
    yield Issue(path, f"`{path[-1]}` does not contain {{{{.window}}}}", hint, offset=fixed.start() if fixed else 0)
