"""Detection and reset times against the definition, step by step, and their laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ballast.slo import (
    WindowPair,
    budget_ratio,
    budget_spent,
    detection_time,
    error_ratio_at,
    pair_report,
    reset_time,
    severity_detection_time,
    window_pairs,
)

QUICK = window_pairs("30d")[0]
OBJECTIVES = st.sampled_from([90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99])
PAIRS = st.sampled_from([p for window in ("7d", "28d", "30d") for p in window_pairs(window)])
RATIOS = st.floats(1e-5, 1)


def test_a_full_outage_at_three_nines_trips_the_quick_page_after_52_seconds() -> None:
    """FACTS, and 14.4 x 0.1 % of an hour."""
    assert detection_time(QUICK, 99.9, 1.0) == pytest.approx(51.84)
    assert reset_time(QUICK, 99.9, 1.0) == pytest.approx(295.68)


@given(PAIRS, OBJECTIVES, RATIOS)
def test_worse_is_detected_sooner_and_let_go_later(pair: WindowPair, objective: float, ratio: float) -> None:
    worse = min(1.0, ratio * 1.5)
    assert detection_time(pair, objective, worse) <= detection_time(pair, objective, ratio)
    assert reset_time(pair, objective, worse) >= reset_time(pair, objective, ratio)


@given(PAIRS, st.floats(90, 99.98), RATIOS)
def test_a_tighter_objective_is_detected_sooner(pair: WindowPair, objective: float, ratio: float) -> None:
    assert detection_time(pair, objective + 0.01, ratio) <= detection_time(pair, objective, ratio)


@given(PAIRS, OBJECTIVES, RATIOS)
def test_what_is_spent_at_detection_does_not_depend_on_how_bad_it_is(pair: WindowPair, objective: float, ratio: float) -> None:
    found = detection_time(pair, objective, ratio)
    assume(math.isfinite(found))
    spent = budget_spent(found, objective, ratio, 30 * 86400)
    assert spent == pytest.approx(pair.factor * pair.long_s / (30 * 86400), rel=1e-6)


@given(PAIRS, OBJECTIVES, RATIOS)
def test_detection_is_within_the_long_window_or_never(pair: WindowPair, objective: float, ratio: float) -> None:
    found = detection_time(pair, objective, ratio)
    assert (found < pair.long_s) if ratio > pair.factor * budget_ratio(objective) else math.isinf(found)


@given(
    long=st.integers(20, 120),
    short=st.integers(2, 19),
    factor=st.floats(0.5, 20),
    objective=OBJECTIVES,
    ratio=RATIOS,
    duration=st.integers(1, 300),
)
def test_against_a_simulation(long: int, short: int, factor: float, objective: float, ratio: float, duration: int) -> None:
    """Second by second, windows filled with what happened: the times agree to the second."""
    pair = WindowPair("page", "quick", f"{long}s", f"{short}s", factor)
    threshold = factor * budget_ratio(objective)
    errors = [0.0] * long + [ratio] * duration + [0.0] * (2 * long)

    def burning(at: int) -> bool:
        """Whether both windows that end after second `at` of the outage exceed the threshold."""
        end = long + at
        return all(math.fsum(errors[end - w : end]) / w > threshold * (1 + 1e-9) for w in (long, short))

    fired = next((t for t in range(duration + 1) if burning(t)), None)
    found = detection_time(pair, objective, ratio)
    if found <= duration - 1:
        assert fired is not None
        assert found <= fired + 1e-6 <= found + 1 + 1e-3
    elif found > duration:
        assert fired is None
    if fired is not None and duration > found:
        cleared = next(t for t in range(duration, duration + 2 * long) if not burning(t)) - duration
        assert (
            reset_time(pair, objective, ratio, duration)
            <= cleared + 1e-6
            <= reset_time(pair, objective, ratio, duration) + 1 + 1e-3
        )


@given(st.floats(1, 1e5), st.floats(0, 1e6), RATIOS, st.floats(0, 1e6))
def test_a_window_never_shows_more_than_there_was(window: float, elapsed: float, ratio: float, duration: float) -> None:
    shown = error_ratio_at(window, elapsed, ratio, duration)
    assert 0 <= shown <= ratio * (1 + 1e-9)
    if elapsed >= duration + window:
        assert shown == pytest.approx(0, abs=1e-9)


def test_the_fastest_pair_speaks_for_the_alert() -> None:
    page = window_pairs("30d")[:2]
    assert severity_detection_time(page, 99.9, 1.0) == detection_time(page[0], 99.9, 1.0)
    assert severity_detection_time(page, 99.9, 0.01) == detection_time(page[1], 99.9, 0.01)
    assert math.isinf(severity_detection_time(page, 99.9, 0.001))


def test_an_unreachable_pair_is_reported_as_never() -> None:
    report = pair_report(QUICK, 90.0, "30d")
    assert not report.reachable
    assert (report.detect_outage, report.reset_outage, report.spent) == (None, None, None)
