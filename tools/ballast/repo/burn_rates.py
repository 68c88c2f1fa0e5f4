"""Window pairs of burn-rate alerts: the standard tables, factors, and which pairs can fire at all.

Source: The Site Reliability Workbook, chapter 5 ("Alerting on SLOs"), approach 6. An alert fires when the error ratio of a long
and of a short window both exceed factor x error budget. The factor at which the long window spends the share `s` of the
budget of the SLO window P is f = s x P / long: 2 % of 30 days in one hour is 0.02 x 720 = 14.4.

Error ratios and budgets are ratios (0.001), objectives are percent (99.9), times are seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ballast.repo.models import AlertSeverity, BurnRate

__all__ = [
    "CALENDAR",
    "STANDARD",
    "WindowPair",
    "budget_ratio",
    "factor_of",
    "period_duration",
    "reachable",
    "seconds",
    "share_of",
    "window_pairs",
]

CALENDAR = {"month": "30d", "quarter": "90d"}
"""Calendar windows, and the length at which burn rates take them: 1 spends the whole budget in that time."""

_UNITS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
    "w": Decimal(604800),
    "y": Decimal(31536000),
}
_PART = re.compile(r"([0-9]+)(ms|[smhdwy])")


@dataclass(frozen=True, slots=True)
class WindowPair:
    """One condition of a burn-rate alert: both windows burn faster than `factor` times the sustainable rate.

    `long` and `short` are Prometheus durations; `name` is `quick`, `slow`, then `3`, `4` … in the order of a severity's rows.
    """

    severity: AlertSeverity
    name: str
    long: str
    short: str
    factor: float

    @property
    def long_s(self) -> float:
        """The long window in seconds."""
        return seconds(self.long)

    @property
    def short_s(self) -> float:
        """The short window in seconds."""
        return seconds(self.short)


# Long, short, share of the budget in percent. 30 and 28 days: the workbook's. A week is shorter, so the same shares would page
# at burn rate 3.4; these, which Sloth's documentation proposes for a week too, keep the factors near the workbook's.
_Row = tuple[AlertSeverity, str, str, float]
_WORKBOOK: tuple[_Row, ...] = (
    ("page", "1h", "5m", 2),
    ("page", "6h", "30m", 5),
    ("ticket", "1d", "2h", 10),
    ("ticket", "3d", "6h", 10),
)
_WEEK: tuple[_Row, ...] = (
    ("page", "1h", "5m", 8),
    ("page", "6h", "30m", 12.5),
    ("ticket", "1d", "2h", 20),
    ("ticket", "3d", "6h", 42),
)


def period_duration(window: str) -> str:
    """An SLO's window as a Prometheus duration: `30d` for a month, itself for one that rolls."""
    return CALENDAR.get(window, window)


@lru_cache(maxsize=1024)
def seconds(duration: str) -> float:
    """A Prometheus duration (`1h30m`), or a calendar window at its nominal length, in seconds; a whole number where it is one.

    Raises ValueError when it is not a duration.
    """
    length = period_duration(duration)
    parts = _PART.findall(length)
    if not parts or "".join(map("".join, parts)) != length:
        raise ValueError(f"not a duration: {duration!r} (such as 5m, 1h30m, 3d)")
    return float(sum((int(n) * _UNITS[unit] for n, unit in parts), Decimal(0)))


def factor_of(share: float, period: float, long: float) -> float:
    """The burn rate that spends `share` (a ratio) of the budget of `period` seconds within `long` seconds."""
    exact = Decimal(repr(share)) * Decimal(repr(period)) / Decimal(repr(long))
    return float(round(exact, 12))


def share_of(factor: float, period: float, long: float) -> float:
    """The share (a ratio) of the budget of `period` seconds that burning at `factor` for `long` seconds spends."""
    return factor * long / period


def budget_ratio(objective: float) -> float:
    """The error budget as a ratio, without the noise of binary subtraction: 99.9 -> 0.001."""
    return float((100 - Decimal(repr(objective))) / 100)


def reachable(factor: float, objective: float) -> bool:
    """Whether an error ratio, at most 1, can exceed factor x budget."""
    return factor * budget_ratio(objective) < 1


def _standard(period: str, rows: Sequence[_Row]) -> tuple[WindowPair, ...]:
    return _named(
        (severity, long, short, factor_of(share / 100, seconds(period), seconds(long))) for severity, long, short, share in rows
    )


def _named(rows: Iterable[_Row]) -> tuple[WindowPair, ...]:
    count: dict[str, int] = {}
    pairs: list[WindowPair] = []
    for severity, long, short, factor in rows:
        n = count[severity] = count.get(severity, 0) + 1
        pairs.append(WindowPair(severity, {1: "quick", 2: "slow"}.get(n, str(n)), long, short, factor))
    return tuple(pairs)


STANDARD: dict[str, tuple[WindowPair, ...]] = {
    "7d": _standard("7d", _WEEK),
    "28d": _standard("28d", _WORKBOOK),
    "30d": _standard("30d", _WORKBOOK),
    # The same burn rates for calendar windows: a page asks how fast the budget goes, not how much of the month is over.
    "month": _standard("30d", _WORKBOOK),
    "quarter": _standard("30d", _WORKBOOK),
}


def window_pairs(window: str, burn_rates: Sequence[BurnRate] = ()) -> tuple[WindowPair, ...]:
    """The pairs of an SLO over `window`: its own table where it has one, else the standard one; unreachable ones included.

    A row without a factor gets it from its budget share (in percent); a row needs one of the two (the reader checks that).
    """
    if not burn_rates:
        return STANDARD[window]
    return _named(
        (
            row.severity,
            row.long,
            row.short,
            row.factor if row.factor is not None else factor_of((row.budget or 0.0) / 100, seconds(window), seconds(row.long)),
        )
        for row in burn_rates
    )
