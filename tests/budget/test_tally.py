"""Whole events from raw samples: nothing counted twice, nothing lost, nothing made up."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ballast.budget.pack import pack, unpack
from ballast.budget.tally import BIRTH, DARK, GAP, REPLICA, RESET, UNKNOWN, Minute, Series, count_events, count_samples, merge

LIMIT = 60_000
REPLICAS = "replica"


def series(samples: list[tuple[float, float]], **labels: str) -> Series:
    """Samples at (seconds, value)."""
    return Series({"job": "j", "instance": "i", **labels}, [round(t * 1000) for t, _ in samples], [v for _, v in samples])


def counted(*total: Series, bad: list[Series] | None = None, minutes: range = range(10, 13)) -> list[Minute]:
    return count_events([(1, s) for s in total], [(1, s) for s in bad or []], minutes, LIMIT, REPLICAS)


def every(step: float, start: float, end: float, rate: float = 1.0) -> list[tuple[float, float]]:
    count = int((end - start) / step) + 1
    return [(start + n * step, rate * n * step) for n in range(count)]


def test_an_increase_belongs_to_the_minute_of_the_later_sample() -> None:
    samples = [(590.0, 100.0), (600.0, 107.0), (610.0, 110.0), (660.0, 150.0), (661.0, 151.0)]
    assert counted(series(samples)) == [Minute(43, 0), Minute(1, 0), UNKNOWN]  # 600 s ends minute 9, 660 s ends minute 10


def test_a_missing_error_series_is_zero_and_a_missing_total_is_unknown() -> None:
    whole = series(every(15, 480, 780))
    assert counted(whole) == [Minute(60, 0)] * 3
    assert counted(bad=[whole]) == [UNKNOWN] * 3


def test_a_reset_counts_from_zero_and_is_told() -> None:
    samples = [(590.0, 1000.0), (605.0, 1010.0), (620.0, 3.0), (635.0, 5.0)]
    assert counted(series(samples))[0] == Minute(15, 0, RESET)


def test_a_series_born_beside_a_scraped_one_began_at_zero() -> None:
    whole, errors = series(every(15, 480, 780)), series([(630.0, 4.0), (645.0, 9.0)], code="500")
    assert counted(whole, bad=[errors])[0] == Minute(60, 9, BIRTH)


def test_a_target_that_appears_is_a_gap_and_not_a_count() -> None:
    assert counted(series([(630.0, 4000.0), (645.0, 4009.0)]))[0] == Minute(9, 0, GAP)


def test_samples_too_far_apart_are_a_gap() -> None:
    samples = [(590.0, 0.0), (605.0, 10.0), (690.0, 5000.0), (705.0, 5010.0)]
    assert counted(series(samples)) == [Minute(10, 0), Minute(10, 0, GAP), UNKNOWN]


def test_one_replica_is_counted_and_a_switch_is_told() -> None:
    a = series([(t, v) for t, v in every(15, 480, 780) if t <= 660], replica="a")
    b = series([(t + 7, v + 3) for t, v in every(15, 480, 780)], replica="b")
    minutes = counted(a, b)
    assert [m.flags for m in minutes] == [0, REPLICA, 0]
    assert [m.total for m in minutes] == [60, 60, 60]


def test_gauges_are_samples() -> None:
    up = series([(605.0, 1.0), (620.0, 0.0), (635.0, 1.0), (725.0, 1.0)])
    assert count_samples([up], range(10, 13), REPLICAS) == [Minute(3, 1), UNKNOWN, Minute(1, 0)]


@st.composite
def counters(draw: st.DrawFn) -> Series:
    """An hour of a counter that is scraped every 5 to 40 s, fast or idle, and restarts at times."""
    steps = draw(st.lists(st.integers(5_000, 40_000), min_size=20, max_size=120))
    growth = draw(st.lists(st.integers(0, 10**6), min_size=len(steps), max_size=len(steps)))
    restarts = draw(st.sets(st.integers(0, len(steps) - 1), max_size=3))
    time, value, samples = 0, draw(st.integers(0, 10**12)), []
    for n, (step, more) in enumerate(zip(steps, growth, strict=True)):
        time += step
        value = more if n in restarts else value + more
        samples.append((time / 1000, float(value)))
    return series(samples)


@given(counters(), st.data())
def test_minutes_add_up_to_what_the_counter_grew(counter: Series, data: st.DataObject) -> None:
    first, last = 2, (counter.times[-1] - 1) // 60_000 + 1
    if last <= first:
        return
    minutes = counted(counter, minutes=range(first, last))
    values = [v for t, v in zip(counter.times, counter.values, strict=True)]
    inside = [n for n in range(1, len(values)) if counter.times[n] > first * 60_000]
    grown = sum(values[n] - values[n - 1] if values[n] >= values[n - 1] else values[n] for n in inside)
    assert sum(m.total for m in minutes) == grown
    # Collected in any portions, with only the samples that each portion needs, it is the same.
    cuts = sorted({first, last, *data.draw(st.lists(st.integers(first, last), max_size=5))})
    pieces = []
    for start, end in itertools.pairwise(cuts):
        near = [n for n, t in enumerate(counter.times) if start * 60_000 - 60_000 - LIMIT < t <= end * 60_000]
        portion = Series(counter.labels, [counter.times[n] for n in near], [values[n] for n in near])
        pieces += counted(portion, minutes=range(start, end))
    assert pieces == minutes


MINUTES = st.builds(Minute, st.integers(0, 2**62), st.integers(0, 2**62), st.integers(0, 31))


RARE = st.builds(Minute, st.integers(0, 300), st.sampled_from([0, 0, 0, 0, 0, 0, 0, 9]), st.just(0))


@given(st.lists(st.none() | MINUTES, min_size=60, max_size=60) | st.lists(st.none() | RARE, min_size=60, max_size=60))
def test_an_hour_survives_packing(hour: list[Minute | None]) -> None:
    assert unpack(pack(hour)) == hour
    assert pack(unpack(pack(hour))) == pack(hour)


@given(MINUTES, MINUTES, MINUTES)
def test_merging_needs_no_order(a: Minute, b: Minute, c: Minute) -> None:
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a
    known = Minute(0, 0)
    assert merge(Minute(9, 9, DARK), known) == known
