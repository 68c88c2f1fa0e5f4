"""The incidents of a span of time, read from the gateway's database by whoever reports on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Incident:
    """An incident as the gateway keeps it. Moments are aware, None before they come; `labels` are common to its alerts."""

    id: int
    dedup_key: str
    status: str
    tier: str
    title: str
    labels: dict[str, str]
    opened: datetime
    acknowledged: datetime | None
    acknowledged_by: str | None
    resolved: datetime | None

    @property
    def pages(self) -> bool:
        """Whether it called somebody (P1, P2)."""
        return self.tier in ("P1", "P2")


_ASKED = """
select id, dedup_key, status, tier, title, labels, opened_at, acknowledged_at, acknowledged_by, resolved_at
from gateway_incidents where opened_at >= %s and opened_at < %s order by opened_at, id
"""


def incidents_between(database_url: str, start: datetime, end: datetime) -> list[Incident]:
    """Incidents opened from `start` until before `end` (aware), in order. Raises CannotRun when PostgreSQL cannot be asked."""
    import psycopg

    from ballast.repo import CannotRun

    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            return [Incident(*row) for row in connection.execute(_ASKED, (start, end)).fetchall()]
    except psycopg.errors.UndefinedTable:
        raise CannotRun("this database has no gateway's tables yet") from None
    except psycopg.Error as error:
        raise CannotRun(f"the gateway's database did not answer: {str(error).strip().splitlines()[0]}") from None
