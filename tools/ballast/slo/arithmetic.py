"""The arithmetic of an SLO's alerts, written out: how each window pair decides, how soon, how it lets go, and what it would
take to page earlier. Each line is a formula with its numbers, so that anybody can check it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ballast.repo import seconds
from ballast.slo.alerting import window_words
from ballast.slo.detection import PairReport
from ballast.slo.explain import SloReport, human_seconds, human_share

__all__ = ["SOURCE", "Working", "budget_line", "workings"]

SOURCE = (
    "The Site Reliability Workbook, chapter 5, Alerting on SLOs: burn rate, time to detect, multiwindow alerts "
    "(https://sre.google/workbook/alerting-on-slos/)"
)


@dataclass(frozen=True, slots=True)
class Working:
    """The lines of one window pair: `fires`, `soon` (detection), `over` (reset), `earlier` (what that would take)."""

    pair: PairReport
    fires: tuple[str, ...]
    soon: str
    over: str
    earlier: str

    @property
    def name(self) -> str:
        """`page 1h/5m`."""
        return f"{self.pair.severity} {self.pair.long}/{self.pair.short}"


def budget_line(report: SloReport) -> str:
    """What may fail."""
    return (
        f"budget = 1 - {report.objective:.12g}/100 = {report.budget:.12g}: {human_share(report.budget)} of events over "
        f"{window_words(report.window)} may fail, as much as a full outage of {human_seconds(report.full_outage)}"
    )


def workings(report: SloReport) -> list[Working]:
    """Of each window pair that can fire."""
    return [_working(report, pair) for pair in report.pairs if pair.reachable]


def _working(report: SloReport, pair: PairReport) -> Working:
    period, long, short = (int(seconds(window)) for window in (report.window, pair.long, pair.short))
    threshold = f"{pair.threshold:.6g}"
    half = pair.factor / 2
    detect = long * pair.threshold
    return Working(
        pair,
        fires=(
            f"factor = {human_share(pair.share)} of the budget x {hours(period)} / {hours(long)} = {pair.factor:.6g}",
            f"threshold = {pair.factor:.6g} x {report.budget:.6g} = {threshold}: fires while more than "
            f"{human_share(pair.threshold)} of events failed over the last {pair.long} and over the last {pair.short}",
        ),
        soon=(
            f"all failing: {long} s x {threshold} / 1 = {human_seconds(detect)} after the first error; a share e failing: "
            f"{long} s x {threshold} / e, never below {human_share(pair.threshold)}"
        ),
        over=(
            f"once nothing fails, after {short} s x (1 - {threshold} / e): {human_seconds(short * (1 - pair.threshold))} "
            f"after a full outage, when the {pair.short} window is below the threshold again"
        ),
        earlier=(
            f"in half the time: factor {half:.4g}, which is {human_share(pair.share / 2)} of the budget in {pair.long} and a "
            f"threshold of {human_share(pair.threshold / 2)}; below that error ratio it would still say nothing"
        ),
    )


def hours(length: int) -> str:
    """A length of time in hours, or in minutes where it is less than one."""
    return f"{length / 3600:.6g} h" if length >= 3600 else f"{length / 60:.6g} min"
