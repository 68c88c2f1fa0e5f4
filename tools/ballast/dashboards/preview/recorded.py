"""Series that the rules of SLOs record, had the service run: one simulated history each SLO, all windows from it.

A minute is the grain. Traffic has a daily rhythm; failures are a steady share of the budget and a few incidents, all seeded by
the SLO's id, so that every window, burn rate and budget agrees with every other and with the alerts.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import numpy as np

from ballast.dashboards.preview.openmetrics import Floats, Made
from ballast.slo import AlertRule, CompiledSlo, RecordingRule, ratio_record, seconds, total_record

MINUTE, DAY = 60.0, 86400.0
RECENT = ((5400, 1500, 11), (), (8400, 1800, 60))
"""The last hours: an outage that is only a ticket, none, one that pages (seconds ago, seconds long, burn rate)."""


class History:
    """One SLO over twice its period until `end` (Unix seconds)."""

    def __init__(self, slo: CompiledSlo, end: float) -> None:
        self.slo, self.period = slo, seconds(slo.slo.window)
        rng, noise = random.Random(slo.id), np.random.default_rng(sum(slo.id.encode()))
        self.at = np.arange(end - 2 * self.period, end + 1, MINUTE)
        rate = rng.choice((3.0, 8.0, 20.0, 45.0))
        self.total = (
            rate * (0.75 + 0.25 * np.sin(2 * np.pi * (self.at % DAY) / DAY - 2.2)) * noise.normal(1, 0.04, self.at.size)
        )
        share = slo.budget * rng.uniform(0.1, 0.55) * noise.gamma(4, 0.25, self.at.size)
        incidents = [(rng.uniform(0.3, 55) * DAY, rng.uniform(600, 5400), rng.uniform(5, 60)) for _ in range(rng.randint(4, 9))]
        recent = RECENT[sum(slo.id.encode()) % len(RECENT)]
        for ago, length, burn in [*incidents, *([recent] if recent else [])]:
            inside = (self.at >= end - ago) & (self.at < end - ago + length)
            share[inside] += slo.budget * burn * noise.uniform(0.8, 1.2, int(inside.sum()))
        self.errors = self.total * np.minimum(share, 1.0)

    def mean(self, values: Floats, window: float) -> Floats:
        """The mean over a window that ends at each minute."""
        summed = np.concatenate([[0.0], np.cumsum(values)])
        length = max(int(window / MINUTE), 1)
        last = np.arange(1, self.at.size + 1)
        first = np.maximum(last - length, 0)
        averaged: Floats = (summed[last] - summed[first]) / (last - first)
        return averaged

    def ratio(self, window: float) -> Floats:
        """Bad among all events of a window."""
        return self.mean(self.errors, window) / self.mean(self.total, window)

    def record(self, name: str) -> Floats | None:
        """Values of a recorded series; None for one that nobody looks at."""
        windows = self.slo.windows
        for window in windows.all:
            if name == ratio_record(window):
                return self.ratio(seconds(window))
            if name == total_record(window):
                return self.mean(self.total, seconds(window))
        budget = self.slo.budget
        constant = {
            "slo:objective:ratio": self.slo.slo.objective / 100,
            "slo:error_budget:ratio": budget,
            "slo:time_period:days": self.period / DAY,
            "sloth_slo_info": 1.0,
        }
        if name in constant:
            return np.full(self.at.size, constant[name])
        match name:
            case "slo:current_burn_rate:ratio":
                return self.ratio(300) / budget
            case "slo:period_burn_rate:ratio":
                return self.ratio(self.period) / budget
            case "slo:period_error_budget_remaining:ratio":
                return 1 - self.ratio(self.period) / budget
        return None

    def fires(self, alert: AlertRule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """When an alert fires."""
        found = np.zeros(self.at.size, dtype=bool)
        for pair in self.slo.pairs if alert.kind != "nodata" else ():
            if pair.severity == alert.severity:
                limit = pair.factor * self.slo.budget
                found |= (self.ratio(seconds(pair.long)) > limit) & (self.ratio(seconds(pair.short)) > limit)
        return found


def recorded(
    slos: Iterable[CompiledSlo], names: set[str], end: float, length: float, reach: dict[str, float]
) -> Iterator[Made]:
    """The series of these names over `length` seconds until `end`, each minute; as far back as `reach` says, each half hour."""
    for slo in slos:
        history = History(slo, end)
        fine = history.at >= end - length - 600
        coarse = (history.at % 300 == 0) & (history.at >= end - history.period)
        for rule in (r for group in slo.groups for r in group.rules if isinstance(r, RecordingRule)):
            values = history.record(rule.record) if rule.record in names else None
            if values is not None:
                kept = fine | coarse if reach.get(rule.record, 0) > length else fine
                yield Made(rule.record, dict(rule.labels), history.at[kept], values[kept])
        for alert in slo.alerts if "ALERTS" in names else ():
            firing = history.fires(alert)
            firing &= np.roll(firing, -4)  # a series that ends is seen for five minutes more
            kept = fine & firing
            if kept.any():
                labels = {"alertname": alert.alert, "alertstate": "firing", **slo.labels, **alert.labels}
                yield Made("ALERTS", labels, history.at[kept], np.ones(int(kept.sum())))
