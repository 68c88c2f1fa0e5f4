"""Factors, tables and which windows are recorded where."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.repo import BurnRate, Slo, reachable
from ballast.slo import budget_ratio, factor_of, seconds, share_of, window_pairs
from ballast.slo.windows import layout, split

DAY = 86400.0


@pytest.mark.parametrize(
    ("window", "factors"),
    [
        ("30d", [14.4, 6, 3, 1]),
        ("28d", [13.44, 5.6, 2.8, pytest.approx(0.933333, abs=1e-6)]),
        ("7d", [13.44, 3.5, 1.4, 0.98]),
    ],
)
def test_standard_factors(window: str, factors: list[float]) -> None:
    pairs = window_pairs(window)
    assert [p.factor for p in pairs] == factors
    assert [(p.severity, p.name) for p in pairs] == [
        ("page", "quick"),
        ("page", "slow"),
        ("ticket", "quick"),
        ("ticket", "slow"),
    ]
    assert all(p.short_s < p.long_s for p in pairs)


@given(share=st.floats(1e-4, 1), period=st.sampled_from([7, 28, 30]), long=st.integers(60, 3 * 86400))
def test_factor_times_window_is_share_times_period(share: float, period: int, long: int) -> None:
    factor = factor_of(share, period * DAY, long)
    assert math.isclose(factor * long, share * period * DAY, rel_tol=1e-6)
    assert math.isclose(share_of(factor, period * DAY, long), share, rel_tol=1e-6)


@given(st.integers(1, 99_999))
def test_budgets_are_decimal(thousandths: int) -> None:
    assert budget_ratio(100 - thousandths / 1000) == pytest.approx(thousandths / 1e5, rel=1e-9)
    assert budget_ratio(99.9) == 0.001


@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 59), st.integers(1, 59))
def test_durations_add_up(days: int, hours: int, minutes: int, secs: int) -> None:
    assert seconds(f"{days}d{hours}h{minutes}m{secs}s") == days * DAY + hours * 3600 + minutes * 60 + secs


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "5m!", "-5m", "1.5h"])
def test_what_is_not_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)


def test_a_90_percent_objective_cannot_reach_the_quick_page() -> None:
    """FACTS: 14.4 x 10 % = 1.44 of all events would have to fail."""
    can, cannot = split(_slo(objective=90.0))
    assert [p.factor for p in cannot] == [14.4]
    assert [p.factor for p in can] == [6, 3, 1]
    assert not reachable(14.4, 90)
    assert reachable(14.4, 94)


def test_own_tables_take_a_factor_or_a_budget_share() -> None:
    rows = [
        BurnRate(severity="page", long="1h", short="5m", budget=2.0),
        BurnRate(severity="page", long="2m", short="30s", factor=10.0),
    ]
    assert [(p.name, p.factor) for p in window_pairs("30d", rows)] == [("quick", 14.4), ("slow", 10)]


def test_the_standard_layout() -> None:
    pairs = window_pairs("30d")
    windows = layout("30d", pairs[:2], pairs[2:])
    assert windows.fast == ("5m", "30m", "1h", "6h")
    assert windows.slow == ()
    assert windows.tiled == ("2h", "1d", "3d", "30d")
    assert [windows.base(w) for w in windows.tiled] == ["1h", "6h", "6h", "6h"]
    assert windows.shortest == "5m"


def test_without_a_page_everything_is_slow() -> None:
    windows = layout("28d", (), window_pairs("28d")[2:])
    assert windows.fast == ()
    assert windows.slow == ("5m", "30m")
    assert windows.tiled == ("2h", "6h", "1d", "3d", "28d")
    assert windows.base("28d") == "30m"


def test_a_short_table_still_has_tiles_and_a_budget() -> None:
    rows = [BurnRate(severity="page", long="1m", short="15s", factor=10.0)]
    windows = layout("30d", window_pairs("30d", rows), ())
    assert windows.fast == ("15s", "1m")
    assert windows.slow == ("5m", "30m")
    assert (windows.base("30d"), windows.tiled) == ("30m", ("30d",))


def test_long_page_windows_are_direct() -> None:
    rows = [BurnRate(severity="page", long="1d", short="2h", factor=3.0)]
    windows = layout("30d", window_pairs("30d", rows), ())
    assert windows.fast == ("2h", "1d")
    assert windows.base("30d") == "1d"


def _slo(objective: float) -> Slo:
    return Slo.model_validate({"name": "x", "objective": objective, "sli": {"gauge": {"metric": "up"}}})
