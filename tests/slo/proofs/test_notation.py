"""Series in promtool's notation hold the events that the traffic says, and never go back by rounding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.slo.proofs.notation import input_series
from ballast.slo.proofs.signals import signals
from ballast.slo.proofs.traffic import Phase, Traffic

SIGNALS = signals('sum(rate(http{code="500"}[5m]))', "sum(rate(http[5m]))")


def values(text: str) -> Iterator[float | None]:
    """As promtool expands them."""
    for part in text.split():
        if part.startswith("_"):
            yield from [None] * int(part[2:] or 1)
            continue
        match = re.fullmatch(r"(.+?)\+(.+)x(\d+)", part)
        assert match, part
        value, step = float(match[1]), float(match[2])
        for _ in range(int(match[3]) + 1):
            yield value
            value += step


@given(
    st.lists(
        st.builds(
            lambda n, total, share: Phase(n * 30, total, total * share),
            st.integers(1, 50),
            st.floats(0.01, 999),
            st.floats(0, 1),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_counters_grow_by_the_events(phases: list[Phase]) -> None:
    traffic = Traffic(tuple(phases))
    series = [list(values(text)) for _, text in input_series(SIGNALS, traffic, 30)]
    assert len(series) == 2
    for each in series:
        assert len(each) == traffic.end / 30 + 1
        assert all(a is not None and b is not None and a <= b for a, b in pairwise(each))
    good, bad = ((each[-1] or 0) - (each[0] or 0) for each in series)
    total, failed = traffic.counts(traffic.end)
    assert bad == pytest.approx(failed, rel=1e-6, abs=1e-3)
    assert good == pytest.approx(total - failed, rel=1e-6, abs=1e-3)


def test_gaps_restarts_and_late_births() -> None:
    traffic = Traffic((Phase(60, 1), Phase(60, 1, scraped=False), Phase(60, 1, 0.5), Phase(60, 1, 0.5, restart=True)))
    good, bad = (list(values(text)) for _, text in input_series(SIGNALS, traffic, 30, born_late=True))
    assert good == [30, 60, 90, None, None, 165, 180, 15, 30]
    assert bad == [None, None, None, None, None, 15, 30, 15, 30]


def test_more_samples_of_a_gauge_are_more_targets() -> None:
    gauge = signals("1 - avg_over_time(up[5m])")
    found = input_series(gauge, Traffic((Phase(60, 2), Phase(60, 1, 0.25))), 30)
    assert [(name, list(values(text))) for name, text in found] == [
        ("up", [None, 1, 1, 0.75, 0.75]),
        ('up{target="1"}', [None, 1, 1, None, None]),
    ]


def test_a_phase_must_end_on_a_sample() -> None:
    with pytest.raises(ValueError, match="multiple of 30 s"):
        input_series(SIGNALS, Traffic((Phase(45, 1),)), 30)
