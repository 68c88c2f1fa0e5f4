"""When rules are evaluated and series sampled in a proof, how much traffic there is, and how times are written."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from ballast.repo import seconds
from ballast.slo.proofs.model import Alert, Expectation, Subject
from ballast.slo.proofs.signals import braces
from ballast.slo.proofs.traffic import Pair, Phase, Traffic
from ballast.slo.windows import ratio_record

__all__ = [
    "REMAINING",
    "TILE",
    "braces",
    "budget_left",
    "busy_phase",
    "ceil_to",
    "expect",
    "floor_to",
    "grid",
    "inside",
    "no_errors",
    "pair_name",
    "recorded",
    "rounded",
    "span",
    "total_rate",
]

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
"""Seconds between evaluations, as people write them."""

BAD_PER_BUDGET = 300
"""Failed events a sample at burn rate 1: enough for any burn rate to be a whole number of them, to a third of a percent."""

REMAINING = "slo:period_error_budget_remaining:ratio"
"""The record of the budget that is left."""

TILE = 1800
"""Seconds: what the rules make windows of days of."""

BUSY = 16
"""How much busier than the rest the time before it is, where long pairs have to stay silent."""

BUSY_SHARE = 8
"""That time's length is the longest window divided by this."""


def grid(subject: Subject, pair: Pair) -> tuple[int, int]:
    """Seconds between evaluations, half of the short window at most, and between samples, an eighth of that at most.

    Every recorded window needs a few samples. Windows made of tiles are right at the end of each tile, and in between when
    evaluated every five minutes or faster.
    """
    most = max(1, pair.short // 2)
    if {pair.long, pair.short} & subject.tiled and most < TILE:
        most = min(most, 300)
    step = max(n for n in STEPS if n <= most)
    shortest = min(subject.shortest, *(each.short for alert in subject.alerts for each in alert.pairs.values()))
    return step, max(n for n in STEPS if n <= max(1, min(step // 8, shortest // 5)) and step % n == 0)


def inside(second: float, step: int, margin: float) -> bool:
    """Whether `second` keeps `margin` seconds from the evaluations around it."""
    return margin <= second % step <= step - margin


def total_rate(subject: Subject, interval: int) -> float:
    """Events per second: a quarter more than the minimum where there is one, else enough for any burn rate."""
    return 1.25 * subject.minimum or rounded(BAD_PER_BUDGET / subject.budget / interval, interval)


def busy_phase(pairs: Sequence[Pair], step: int, total: float, weighted: bool) -> Phase:
    """A time without errors that keeps long pairs silent: the longest window, or where traffic weighs, a busy part of it."""
    longest = max(pair.long for pair in pairs)
    return Phase(ceil_to(longest / BUSY_SHARE, step), BUSY * total) if weighted else Phase(ceil_to(longest, step), total)


def rounded(rate: float, interval: int) -> float:
    """`rate` with a whole number of events a sample, where there are enough of them."""
    events = rate * interval
    return round(events) / interval if events >= 20 else rate


def floor_to(second: float, step: int) -> int:
    """The last evaluation at or before `second`."""
    return floor(second / step) * step


def ceil_to(second: float, step: int) -> int:
    """The first evaluation at or after `second`."""
    return ceil(second / step) * step


def expect(alert: Alert, second: int, firing: bool, why: str) -> Expectation:
    """`alert` fires at `second`, with exactly its labels, or does not."""
    shown = {"alertname": alert.name, "alertstate": "firing", **alert.labels}
    query = f"ALERTS{braces({label: shown[label] for label in ('alertname', 'alertstate', 'severity', 'slo')})}"
    return Expectation(second, query, ((f"ALERTS{braces(shown)}", 1.0),) if firing else (), why)


def budget_left(subject: Subject, traffic: Traffic, second: int) -> Expectation:
    """The recorded budget that is left is what counting events says, to a hundredth of what was spent."""
    total, bad = traffic.window(second, subject.period)
    spent = bad / total / subject.budget if total else 0.0
    query = f"count(abs({REMAINING}{subject.selector} - ({1 - spent:.6g})) < {max(spent, 0.1) / 100:.3g})"
    return Expectation(
        second, query, (("{}", 1.0),), f"{bad:.6g} of {total:.6g} events failed: {spent:.4g} times the budget is spent"
    )


def recorded(subject: Subject, traffic: Traffic, window: int, second: int, tolerance: float = 0.02) -> Expectation:
    """The recorded error ratio of `window` is what counting its events says, but for `tolerance` (a share of it)."""
    total, bad = traffic.window(second, window)
    (name,) = [each for each in subject.windows if seconds(each) == window]
    query = f"count(abs({ratio_record(name)}{subject.selector} - {bad / total:.6g}) < {max(bad / total * tolerance, 1e-9):.3g})"
    return Expectation(second, query, (("{}", 1.0),), f"{bad:.6g} of {total:.6g} events failed in {span(window)}")


def no_errors(subject: Subject, second: int) -> Expectation:
    """Every recorded error ratio is zero: there, and not missing."""
    ratios = " or ".join(f"{ratio_record(window)}{subject.selector}" for window in subject.windows)
    count = float(len(subject.windows))
    return Expectation(second, f"count(({ratios}) == 0)", (("{}", count),), "no failure was ever counted: no ratio is missing")


def span(seconds: float) -> str:
    """A time as people say it: `52s`, `1h30m`, `3d`; seconds only below an hour."""
    left, out = round(seconds), ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count and not (unit == "s" and seconds >= 3600):
            out += f"{count}{unit}"
    return out or "0s"


def pair_name(pair: Pair) -> str:
    """A pair by its windows: `1h/5m`."""
    return f"{span(pair.long)}/{span(pair.short)}"
