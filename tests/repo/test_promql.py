"""Queries that do not parse, said in words and at their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.repo.promql import has_window, matchers_problem, query_problem


@pytest.mark.parametrize(
    "query",
    [
        'sum(rate(a{b=~"5..|4.."}[{{.window}}]))',
        "rate(a[{{ .window }}])",
        "rate(a[{{- .window -}}])",
        "sum_over_time((count(a < 0.5))[{{.window}}:]) OR on() vector(0)",
        "rate(a[{{.window}}] offset 5m)",
        "a > 1_000",
        'a{b=~".*"}',
        "a # (\n+ 1",
        "a{b='('}",
        "-a",
        "1",
        "Inf",
        'histogram_fraction(0, 0.25, rate(a[{{.window}}]))',
        '{"a.b", c="d"}',
    ],
)  # fmt: skip
def test_a_query_that_prometheus_runs(query: str) -> None:
    assert query_problem(query) is None


@pytest.mark.parametrize(
    ("query", "message", "at"),
    [
        ("sum(rate(a[{{.window}}])", "`(` is not closed", "(rate"),
        ("sum(a))", "`)` closes nothing", ")"),
        ("a{b=\"c}", "a text is not closed by its quote", '"c}'),
        ("foo(a[{{.window}}])", "unknown function with name 'foo'", "foo"),
        ("rate(a)", "expected type matrix in call to function 'rate', got vector", "rate"),
        ("rate(a[5x])", "bad number or duration syntax: 5x", "5x"),
        ('sum(a{b=~"[", c="d"})', "illegal regex for [", "["),
        ('a{b="c", d=~"["}', "illegal regex for [", '["}'),
        ("sum(rate(a[{{.window}}])\n + )", "unexpected `)`", ")"),
        ("a b", "unexpected `b`", "b"),
        ("a{b=}", "unexpected `}`", "}"),
        ("", "the query is empty", ""),
        ("a[{{.window}}]", "yields a range of samples", ""),
        ("a[{{.window}}:]", "yields a range of samples", ""),
        ("a[5m] offset 1h", "yields a range of samples", ""),
        ('"a"', "the query is a text", ""),
        ('{a=~".*"}', "at least one non-empty matcher", ""),
        ("rate(a[{{.windw}}])", "{{.windw}} is not replaced", "{{.windw"),
        ("rate(a[{{.window}])", "{{ is not replaced", "{{"),
    ],
)  # fmt: skip
def test_a_query_that_it_does_not_run(query: str, message: str, at: str) -> None:
    problem = query_problem(query)
    assert problem is not None
    assert message in problem.message
    assert problem.fatal
    assert not at or problem.offset in (query.find(at), query.rfind(at))


@pytest.mark.parametrize(
    "query",
    ["rate(a[5m*2])", "rate(a[{{.window}}*2]) + 1_000", "max_over_time(a[1h+{{.window}}:1m])", "rate(a[{{.window}}] anchored)"],
)
def test_a_query_that_needs_a_feature_switched_on_is_a_warning(query: str) -> None:
    problem = query_problem(query)
    assert problem is not None
    assert not problem.fatal
    assert "--enable-feature=" in problem.message


@pytest.mark.parametrize("matchers", ["", " ", 'a="b"', 'a="b",', 'a="b", c=~"d|e", f!="g"', "a='}'"])
def test_matchers(matchers: str) -> None:
    assert matchers_problem(matchers) is None


@pytest.mark.parametrize(
    ("matchers", "message"),
    [
        ("a=b", "expected string"),
        ('{a="b"}', "without braces"),
        ('a="b', "not closed by its quote"),
        ('a="b"} or x{c="d"', "closed by a brace"),
        ('a="b"}[5m] + x{c="d"', "not PromQL"),
        ('a="b" # c', "`{` is not closed"),
        ("job", "not PromQL"),
        (",", "not PromQL"),
        ('a=~"("', "illegal regex"),
    ],
)
def test_what_are_not_matchers(matchers: str, message: str) -> None:
    problem = matchers_problem(matchers)
    assert problem is not None
    assert message in problem.message
    assert 0 <= problem.offset < len(matchers)


def test_the_window_is_found() -> None:
    assert has_window("rate(a[{{ .window }}])")
    assert not has_window("rate(a[{{.windows}}])")


PIECES = ["sum", "rate", "(", ")", "{", "}", "[", "]", "{{.window}}", "5m", "=", "=~", '"x"', '"(', "a", "by", "+", ",", "1_0"]
PIECES += ["#", "\n", "offset", "anchored", "'", "`", ":", "*", "@"]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=15), st.sampled_from(["", " "]))
def test_no_text_breaks_it(pieces: list[str], glue: str) -> None:
    query = glue.join(pieces)
    for problem in (query_problem(query), matchers_problem(query)):
        assert problem is None or 0 <= problem.offset <= len(query)
