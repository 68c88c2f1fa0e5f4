"""Binomial tails against sums, Clopper and Pearson's bounds against published ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.slo.binomial import at_least, least_convincing, lower_bound, poisson_at_most, upper_bound

RATIOS = st.floats(1e-6, 1 - 1e-6)


@settings(deadline=None)
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n + 1))), RATIOS)
def test_a_tail_is_the_sum_of_its_terms(counts: tuple[int, int], ratio: float) -> None:
    n, k = counts
    summed = math.fsum(math.comb(n, m) * ratio**m * (1 - ratio) ** (n - m) for m in range(k, n + 1))
    assert at_least(k, n, ratio) == pytest.approx(summed, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 150), st.floats(0, 100))
def test_poisson_is_the_sum_of_its_terms(count: int, expected: float) -> None:
    summed = math.fsum(math.exp(-expected) * expected**n / math.factorial(n) for n in range(count + 1))
    assert poisson_at_most(count, expected) == pytest.approx(summed, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("bad", "events", "low", "high"),
    # 95 % two-sided intervals: Newcombe, Statistics in Medicine 17 (1998), table I, method 5.
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_published_intervals(bad: int, events: int, low: float, high: float) -> None:
    assert lower_bound(bad, events, 0.975) == pytest.approx(low, abs=5e-5)
    assert upper_bound(bad, events, 0.975) == pytest.approx(high, abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 400), st.data(), st.floats(0.6, 0.999))
def test_bounds_are_where_the_tail_is_just_so_unlikely(events: int, data: st.DataObject, confidence: float) -> None:
    bad = data.draw(st.integers(0, events))
    low, high = lower_bound(bad, events, confidence), upper_bound(bad, events, confidence)
    assert 0 <= low <= bad / events <= high <= 1
    if bad:
        assert at_least(bad, events, low) == pytest.approx(1 - confidence, rel=1e-6)
    if bad < events:
        assert 1 - at_least(bad + 1, events, high) == pytest.approx(1 - confidence, rel=1e-6)


@settings(deadline=None)
@given(st.integers(1, 2000), st.floats(0.0005, 0.5), st.floats(0.6, 0.999))
def test_the_fewest_convincing_failures(events: int, threshold: float, confidence: float) -> None:
    """The lower bound of that many exceeds the threshold, that of one fewer does not."""
    fewest = least_convincing(events, threshold, confidence)
    if fewest <= events:
        assert lower_bound(fewest, events, confidence) >= threshold * (1 - 1e-9)
    if fewest > 1:
        assert lower_bound(fewest - 1, events, confidence) <= threshold * (1 + 1e-9)
