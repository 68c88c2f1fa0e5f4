"""Statistics of few events: binomial tails and exact confidence bounds of a ratio.

The tail is the regularised incomplete beta function, P(X >= k) = I_p(k, n - k + 1) (Abramowitz and Stegun, 26.5.24), computed
by its continued fraction (26.5.8) after Lentz. The bounds are those of Clopper and Pearson (Biometrika 26, 1934): the ratio at
which as many bad events as were seen, or more (fewer), would have been just that unlikely.

Counts are whole events, ratios and probabilities in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

__all__ = ["at_least", "least_convincing", "lower_bound", "poisson_at_most", "upper_bound"]

_TINY = 1e-300
_STEPS = 10_000


def at_least(bad: int, events: int, ratio: float) -> float:
    """The probability of `bad` or more bad ones among `events` that each are bad with probability `ratio`."""
    if bad <= 0:
        return 1.0
    if bad > events or ratio <= 0:
        return 0.0
    return 1.0 if ratio >= 1 else _beta(float(bad), float(events - bad + 1), ratio)


def lower_bound(bad: int, events: int, confidence: float) -> float:
    """The error ratio that is exceeded with `confidence`, one-sided; 0 when nothing failed."""
    if bad <= 0:
        return 0.0
    return _root(lambda ratio: at_least(bad, events, ratio) - (1 - confidence))


def upper_bound(bad: int, events: int, confidence: float) -> float:
    """The error ratio that is not reached with `confidence`, one-sided; 1 when everything failed or there was nothing."""
    if bad >= events:
        return 1.0
    return _root(lambda ratio: at_least(bad + 1, events, ratio) - confidence)


def least_convincing(events: float, threshold: float, confidence: float) -> int:
    """The fewest bad ones among `events` that show with `confidence` that the true ratio exceeds `threshold`.

    One more than there are events when not even all of them would.
    """
    whole = max(1, round(events))
    low, high = 0, whole + 1  # too few, enough
    while high - low > 1:
        middle = (low + high) // 2
        if at_least(middle, whole, threshold) <= 1 - confidence:
            high = middle
        else:
            low = middle
    return high


def poisson_at_most(count: int, expected: float) -> float:
    """The probability of `count` events or fewer where `expected` is their mean number."""
    if count < 0:
        return 0.0
    if expected <= 0:
        return 1.0
    spread = 40 * math.sqrt(expected) + 40
    if count > expected + spread:
        return 1.0
    first = max(0, int(expected - spread))
    return min(
        1.0, math.fsum(math.exp(n * math.log(expected) - expected - math.lgamma(n + 1)) for n in range(first, count + 1))
    )


@lru_cache(maxsize=65536)
def _beta(a: float, b: float, x: float) -> float:
    """I_x(a, b), by the side of the fraction that converges quickly."""
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _fraction(a, b, x) / a
    return 1 - math.exp(log_front) * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _root(rising: Callable[[float], float]) -> float:
    """Where a function that rises over [0, 1] crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
