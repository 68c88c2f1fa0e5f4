"""SLI queries of all kinds -> the series that make good and bad events."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.slo.proofs.regex import example, matches
from ballast.slo.proofs.signals import CannotProve, signals

CASES = {
    "errors are part of the total": (
        'sum(rate(http{service="a",code=~"5.."}[5m]))',
        'sum(rate(http{service="a"}[5m]))',
        {'http{code="200",service="a"}': (1, 0), 'http{code="500",service="a"}': (0, 1)},
    ),
    "errors are a metric of their own": ("sum(rate(failed[5m]))", "sum(rate(sent[5m]))", {"failed": (0, 1), "sent": (1, 1)}),
    "total minus good": (
        'sum(rate(h_count[5m])) - sum(rate(h_bucket{le="0.25"}[5m]))',
        "sum(rate(h_count[5m]))",
        {"h_count": (1, 1), 'h_bucket{le="0.25"}': (1, 0)},
    ),
    "good plus bad": ("sum(rate(bad[5m]))", "sum(rate(good[5m])) + sum(rate(bad[5m]))", {"good": (1, 0), "bad": (0, 1)}),
    "some events count for nothing": (
        'sum(rate(http{code=~"5..|429"}[5m]))',
        'sum(rate(http{code!~"4..",job="x"}[5m]))',
        {'http{code="200",job="x"}': (1, 0), 'http{code="500",job="x"}': (0, 1)},
    ),
    "a fallback does not matter": (
        'sum(rate(http{code="500"}[5m])) or vector(0)',
        "sum(rate(http[5m])) > 0",
        {'http{code="200"}': (1, 0), 'http{code="500"}': (0, 1)},
    ),
    "a name in braces": ('rate({__name__="failed"}[5m])', "rate(sent[5m])", {"failed": (0, 1), "sent": (1, 1)}),
}


@pytest.mark.parametrize(("errors", "total", "expected"), CASES.values(), ids=CASES)
def test_series(errors: str, total: str, expected: dict[str, tuple[int, int]]) -> None:
    assert {series.name: (series.good, series.bad) for series in signals(errors, total).series} == expected


def test_a_gauge_is_read_by_its_values() -> None:
    for errors, total in (
        ("sum(count_over_time(up[5m])) - sum(sum_over_time(up[5m]))", "sum(count_over_time(up[5m]))"),
        ("1 - avg_over_time(up[5m])", "1"),
    ):
        found = signals(errors, total)
        assert found.gauge
        assert [(series.name, series.good, series.bad) for series in found.series] == [("up", 1, 0)]


@pytest.mark.parametrize(
    ("errors", "total", "why"),
    [
        ("histogram_quantile(0.9, rate(h_bucket[5m]))", "sum(rate(h_count[5m]))", "histogram_quantile"),
        ("sum(rate(a[5m])) * sum(rate(b[5m]))", "sum(rate(c[5m]))", "not a sum of rates"),
        ("sum(rate(a[5m] offset 1h))", "sum(rate(c[5m]))", "another time"),
        ("sum(rate(a[5m]))", "sum(rate(a[5m])) * 2", "no set of series"),
        ("sum(rate(a[5m]))", "vector(1)", "vector"),
    ],
)
def test_what_cannot_be_read_says_why(errors: str, total: str, why: str) -> None:
    with pytest.raises(CannotProve, match=re.escape(why)):
        signals(errors, total)


@pytest.mark.parametrize(
    "pattern",
    ["5..", "(GET|POST)", "a.*", ".*", ".+", "[a-z]{3}", r"\d+x", "api-(v1|v2)?", "^(?:5..)$", "[^5]", "", r"0\.25|1"],
)
def test_a_matcher_gets_a_value_that_it_accepts(pattern: str) -> None:
    value = example(pattern)
    assert value is not None
    assert matches(pattern, value)


@given(st.from_regex(r"[a-c0-9.|()*+?\[\]{}\\^$-]{0,12}", fullmatch=True))
def test_no_pattern_makes_it_stumble(pattern: str) -> None:
    value = example(pattern)
    assert value is None or matches(pattern, value)
