"""The proof of a weighted composite: its rules only look at what others have just recorded, so that each moment stands alone.

The members' error ratios are given for every window. Only both windows of a pair, high enough, make an alert fire: not one of
them, and not a little less; and it does not matter which member brings them there, but for its weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ballast.repo import seconds
from ballast.slo.proofs.grid import expect, pair_name
from ballast.slo.proofs.model import Alert, Expectation, Scenario, Subject
from ballast.slo.proofs.signals import CannotProve
from ballast.slo.proofs.traffic import Pair, Phase, Traffic
from ballast.slo.windows import member_selector, ratio_record

__all__ = ["levels"]

STEP = 60
LOOKBACK = 300
"""Seconds for which Prometheus still shows the last sample of a series that is gone."""

Level = tuple[dict[int, float], str, Alert | None, bool]
"""Error ratio of the composite by window (seconds), which member brings it there, the alert looked at, whether it fires."""


def levels(subject: Subject, weights: Mapping[str, float]) -> Scenario:
    """Moments at, over and under each pair's threshold, then one in which a member is missing."""
    told = list(_told(subject, list(weights)))
    period = {subject.period: subject.budget / 2}
    told.append((period, next(iter(weights)), None, False))
    hold = LOOKBACK + subject.pending
    end = STEP * len(told) + hold
    expectations: list[Expectation] = []
    for n, (ratios, member, alert, firing) in enumerate(told):
        why = f"{member} brings " + ", ".join(f"{_window(subject, length)} to {ratio:.4g}" for length, ratio in ratios.items())
        if alert:
            expectations.append(expect(alert, STEP * (n + 1), firing, why))
        else:
            left = f"count(abs(slo:period_error_budget_remaining:ratio{subject.selector} - 0.5) < 0.001)"
            expectations.append(Expectation(STEP * (n + 1), left, (("{}", 1.0),), f"{why}: half of the budget is spent"))
    if subject.no_data:
        gone = f"nothing is known of {next(iter(weights))}"
        expectations += [
            expect(subject.no_data, end - STEP, False, f"{gone}, not for long enough"),
            expect(subject.no_data, end, True, gone),
        ]
    total = sum(weights.values())
    return Scenario(
        name="members at each threshold",
        proves="Each pair fires when both its windows are over the threshold, whichever member brings them there, and not when"
        " one is, or both are a little under it. Without a member there is no data.",
        step=STEP,
        interval=STEP,
        traffic=Traffic((Phase(end, 0.0),)),
        expectations=tuple(expectations),
        inputs=tuple(_inputs(subject, weights, total, told, hold)),
    )


def _told(subject: Subject, members: list[str]) -> Iterator[Level]:
    number = 0
    for alert in subject.alerts:
        for pair in alert.pairs.values():
            for shares, firing in (((1.03, 1.03), True), ((0.97, 1.03), False), ((1.03, 0.97), False), ((0.97, 0.97), False)):
                if shares[0] * pair.threshold > 1:
                    raise CannotProve(f"the {alert.severity} pair {pair_name(pair)} needs every event to fail")
                yield _ratios(pair, shares), members[number % len(members)], alert, firing
            number += 1


def _ratios(pair: Pair, shares: tuple[float, float]) -> dict[int, float]:
    return {pair.long: shares[0] * pair.threshold, pair.short: shares[1] * pair.threshold}


def _window(subject: Subject, length: int) -> str:
    return next(window for window in subject.windows if seconds(window) == length)


def _inputs(
    subject: Subject, weights: Mapping[str, float], total: float, told: list[Level], hold: int
) -> Iterator[tuple[str, str]]:
    for number, (member, weight) in enumerate(weights.items()):
        for window in subject.windows:
            values = [
                ratios.get(int(seconds(window)), 0.0) * total / weight if bringer == member else 0.0
                for ratios, bringer, *_ in told
            ]
            # At the end the first member's shortest window is missing; the sample at second 0 is the first one's.
            gone = number == 0 and seconds(window) == subject.shortest
            rest = f"_x{hold // STEP}" if gone else f"0+0x{hold // STEP - 1}"
            record = f"{ratio_record(window)}{member_selector(member)}"
            yield record, " ".join(["0", *(f"{value:.12g}" for value in values), rest])
