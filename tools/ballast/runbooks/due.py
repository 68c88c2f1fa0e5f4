"""Runbooks that are due: not rehearsed for 90 days or since their steps changed, or failed; and the platform list's review."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from ballast.findings import Due, Tree, due
from ballast.runbooks.page import READS, runbooks
from ballast.runbooks.rehearsal.record import last_records

REHEARSED_WITHIN = timedelta(days=90)
PLATFORM = "alerts/platform-alerts.yaml"
_REVIEW = re.compile(r"""^review_date:\s*["']?(\d{4}-\d{2}-\d{2})["']?\s*(?:#.*)?$""")


@due("runbooks/rehearsal")
def rehearsal(tree: Tree, today: date) -> Iterable[Due]:
    """Each active page against its newest record."""
    records = last_records(tree)
    for file in tree.match(*READS):
        for page in runbooks(file):
            if page.front is None or page.archived:
                continue
            record = records.get(page.name)
            if record is None:
                on, why = today, "was never rehearsed"
            elif record.result == "failed":
                step = next(step for step in record.steps if step.outcome == "failed")
                on, why = record.day, f"its last rehearsal failed ({step.section} {step.number}: {step.detail})"
            elif record.digest and record.digest != page.digest:
                on, why = today, f"has changed since its last rehearsal on {record.day} ({record.result})"
            else:
                on, why = record.day + REHEARSED_WITHIN, f"was last rehearsed on {record.day} ({record.result})"
            mend = f"ballast runbooks rehearse {page.name} --record"
            yield Due("runbooks/rehearsal", page.name, on, why, mend, file.path, owner=page.front.owner)


@due("runbooks/platform")
def platform(tree: Tree, today: date) -> Iterable[Due]:
    """The list's own date."""
    for file in tree.match(PLATFORM):
        for number, line in enumerate(file.lines, 1):
            if found := _REVIEW.match(line):
                mend = "go through the list, then set a new `review_date`"
                why = "the list of the platform's alerts is to be reviewed"
                yield Due("runbooks/platform", PLATFORM, date.fromisoformat(found[1]), why, mend, PLATFORM, number)
