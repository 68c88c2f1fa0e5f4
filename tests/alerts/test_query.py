"""Where the parts of a query stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.alerts.query import query
from ballast.alerts.series import series_of

NAMES = st.sampled_from(["up", "http_requests_total", "job:x:rate5m", "sum_total", "by_total"])
LABELS = st.sampled_from(["job", "instance", "on", "le"])


def _texts(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spaces = st.sampled_from(["", " ", "\n  ", " # a ( comment\n"])
    return st.one_of(
        st.builds("sum by ({}) ({}{})".format, LABELS, spaces, inner),
        st.builds("avg({}) without({})".format, inner, LABELS),
        st.builds("abs({}{})".format, inner, spaces),
        st.builds("({}{}{})".format, spaces, inner, spaces),
        st.builds(
            "{} {} {}{}".format, inner, st.sampled_from(["/", "+ on (job)", "> bool", "and ignoring (le)", "-"]), spaces, inner
        ),
        st.builds("max_over_time(({})[5m:1m])".format, inner),
        st.builds("topk(3, {})".format, inner),
    )


LEAVES = st.one_of(
    NAMES,
    st.builds('{}{{{}="a)b"}}'.format, NAMES, LABELS),
    st.builds("rate({}[5m] offset -1m)".format, NAMES),
    st.just('{job=~"x|y"}'),
)
QUERIES = st.recursive(LEAVES, _texts, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(QUERIES)
def test_every_name_stands_where_its_span_says(text: str) -> None:
    parsed = query(text)
    for node in parsed.nodes if parsed.root else []:
        begin, end = parsed.span(node)
        written = text[begin:end]
        assert 0 <= node.extent[0] <= begin <= end <= node.extent[1] <= len(text)
        if node.kind == "selector":
            assert written == node.name or written.startswith("{")
        elif node.kind in ("binary", "aggregate", "call"):
            assert written.lower() == node.name
        assert parsed.root is not None
        series_of(node)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("sum by (job, le) (x)", {"job", "le"}),
        ("sum without (job) (sum by (job, le) (x))", {"le"}),
        ("sum by (job) (x) * on (job) group_left (team) owner", {"job", "team"}),
        ("sum by (job, pod) (x) / on (job) sum by (job) (y)", {"job"}),
        ('label_replace(sum(x), "team", "a", "", "")', {"team"}),
        ("histogram_quantile(0.9, sum by (le, job) (x))", {"job"}),
        ('absent(x{job="a", env=~"b"})', {"job"}),
        ('count_values("version", x)', {"version"}),
        ("vector(1)", set()),
        ("x", None),
    ],
)
def test_labels_of_what_a_query_returns(text: str, labels: set[str] | None) -> None:
    root = query(text).root
    assert root is not None
    (series,) = series_of(root)
    assert series.only == (None if labels is None else frozenset(labels))
