"""When a budget will be spent: an interval, not a point.

Method: a moving-block bootstrap (Künsch 1989) of the days of the SLO's window. Two thousand futures are drawn from the
complete days on record in blocks of three days, so that bad days keep each other's company; each future day enters the rolling
window and an old one leaves it. The forecast is the 10th, 50th and 90th percentile of the day on which the budget is spent.
It says what happens if the coming weeks are like the last ones, and nothing about a release that is unlike them all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DRAWS = 2000
BLOCK = 3
LEAST_DAYS = 7
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days from now until the budget is spent, at three percentiles; None is beyond `horizon` days.

    `probability` is that of being spent within the horizon. `why` says why there is no forecast: then all else is empty.
    """

    early: float | None = None
    middle: float | None = None
    late: float | None = None
    probability: float | None = None
    horizon: int = 0
    days: int = 0
    why: str = ""


def forecast(history: Sequence[tuple[int, int]], budget: float, window: int, *, seed: int = 1) -> Forecast:
    """From (total, bad) of each day, the last one unfinished. `budget` is a share of events, `window` and result in days.

    Sampled are the complete days; the same history gives the same forecast.
    """
    import numpy as np

    complete = [day for day in history[:-1] if day[0]]
    if len(complete) < LEAST_DAYS:
        return Forecast(
            days=len(complete), why=f"{len(complete)} complete days are recorded, and a forecast takes {LEAST_DAYS}"
        )
    past = np.array([(0, 0)] * max(0, window - len(history)) + list(history[-window:]), dtype=float)
    allowed = budget * past[:, 0].sum()
    if allowed and past[:, 1].sum() >= allowed:
        return Forecast(0.0, 0.0, 0.0, 1.0, window, len(complete))
    source = np.array(complete[-window:], dtype=float)
    rng = np.random.default_rng(seed)
    blocks = -(-window // BLOCK)
    starts = rng.integers(0, len(source), (DRAWS, blocks))
    picks = (starts[:, :, None] + np.arange(BLOCK)) % len(source)
    future = source[picks.reshape(DRAWS, -1)[:, :window]]
    whole = np.concatenate([np.broadcast_to(past, (DRAWS, *past.shape)), future], axis=1).cumsum(axis=1)
    sums = whole[:, window:] - whole[:, :window]
    spent = sums[:, :, 1] >= budget * sums[:, :, 0]
    spent &= sums[:, :, 1] > 0
    first = np.where(spent.any(axis=1), spent.argmax(axis=1) + 1.0, math.inf)
    early, middle, late = (None if math.isinf(q) else float(q) for q in np.quantile(first, QUANTILES, method="inverted_cdf"))
    return Forecast(early, middle, late, float(np.isfinite(first).mean()), window, len(complete))
