"""What a team looks at in its error-budget review of a month."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ballast.budget import Line

__all__ = ["Page", "Proposal", "Review", "SloReview", "TeamReview"]

Kind = Literal["tighten", "loosen", "split", "mend", "measure", "keep"]


@dataclass(frozen=True, slots=True)
class Page:
    """A call (P1, P2) of an SLO's alert. `spent` is the share of the month's budget that the ledger has from an hour before it
    until it was resolved; None where nothing is known of that time, or the alert is of no SLO in the ledger.

    `false` when it spent less than `review.FALSE` of it: somebody was called for nothing that mattered. None is unknown.
    """

    incident: int
    title: str
    opened: datetime
    lasted: float | None
    acknowledged: float | None
    spent: float | None
    false: bool | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to do about an SLO, and the numbers that say so."""

    kind: Kind
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class SloReview:
    """An SLO's month: its line of the monthly report, its pages, and what is proposed."""

    line: Line
    pages: list[Page]
    proposals: list[Proposal]

    @property
    def false(self) -> int:
        """Pages that were for nothing."""
        return sum(page.false is True for page in self.pages)

    @property
    def unclear(self) -> int:
        """Pages of which nobody knows what they were for."""
        return sum(page.false is None for page in self.pages)

    @property
    def unanswered(self) -> int:
        """Pages that nobody acknowledged."""
        return sum(page.acknowledged is None for page in self.pages)


@dataclass(frozen=True, slots=True)
class TeamReview:
    """A team's SLOs, and its pages that belong to no SLO in the ledger."""

    team: str
    slos: list[SloReview]
    other: list[Page] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Review:
    """A month in the budget policy's time zone; `end` is now while it lasts. `pages_known`: the gateway was asked."""

    month: str
    zone: str
    start: datetime
    end: datetime
    teams: list[TeamReview]
    pages_known: bool
