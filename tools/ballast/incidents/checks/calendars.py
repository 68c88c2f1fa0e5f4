"""A person's time zone or calendar of public holidays that nobody knows.

Nights, weekends and holidays of `ballast oncall load` and `show` are counted in them: a name that is misspelt would count none.

Mend: an IANA time zone (`Europe/Berlin`), and a country or country and part (`DE`, `DE-BE`) as in ISO 3166.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from ballast.findings import Finding, check
from ballast.incidents.oncall import is_holiday, zone
from ballast.repo import CannotRun, Repository


@check("oncall/calendars", on=Repository)
def calendars(repository: Repository) -> Iterator[Finding]:
    """Of each person; a schedule's time zone is part of what makes the file sound."""
    document = repository.oncall
    if document is None:
        return
    for name, person in document.model.people.items():
        for key, known in (("time_zone", partial(_zone, person.time_zone)), ("holidays", partial(_days, person.holidays))):
            try:
                known()
            except CannotRun as error:
                message, _, mend = str(error).partition(": ")
                yield Finding("", document.position("people", name, key), message, mend)


def _zone(name: str) -> None:
    if name:
        zone(name)


def _days(calendar: str) -> None:
    is_holiday(calendar, datetime(2026, 1, 1, tzinfo=UTC))
