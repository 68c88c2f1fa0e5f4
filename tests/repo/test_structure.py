"""What does not fit its model: plain words, exact places, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repo.examples import SLO, problems, read


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "    objective: 99",
            "    objectve: 99",
            ["4:5 spec/missing: `objective` is missing", "5:5 spec/unknown-key: unknown key `objectve`"],
        ),
        ("99.9", '"99.9"', ["5:16 spec/type: `objective` must be a number, not a text"]),
        ("99.9", ".nan", ["5:16 spec/type: `objective` is nan, which is not a finite number"]),
        ("99.9", "-.inf", ["5:16 spec/type: `objective` is -inf, which is not a finite number"]),
        ("99.9", "true", ["5:16 spec/type: `objective` must be a number, not true or false"]),
        ("99.9", "[99.9]", ["5:5 spec/type: `objective` must be a number, not a list"]),
        ("99.9", "", ["5:5 spec/missing: `objective` is empty"]),
        ("99.9", "!secret x", ["5:16 spec/type: `objective` carries the YAML tag !secret"]),
        ("service: checkout", "service: 7", ["2:10 spec/type: `service` must be a text, not a number"]),
        ("service: checkout", "service:", ["2:1 spec/missing: `service` is empty"]),
        ("service: checkout\n", "", ["1:1 spec/missing: `service` is missing"]),
        ("prometheus/v1", "prometheus/v2", ["1:10 spec/version: version 'prometheus/v2' is not one that Ballast reads"]),
        ("version: prometheus/v1\n", "", ["1:1 spec/missing: `version` is missing"]),
        (
            "name: availability",
            "name: availability\n    1: x",
            ["4:5 spec/unknown-key: the key 1 is a number, and keys are texts"],
        ),
        ("name: availability", "name: availability\n    ? [a]\n    : x", ["4:5 spec/unknown-key: the key ('a',) is"]),
        ("name: availability", "name: availability\n    plugins: {chain: []}", ["5:5 slo/plugin: Sloth's SLO plugins"]),
        ("name: availability", "name: availability\n    window: 31d", ["5:13 spec/type: `window` cannot be '31d'"]),
        (
            "name: availability",
            "name: availability\n    minimum_traffic: -1",
            ["5:22 spec/type: `minimum_traffic` is -1, and must be at least 0"],
        ),
        (
            "name: availability",
            "name: availability\n    labels: [a]",
            ["5:5 spec/type: `labels` must be a mapping, not a list"],
        ),
        (
            "name: availability",
            "name: availability\n    labels: {a: {b: c}}",
            ["5:14 spec/type: `a` must be a text, not a mapping"],
        ),
        (
            "name: availability",
            "name: availability\n    alerting: {page_alert: {disable: yes}}",
            ["5:38 spec/type: `disable` must be true or false, not a text"],
        ),
        (
            "name: availability",
            "name: availability\n    burn_rates: [{severity: pge, long: 1hour, short: 5m, factor: 2}, 7]",
            [
                "5:29 spec/type: `severity` cannot be 'pge'",
                "5:40 spec/type: `long` '1hour' is not a duration",
                "5:70 spec/type: item 2 of `burn_rates` must be a mapping, not a number",
            ],
        ),
    ],
)
def test_a_mistake_is_said_once_at_its_place(before: str, after: str, expected: list[str], tmp_path: Path) -> None:
    found = problems(tmp_path, SLO.replace(before, after))
    assert len(found) == len(expected), found
    for message, beginning in zip(found, expected, strict=True):
        assert message.startswith(beginning)


@pytest.mark.parametrize("text", ["- a\n", "just a text\n", "7\n", "true\n"])
def test_a_document_that_is_no_mapping(text: str, tmp_path: Path) -> None:
    (message,) = problems(tmp_path, text)
    assert message.startswith("1:1 spec/type: a document of this kind is a mapping")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\n", "Sloth's Kubernetes form"),
        ("apiVersion: openslo/v1\nkind: SLO\n", "OpenSLO"),
        ("apiVersion: v1\nkind: ConfigMap\n", "Kubernetes resource"),
    ],
)
def test_another_format_gets_one_clear_word(text: str, word: str, tmp_path: Path) -> None:
    (message,) = problems(tmp_path, text)
    assert message.startswith("1:1 spec/version: ")
    assert word in message


def test_all_mistakes_of_a_file_are_said_in_one_pass(tmp_path: Path) -> None:
    """Structure, queries, names and templates together: a document that does not fit its model is checked as far as it goes."""
    text = """\
version: prometheus/v2
service: check out
slos:
  - name: a
    objectiv: 99
    objective: 0.999
    sli:
      events: {error_query: "sum(rate(x[5m])", total_query: "rate(x[{{.window}}]) +"}
    alerting: {page_alert: {labels: {a-b: c}, annotations: {summary: "{{ $valu }}"}}}
  - name: b
    objective: "99"
    sli: {gauge: {metric: up, labels: {}}}
"""
    assert [" ".join(message.split()[:2]) for message in problems(tmp_path, text)] == [
        "1:10 spec/version:",
        "2:10 spec/name:",
        "5:5 spec/unknown-key:",
        "6:16 slo/objective:",
        "8:33 slo/promql:",
        "8:40 slo/window:",
        "8:83 slo/promql:",
        "9:38 spec/label:",
        "9:74 spec/template:",
        "11:16 spec/type:",
        "12:31 spec/unknown-key:",
    ]


def test_a_misspelt_key_is_answered_with_the_right_one(tmp_path: Path) -> None:
    _, (problem,) = read(tmp_path, SLO + "    alertin: {name: X}\n")
    assert problem.hint == "did you mean `alerting`?"
    _, (problem,) = read(tmp_path, SLO + "    xyz: 1\n")
    assert "objective" in problem.hint


def test_empty_values_of_what_may_be_left_out_are_left_out(tmp_path: Path) -> None:
    (document,), found = read(tmp_path, SLO + "    description:\n    labels: ~\n    alerting: {page_alert: , labels: null}\n")
    assert found == []
    assert document.model.slos[0].labels == {}
    assert not document.model.slos[0].alerting.page_alert.disable


def test_a_label_that_is_a_number_is_its_text_as_written(tmp_path: Path) -> None:
    labels = "    labels: {a: 0.20, b: 7, c: true, d: 1e3, e: 0x1F, f: -1, g: on, h: False}\n"
    (document,), found = read(tmp_path, SLO + labels)
    assert found == []
    assert document.model.slos[0].labels == {
        "a": "0.20", "b": "7", "c": "true", "d": "1e3", "e": "0x1F", "f": "-1", "g": "on", "h": "False",
    }  # fmt: skip
