"""Every text reads back as itself, from libyaml (YAML 1.1), yamlrocks (1.2) and Prometheus."""

from __future__ import annotations

import yaml
import yamlrocks
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.slo import Group, RecordingRule, kubernetes_rules, prometheus_rules
from ballast.slo.emit import block, scalar

AWKWARD = [
    "",
    "y",
    "No",
    "=",
    "<<",
    "~",
    "null",
    "12:30:00",
    "1_000",
    "0x1",
    "1e3",
    ".inf",
    "2001-01-01",
    "---",
    "...",
    "5m",
    "a: b",
    "a #b",
    "a\n...\nb",
    "- a",
]
TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="yNo<>~:-?,.# \n\t'\"{}[]&*!|%@`019eEx_+=(;a\r\x7f\x85\u2028\ufeff", max_size=10),
    st.sampled_from(AWKWARD),
)


@settings(max_examples=600, deadline=None)
@given(TEXTS, TEXTS)
def test_round_trip(key: str, value: str) -> None:
    text = f"top:\n  - {scalar(key)}: {block(value, '      ')}\n  - {scalar(value)}\n"
    want = {"top": [{key: value}, value]}
    assert yaml.load(text.encode(), yaml.CSafeLoader) == want
    assert yamlrocks.loads(text.encode()) == want


def test_several_lines_are_a_literal_block() -> None:
    assert block("a\nb", "  ") == "|-\n  a\n  b"
    assert block("a\nb\n", "  ") == "|\n  a\n  b"


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=3), TEXTS)
def test_both_kinds_of_file_hold_the_same_groups(labels: dict[str, str], expr: str) -> None:
    groups = [Group("g", "5s", [RecordingRule("a:b", expr, labels), RecordingRule("a:c", "1", {})])]
    plain = yaml.load(prometheus_rules(groups, "made\nhere").encode(), yaml.CSafeLoader)
    resource = yaml.load(kubernetes_rules("slo-x", groups, {"app": "y"}).encode(), yaml.CSafeLoader)
    assert resource["spec"]["groups"] == plain["groups"]
    assert resource["metadata"] == {"name": "slo-x", "labels": {"app": "y"}}
    first, second = plain["groups"][0]["rules"]
    assert first == {"record": "a:b", "expr": expr} | ({"labels": labels} if labels else {})
    assert second == {"record": "a:c", "expr": "1"}


def test_no_groups_is_an_empty_list() -> None:
    assert yaml.safe_load(prometheus_rules([])) == {"groups": []}
