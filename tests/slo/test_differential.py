"""Equal to Sloth where Sloth is right, and right where it is not: each scenario of `differential.CASES`, minute by minute."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.slo.differential import CASES, DOC, Case, Result, due, measure, row, sloth_rules, spent_wrongly

TICKETS_APART = 5
"""Minutes by which a ticket may differ from Sloth's: what tiles of half an hour may cost."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, tmp_path: Path) -> None:
    (result,) = measure([case])
    assert result.apart["page"] == 0, "pages differ from Sloth's"
    assert result.apart["ticket"] <= TICKETS_APART
    for severity in ("page", "ticket"):
        assert result.ours.off[severity] <= allowed(case, severity), f"{severity} and the truth are apart"
        assert (result.ours.fired[severity] > 0) is (result.due[severity] > 0)
    assert abs(spent_wrongly(result.ours, result.remaining)) < 0.01 + unseen(case), "our budget is wrong"
    DIFFERENCES[case.differs](result, tmp_path)
    if DOC.exists():
        assert row(result) in DOC.read_text(), "the table is old: python -m tests.slo.differential"


def allowed(case: Case, severity: str) -> float:
    """Minutes that scraping and evaluating once a step may cost: two steps at each edge, and what a gap in scraping hides."""
    hidden = sum(phase.seconds for phase in case.phases if not phase.scraped)
    return (4 * len(due(case)[severity]) * case.step + 2 * hidden) / 60


def unseen(case: Case) -> float:
    """The share of errors that happened before their series' first sample: no rule can see them."""
    failing = sum(phase.seconds for phase in case.phases if phase.bad)
    return case.interval / failing if case.born_late else 0.0


def equal(result: Result, _: Path) -> None:
    """No difference is meant: the budgets are near each other too, but for what was not scraped."""
    if all(phase.scraped for phase in result.case.phases):
        assert abs(spent_wrongly(result.sloth, result.remaining)) < 0.06


def idle_is_no_error(result: Result, _: Path) -> None:
    """Sloth divides nothing by nothing, and a month's budget is NaN for a month."""
    assert result.sloth.remaining is not None
    assert math.isnan(result.sloth.remaining)


def wrong_budget(result: Result, _: Path) -> None:
    """Sloth averages five-minute ratios: a busy hour counts like a quiet one, and time without an error series not at all."""
    assert abs(spent_wrongly(result.sloth, result.remaining)) > 0.5


def unreachable_pair(result: Result, folder: Path) -> None:
    """Sloth compiles a condition that no error ratio can fulfil; Ballast leaves it out (and the reader warns)."""
    assert "> (14.4 * 0." in sloth_rules(result.case, folder).read_text()
    assert 14.4 * (1 - result.case.objective / 100) > 1


DIFFERENCES = {
    "": equal,
    "idle is no error": idle_is_no_error,
    "ratios are not averaged": wrong_budget,
    "no series is no error": wrong_budget,
    "unreachable pair is left out": unreachable_pair,
}
