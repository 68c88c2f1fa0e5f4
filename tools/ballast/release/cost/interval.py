"""US dollars between a least and a most: sums and differences that always hold the truth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

type Number = Decimal | int | str


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included. Raises ValueError when they are the wrong way round or no numbers."""

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not (self.low.is_finite() and self.high.is_finite() and self.low <= self.high):
            raise ValueError(f"no interval: {self.low} to {self.high}")

    @classmethod
    def of(cls, low: Number, high: Number | None = None) -> Interval:
        """From one number, or two; decimal text and integers only, so that nothing is rounded on the way in."""
        return cls(Decimal(low), Decimal(low if high is None else high))

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        """Wherever both lie: equal intervals do not cancel."""
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, price: Decimal) -> Interval:
        """By a price, which is not negative."""
        return Interval(self.low * price, self.high * price)

    def __str__(self) -> str:
        low, high = money(self.low), money(self.high)
        return low if low == high else f"{low} to {high}"


ZERO = Interval(Decimal(0), Decimal(0))


def total(intervals: list[Interval]) -> Interval:
    """The sum."""
    return sum(intervals, ZERO)


def money(amount: Decimal) -> str:
    """`$1,234.50`; an amount under a cent is not shown as none."""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if 0 < size < Decimal("0.01"):
        return f"{sign}<$0.01"
    return f"{sign}${size:,.2f}"
