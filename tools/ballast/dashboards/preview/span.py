"""A time range, and the intervals that Grafana makes of it.

After Grafana's documentation of Prometheus' template variables: `$__interval` is range / points, rounded to a step that people
like and never below the scrape interval; `$__rate_interval` is max($__interval + scrape, 4 x scrape). Points are the panel's
`maxDataPoints`, else its width in pixels. Prometheus gives at most 11,000 points a series.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from ballast.repo import CannotRun, seconds

SCRAPE = 15.0
"""Seconds; what our data sources state as `timeInterval`."""
MOST_POINTS = 11_000
_BELOW = (1.5, 3.5, 7.5, 12.5, 17.5, 25, 45, 90, 210, 450, 750, 1050, 1500, 2700, 5400, 9000, 16200, 32400, 86400, 604800,
          1814400, 3628800)  # fmt: skip
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800, 2592000,
          31536000)  # fmt: skip
_NOW = re.compile(r"now(?:-(\w+))?(?:/\w)?")


@dataclass(frozen=True, slots=True)
class Span:
    """A time range in Unix seconds."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start

    def step(self, points: float, least: float = SCRAPE) -> float:
        """`$__interval` in seconds of a panel that is so many points wide."""
        return max(least, round_interval(self.length / max(points, 1)), self.length / MOST_POINTS)


def round_interval(wanted: float) -> float:
    """The step that Grafana takes for `wanted` seconds (whole seconds and more; nothing is scraped faster)."""
    return float(_STEPS[bisect_right(_BELOW, wanted)])


def rate_interval(step: float, scrape: float = SCRAPE) -> float:
    """`$__rate_interval` in seconds."""
    return max(step + scrape, 4 * scrape)


def moment(text: str, now: float) -> float:
    """Unix seconds of `now`, `now-6h`, a Unix time in seconds or an ISO 8601 date. CannotRun for anything else."""
    from datetime import UTC, datetime

    if found := _NOW.fullmatch(text):
        return now - (seconds(found[1]) if found[1] else 0)
    try:
        return float(text)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise CannotRun(f"'{text}' is no time: write now-6h, 2026-01-05T12:00 (UTC) or Unix seconds") from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
