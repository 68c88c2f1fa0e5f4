"""The moment a condition is true, from readings, against arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.demo.truth import Events, Pair, true_since
from tests.demo.sample import START, events


def test_a_full_outage_trips_the_long_window_when_its_share_is_spent() -> None:
    """Every event bad: the 5m window reaches 14.4 x 0.1 % after 1.44 % of 300 s = 4.32 s."""
    found = true_since(events(20, 60, 90), [Pair(300, 60, 14.4)], 0.001, START + 20, START + 90)
    assert found == pytest.approx(START + 24.32, abs=0.06)


@settings(max_examples=60, deadline=None)
@given(
    factor=st.floats(1, 400),
    long=st.floats(30, 400),
    short=st.floats(5, 30),
    rate=st.floats(1, 200),
)
def test_the_slower_of_the_two_windows_decides(factor: float, long: float, short: float, rate: float) -> None:
    """In a full outage each window W is above f x budget after f x budget x W seconds; both are when the longer one is."""
    expected = factor * 0.001 * long
    found = true_since(events(10, 250, 250, rate), [Pair(long, short, factor)], 0.001, START + 10, START + 250)
    assert found is not None
    assert found - START - 10 == pytest.approx(expected, abs=0.06)


def test_no_failure_no_condition() -> None:
    assert true_since(events(500, 500, 60), [Pair(60, 10, 14.4)], 0.001, START, START + 60) is None


def test_the_first_of_several_pairs_counts() -> None:
    pairs = [Pair(300, 60, 14.4), Pair(100, 10, 6)]
    found = true_since(events(20, 60, 90), pairs, 0.001, START + 20, START + 90)
    assert found == pytest.approx(START + 20.6, abs=0.06)


def test_a_counter_that_starts_again_loses_nothing() -> None:
    made = Events(rate=10)
    for at, counts in ((0, (5, 100)), (10, (5, 200)), (20, (40, 50)), (30, (140, 150))):
        made.add(at, counts)
    assert made.table()[-1].tolist() == [30, 140, 250]
    assert made.ratio(20, np.array([30.0]))[0] == pytest.approx(140 / 150)


def test_no_events_is_no_error() -> None:
    made = Events(rate=0)
    made.add(0, (0, 0))
    made.add(10, (0, 0))
    assert made.ratio(5, np.array([5.0, 10.0])).tolist() == [0, 0]


def test_windows_that_reach_before_the_first_reading_use_the_rates_given() -> None:
    made = Events(rate=10, bad_rate=1)
    made.add(100, (0, 0))
    made.add(110, (0, 100))
    assert made.ratio(20, np.array([110.0]))[0] == pytest.approx(10 / 200)
