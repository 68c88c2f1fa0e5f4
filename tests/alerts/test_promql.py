"""Whether a query always returns, as a property of how queries are put together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ballast.alerts.promql import always_returns, parse, selectors

ALWAYS = [
    "up",
    'rate(x_total{a="b"}[5m])',
    "histogram_quantile(0.9, x_bucket)",
    "sum by (a) (up)",
    "up > bool 1",
    "time() * up",
]
SOMETIMES = ["up == 0", "absent(up)", "up unless on () down", "(x > 1) and y", 'ALERTS{alertstate="firing"}', "topk(3, x > 1)"]

# Wrapped so that what returns always still does, and what does not still does not.
WRAPS = [
    "({})",
    "-({})",
    "sum({})",
    "topk(2, {})",
    "({}) * 2",
    "max_over_time(({})[5m:1m])",
    "label_replace({}, 'a', '', '', '')",
]


def wrapped(queries: list[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda query, wraps: query if not wraps else _wrap(query, wraps),
        st.sampled_from(queries),
        st.lists(st.sampled_from(WRAPS), max_size=4),
    )


def _wrap(query: str, wraps: list[str]) -> str:
    for wrap in wraps:
        query = wrap.format(query)
    return query


@given(wrapped(ALWAYS))
def test_wrapping_adds_no_condition(query: str) -> None:
    assert always_returns(query)
    assert not always_returns(f"({query}) > 1")
    assert always_returns(f"({query}) > bool 1")
    assert not always_returns(f"absent({query})")


@given(wrapped(SOMETIMES), wrapped(ALWAYS))
def test_a_condition_stays_one(query: str, other: str) -> None:
    assert not always_returns(query)
    assert not always_returns(f"({query}) and on () ({other})")
    assert always_returns(f"({query}) or ({other})")
    assert not always_returns(f"({query}) or ({query})")


def test_selectors_are_found_wherever_they_stand() -> None:
    found = [s.name for s in selectors("sum(rate(a[5m])) / on () group_left quantile(scalar(b), max_over_time(c[1h:1m])) > 1")]
    assert found == ["a", "c", "b"]
    assert list(selectors("not PromQL (")) == []


def test_what_does_not_parse_is_not_judged() -> None:
    assert parse("up ==") is None
    assert not always_returns("up ==")
