"""How fast a window pair detects a burn, how fast it lets go, and what was spent meanwhile.

The model: constant traffic, a clean history of at least the long window, and an error ratio that jumps from 0 to `e` at
time 0 and back to 0 when healed. After t seconds a window of W seconds holds the error ratio e x min(t, W) / W. With
burn-rate factor f and budget ratio b it exceeds f x b after t = W x f x b / e. The long window is the later of the two,
hence the detection time; after healing the short window is the first to fall back, W x (1 - f x b / e) later.

Source: The Site Reliability Workbook, chapter 5, sections on burn rate (time to detect = (1 - SLO) / error ratio x window x
burn rate) and on multiple windows (reset). Scraping and evaluating add up to one interval of each to both times.

Times are seconds, ratios are in [0, 1], objectives percent. A time that never comes is `math.inf`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ballast.repo import WindowPair, budget_ratio, seconds, share_of

__all__ = [
    "PairReport",
    "budget_spent",
    "detection_time",
    "error_ratio_at",
    "pair_report",
    "reset_time",
    "severity_detection_time",
]


def error_ratio_at(window: float, elapsed: float, error_ratio: float, duration: float = math.inf) -> float:
    """The error ratio that a window of `window` seconds shows `elapsed` seconds after errors began and lasted `duration`."""
    overlap = min(elapsed, duration) - max(0.0, elapsed - window)
    return error_ratio * max(0.0, overlap) / window


def detection_time(pair: WindowPair, objective: float, error_ratio: float) -> float:
    """Seconds from the first error until both windows of `pair` exceed its threshold; `math.inf` when they never do."""
    threshold = pair.factor * budget_ratio(objective)
    if error_ratio <= threshold:
        return math.inf
    return max(pair.long_s, pair.short_s) * threshold / error_ratio


def reset_time(pair: WindowPair, objective: float, error_ratio: float, duration: float = math.inf) -> float:
    """Seconds from healing until the condition is false, when errors at `error_ratio` lasted `duration` seconds.

    0 when the condition was not true at the moment of healing.
    """
    threshold = pair.factor * budget_ratio(objective)
    if duration <= detection_time(pair, objective, error_ratio):
        return 0.0
    return min(pair.long_s, pair.short_s) * (1 - threshold / error_ratio)


def severity_detection_time(pairs: Iterable[WindowPair], objective: float, error_ratio: float) -> float:
    """Seconds until an alert made of `pairs` fires: the fastest of them."""
    return min((detection_time(pair, objective, error_ratio) for pair in pairs), default=math.inf)


def budget_spent(elapsed: float, objective: float, error_ratio: float, period: float) -> float:
    """The share of the budget of `period` seconds that `error_ratio` spends in `elapsed` seconds (above 1: overspent)."""
    return elapsed * error_ratio / (budget_ratio(objective) * period)


@dataclass(frozen=True, slots=True)
class PairReport:
    """One row of `ballast slo explain`: what a pair means for an SLO. Times in seconds, None for never.

    `outage` is an error ratio of 1, `burn10` a burn rate of 10, `threshold` an error ratio 1 % above
    the pair's own.
    `spent` is the share of the budget gone when the pair detects, whatever the error ratio.
    """

    severity: str
    pair: str
    long: str
    short: str
    factor: float
    threshold: float
    share: float
    detect_outage: float | None
    detect_burn10: float | None
    detect_threshold: float | None
    reset_outage: float | None
    spent: float | None
    reachable: bool


def pair_report(pair: WindowPair, objective: float, window: str) -> PairReport:
    """Everything `explain` says of `pair` on an SLO of `objective` percent over `window`."""
    budget = budget_ratio(objective)
    period = seconds(window)
    threshold = pair.factor * budget
    outage = detection_time(pair, objective, 1.0)
    can = threshold < 1
    return PairReport(
        severity=pair.severity,
        pair=pair.name,
        long=pair.long,
        short=pair.short,
        factor=pair.factor,
        threshold=threshold,
        share=share_of(pair.factor, period, pair.long_s),
        detect_outage=_finite(outage),
        detect_burn10=_finite(detection_time(pair, objective, min(1.0, 10 * budget))),
        detect_threshold=_finite(detection_time(pair, objective, min(1.0, 1.01 * threshold))),
        reset_outage=reset_time(pair, objective, 1.0) if can else None,
        spent=budget_spent(outage, objective, 1.0, period) if can else None,
        reachable=can,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
