"""The truth of a scenario against brute force: count every second, look at every window at every second."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.slo.proofs.traffic import Pair, Phase, Traffic, condition

PHASES = st.lists(
    st.builds(
        lambda seconds, total, share: Phase(seconds, total, round(total * share)),
        st.integers(1, 60),
        st.sampled_from([0, 10, 100, 1000]),
        st.sampled_from([0, 0.01, 0.05, 0.3, 1]),
    ),
    min_size=1,
    max_size=6,
).map(lambda phases: Traffic(tuple(phases)))
PAIRS = st.builds(
    lambda short, times, threshold, minimum: Pair(short * times, short, threshold, minimum),
    st.integers(1, 10),
    st.integers(1, 12),
    st.sampled_from([0.0042, 0.027, 0.113]),
    st.sampled_from([0, 0, 7.3]),
)


def brute_force(traffic: Traffic, pairs: list[Pair]) -> list[bool]:
    """Whether the condition holds at each half second, counted event by event in half-second slots."""
    slots = [
        (phase.total / 2, phase.bad / 2) for second in range(int(traffic.end)) for phase in [traffic.phase(second)] * 2 if phase
    ]

    def window(slot: int, length: int) -> tuple[float, float]:
        picked = slots[max(0, slot - 2 * length) : slot]
        return sum(total for total, _ in picked), sum(bad for _, bad in picked)

    def burns(slot: int, pair: Pair) -> bool:
        ratios = [window(slot, length) for length in (pair.long, pair.short)]
        return all(bad > pair.threshold * total for total, bad in ratios) and ratios[0][0] >= pair.minimum * pair.long

    return [any(burns(slot, pair) for pair in pairs) for slot in range(len(slots) + 1)]


@settings(max_examples=60, deadline=None)
@given(PHASES, st.lists(PAIRS, min_size=1, max_size=3))
def test_the_condition_is_what_counting_says(traffic: Traffic, pairs: list[Pair]) -> None:
    intervals = condition(traffic, pairs)
    counted = brute_force(traffic, pairs)
    for slot, burning in enumerate(counted):
        second = slot / 2
        distance = min((abs(second - edge) for interval in intervals for edge in interval), default=1.0)
        instant = 0 < slot < len(counted) - 1 and counted[slot - 1] == counted[slot + 1] != burning
        if distance > 1e-3 and not instant:  # at the crossing itself rounding decides, and an instant is no interval
            assert burning is any(start < second < end for start, end in intervals), second


@given(PHASES)
def test_intervals_are_disjoint_and_in_order(traffic: Traffic) -> None:
    edges = [edge for interval in condition(traffic, [Pair(30, 5, 0.02), Pair(10, 2, 0.1)]) for edge in interval]
    assert edges == sorted(set(edges))


def test_an_outage_at_three_nines_is_seen_after_52_seconds() -> None:
    """14.4 x 0.1 % of an hour is 51.84 s of total failure; the short window clears 295.68 s after healing."""
    traffic = Traffic((Phase(7200, 100), Phase(600, 100, 100), Phase(7200, 100)))
    assert [tuple(round(edge, 2) for edge in interval) for interval in condition(traffic, [Pair(3600, 300, 0.0144)])] == [
        (7251.84, 8095.68)
    ]
