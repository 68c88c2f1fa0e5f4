"""YAML as people write it, and as it breaks: every problem has its line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yamlrocks
from hypothesis import given
from hypothesis import strategies as st

from ballast.repo.source import read
from tests.repo.examples import SLO, problems
from tests.repo.examples import read as read_file


def said(data: str | bytes) -> list[str]:
    _, found = read("f.yaml", data.encode() if isinstance(data, str) else data)
    return [f"{p.position.line}:{p.position.column} {p.check}: {p.message}" for p in found]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a:\n\tb: 1", "2:2 yaml/syntax: not YAML: a tab cannot be used for indentation"),
        ("a: [1, 2", "1:9 yaml/syntax: not YAML: unclosed flow collection"),
        ('a: "x', "1:4 yaml/syntax: not YAML: unterminated double-quoted scalar"),
        ("a: b: c", "1:5 yaml/syntax: not YAML: a block collection cannot be a mapping key"),
        ("x: é\na: @x", "2:4 yaml/syntax: not YAML: '@' is a reserved indicator"),
        (b"a: 1\nbc: \xff\xfe", "2:5 yaml/syntax: the file is not UTF-8 here"),
        (b"a: 1\nb: \x00", "2:4 yaml/syntax: not YAML: disallowed control character"),
        ("a: *nothing", "1:4 yaml/syntax: not YAML: unknown alias: *nothing"),
        ("a: &a [*a]", "1:8 yaml/syntax: not YAML: unknown alias"),
        ("[" * 100_000, "1:1001 yaml/syntax: not YAML: maximum nesting depth"),
        ("- " * 100_000, "1:2001 yaml/syntax: not YAML: maximum nesting depth"),
    ],
)
def test_what_is_not_yaml_is_said_with_its_place(data: str | bytes, expected: str) -> None:
    (message,) = said(data)
    assert message.startswith(expected)


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    (message,) = said("\n".join(lines))
    assert "alias bomb" in message


def test_every_duplicate_key_is_reported_in_one_pass() -> None:
    assert said("a: 1\nb: {c: 1, c: 2, c: 3}\na: 3\n'a': 4\n") == [
        "2:11 yaml/duplicate-key: `c` is written twice in the same mapping",
        "2:17 yaml/duplicate-key: `c` is written twice in the same mapping",
        "3:1 yaml/duplicate-key: `a` is written twice in the same mapping",
        "4:1 yaml/duplicate-key: `a` is written twice in the same mapping",
    ]


def test_only_line_feeds_and_carriage_returns_end_lines() -> None:
    duplicate = "yaml/duplicate-key: `b` is written twice in the same mapping"
    assert said("a: x\u2028y\u0085z\nb: 1\nb: 2\n") == [f"3:1 {duplicate}"]


def test_a_text_with_duplicate_keys_that_is_no_yaml_either() -> None:
    assert [message.split()[:2] for message in said("a: b\na: c\n    d: e\n")] == [
        ["2:1", "yaml/duplicate-key:"],
        ["3:6", "yaml/syntax:"],
    ]


def test_a_broken_document_does_not_keep_the_others_from_being_read() -> None:
    documents, found = read("f.yaml", b'a: 1\n---\nb: [\n---\r\nc: 1\nc: 2\n--- {d: "x"}\n')
    assert [d.data for d in documents] == [{"a": 1}, {"c": 2}, {"d": "x"}]
    assert [(str(p.position), p.check) for p in found] == [("f.yaml:4:1", "yaml/syntax"), ("f.yaml:6:1", "yaml/duplicate-key")]
    assert [d.text.place(d.number, (next(iter(d.data)),), key=True)[:2] for d in documents] == [(1, 1), (5, 1), (7, 6)]


@pytest.mark.parametrize("data", ["", "# nothing\n", "---\n---\n", "\ufeff"])
def test_files_without_a_document(data: str, tmp_path: Path) -> None:
    assert said(data) == []
    assert problems(tmp_path, data) == ["1:1 spec/missing: the file holds no YAML document"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SLO,
        SLO.replace("\n", "\r\n"),
        SLO.replace("\n", "\r"),
        "---\n" + SLO + "...\n",
        "%YAML 1.2\n---\n" + SLO,
    ],
    ids=["byte order mark", "CRLF", "CR", "markers", "directive"],
)
def test_positions_hold_however_lines_end(text: str, tmp_path: Path) -> None:
    (document,), found = read_file(tmp_path, text)
    assert found == []
    shift = SLO.splitlines().index("    objective: 99.9") - [line.strip() for line in text.splitlines()].index(
        "objective: 99.9"
    )
    position = document.position("slos", 0, "objective")
    assert (position.line + shift, position.column) == (5, 16)


def test_utf_16_is_read(tmp_path: Path) -> None:
    (document,), found = read_file(tmp_path, SLO.encode("utf-16"))
    assert found == []
    assert document.position("slos", 0, "objective").line == 5


def test_anchors_aliases_and_merge_keys_lead_to_where_the_text_stands(tmp_path: Path) -> None:
    text = SLO + (
        "    alerting: &alerting\n"
        "      page_alert: {labels: &labels {team: a}}\n"
        "      ticket_alert: {labels: *labels}\n"
        "  - name: second\n"
        "    objective: 99.9\n"
        "    sli: {gauge: {metric: up}}\n"
        "    alerting: {<<: *alerting, name: Second}\n"
    )
    (document,), found = read_file(tmp_path, text)
    assert found == []
    assert document.model.slos[1].alerting.page_alert.labels == {"team": "a"}
    assert document.position("slos", 0, "alerting", "ticket_alert", "labels", "team").line == 11
    assert document.position("slos", 1, "alerting", "page_alert").line == 11
    assert document.position("slos", 1, "alerting", "name").line == 16


def test_positions_of_keys_values_and_of_what_is_not_there(tmp_path: Path) -> None:
    text = SLO + "    alerting:\n      page_alert: {disable:   true, labels: {}}\n"
    (document,), _ = read_file(tmp_path, text)
    place = lambda *path, key=False: str(document.position(*path, key=key)).rsplit("/", 1)[1]  # noqa: E731
    assert place() == "slo.yaml:1:1"
    assert place("service") == "slo.yaml:2:10"
    assert place("service", key=True) == "slo.yaml:2:1"
    assert place("slos", 0) == "slo.yaml:4:5"
    assert place("slos", 0, "sli", "events") == "slo.yaml:7:7"  # a mapping stands where its key does
    assert place("slos", 0, "alerting", "page_alert", "disable") == "slo.yaml:11:31"  # true carries no position of its own
    assert place("slos", 0, "alerting", "page_alert", "disable", key=True) == "slo.yaml:11:20"
    assert place("slos", 0, "alerting", "ticket_alert", "labels") == "slo.yaml:10:5"  # a default: the nearest thing around it
    assert place("slos", 7, "name") == "slo.yaml:3:1"


SCALARS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co"), exclude_characters="\ufeff"), max_size=12),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.none(),
)
KEYS = st.text("abcdefghij_éß ", min_size=1, max_size=6).filter(lambda key: key == key.strip())
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4), st.booleans())
def test_reading_gives_back_what_was_written_and_every_key_stands_where_its_place_says(
    tree: dict[str, Any], flow: bool
) -> None:
    text = yamlrocks.dumps(tree, option=yamlrocks.OPT_FLOW_STYLE if flow else 0)
    (document,), found = read("f.yaml", text)
    assert found == []
    assert document.data == tree
    lines = text.decode().split("\n")
    for path, key in _keys(tree):
        place = document.text.place(document.number, path, key=True)
        assert lines[place.line - 1][place.column - 1 :].lstrip("\"'").startswith(key), (path, place)


def _keys(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, dict):
        return [((*path, k), k) for k in node] + [found for k, v in node.items() for found in _keys(v, (*path, k))]
    if isinstance(node, list):
        return [found for i, v in enumerate(node) for found in _keys(v, (*path, i))]
    return []
