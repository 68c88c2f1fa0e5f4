"""The monthly report: what was promised, what was kept, what nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ballast.budget.balance import Balance, Sum, days, month_of, over, slos
from ballast.budget.store import number

if TYPE_CHECKING:
    import psycopg


ENOUGH = 0.9
"""The share of a month that must be on record before anybody says that its objective was met or missed."""


@dataclass(frozen=True, slots=True)
class Line:
    """An SLO in a month: its balance, and the share of each day's allowance that was spent (None: nothing known that day)."""

    balance: Balance
    days: list[float | None]

    @property
    def on_record(self) -> float:
        """The share of the month so far of which anything is known."""
        minutes = number(self.balance.end) - number(self.balance.start)
        return self.balance.sum.known / minutes if minutes > 0 else 0.0

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or, with too little on record, `unknown`."""
        if self.on_record < ENOUGH:
            return "unknown"
        return "met" if self.balance.exact >= 0 else "missed"


@dataclass(frozen=True, slots=True)
class Report:
    """A month in the policy's time zone; `end` is now while the month lasts."""

    month: str
    zone: str
    start: datetime
    end: datetime
    lines: list[Line]
    exclusions: list[dict[str, Any]]


def monthly(connection: psycopg.Connection, year: int, month: int, zone: str, now: datetime) -> Report:
    """Every active SLO over a calendar month."""
    start, end = month_of(year, month, zone)
    end = min(end, now)
    first, last = number(start), max(number(start), number(end))
    known = slos(connection)
    lines = []
    for balance in over(connection, known, first, last):
        one = balance.known
        spent = [_spent(total, float(one.budget)) for _, total in days(connection, one, first, last)]
        lines.append(Line(balance, spent))
    rows = connection.execute(
        'select service, slos, start, "end", reason, approver from exclusion'
        " where status = 'active' and start < %s and \"end\" > %s order by start",
        (end, start),
    )
    names = ("service", "slos", "start", "end", "reason", "approver")
    return Report(
        f"{year}-{month:02d}",
        zone,
        start.astimezone(UTC),
        end.astimezone(UTC),
        lines,
        [dict(zip(names, row, strict=True)) for row in rows],
    )


def _spent(total: Sum, budget: float) -> float | None:
    if not total.known:
        return None
    return total.bad / (total.total * budget) if total.total else 0.0


def render(report: Report, kind: str) -> str:
    """Markdown (`md`) or a page that needs nothing else (`html`)."""
    from ballast.slo import templates

    environment = templates(Path(__file__).parent)
    environment.filters["percent"] = lambda value, digits=2: "unknown" if value is None else f"{100 * value:.{digits}f} %"
    environment.filters["minutes"] = lambda value: f"{value:,}"
    environment.filters["when"] = lambda value: f"{value:%Y-%m-%d %H:%M} UTC"
    environment.filters["cell"] = lambda value: str(value).replace("|", "\\|").replace("\n", " ")
    return environment.get_template(f"report.{kind}.j2").render(report=report)
