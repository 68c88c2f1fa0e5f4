"""A dashboard file is not JSON, or not a dashboard.

Grafana refuses the file, or shows less than it seems to hold.

Mend: correct the text at the place named; exporting the dashboard from Grafana again always gives a sound file.

    - {"title": "Checkout", "panels": [{"type": "text" "title": "Read me"}]}
    + {"title": "Checkout", "panels": [{"type": "text", "title": "Read me"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.read import Document
from ballast.findings import Finding, check

DUPLICATE = """A key stands twice in one object of a dashboard.

Readers of JSON take the last and drop the other in silence, so what somebody wrote has no effect.

Mend: keep one of the two.
"""
STRUCTURE = """A part of a dashboard has another type than Grafana gives it.

Panels that are no list, or a title that is no text, are not shown.

Mend: export the dashboard from Grafana again, or correct the value.
"""


@check(
    "dashboards/json",
    on=Document,
    emits={"dashboards/duplicate-key": DUPLICATE, "dashboards/structure": STRUCTURE},
)
def readable(document: Document) -> Iterator[Finding]:
    """Pass on what the reader found."""
    for problem in document.problems:
        yield Finding.of(problem)
