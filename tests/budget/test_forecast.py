"""The forecast's interval holds what happens about as often as it says."""

from __future__ import annotations

import numpy as np

from ballast.budget import forecast

WINDOW, BUDGET = 30, 0.001


def spent_on(history: np.ndarray, future: np.ndarray) -> float:
    """The day on which the rolling budget is spent, by plain counting."""
    days = np.concatenate([history, future])
    for n in range(len(future)):
        window = days[len(history) + n + 1 - WINDOW : len(history) + n + 1]
        if window[:, 1].sum() >= BUDGET * window[:, 0].sum():
            return n + 1.0
    return float("inf")


def world(rng: np.random.Generator, days: int) -> np.ndarray:
    """Days of noisy traffic whose burn wanders (an AR(1) in the logarithm), around 1.1 times what is allowed."""
    level, burns = 0.0, []
    for _ in range(days):
        level = 0.5 * level + rng.normal(0, 0.5)
        burns.append(1.1 * np.exp(level - 0.15))
    total = rng.poisson(1_000_000, days)
    return np.stack([total, rng.poisson(BUDGET * total * np.array(burns))], axis=1)


def test_coverage_of_the_interval() -> None:
    rng, inside, counted = np.random.default_rng(4), 0, 0
    for _ in range(150):
        days = world(rng, 2 * WINDOW)
        history, future = days[:WINDOW], days[WINDOW:]
        guess = forecast([(int(n), int(b)) for n, b in history], BUDGET, WINDOW)
        if guess.early == 0.0:
            continue  # spent already
        truth = spent_on(history, future)
        early, late = (float("inf") if q is None else q for q in (guess.early, guess.late))
        counted += 1
        inside += early <= truth <= late
    assert counted > 40
    assert 0.65 <= inside / counted <= 0.98  # 80 % promised; a bootstrap of thirty days is a little narrow


def test_certain_things() -> None:
    calm = forecast([(1000, 0)] * 30, BUDGET, 30)
    assert (calm.early, calm.late, calm.probability) == (None, None, 0.0)
    spent = forecast([(1000, 5)] * 30, BUDGET, 30)
    assert (spent.early, spent.probability) == (0.0, 1.0)
    rising = forecast([(1_000_000, 0)] * 20 + [(1_000_000, 2_500)] * 10, BUDGET, 30)
    assert rising.early is not None
    assert forecast([(1000, 1)] * 5, BUDGET, 30).why.startswith("4 complete days")
    assert rising == forecast([(1_000_000, 0)] * 20 + [(1_000_000, 2_500)] * 10, BUDGET, 30)
