"""What steps may expect: read, and compared with what came."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.runbooks.expect import FORMS, expectation


@pytest.mark.parametrize(
    ("code", "values", "wrong"),
    [
        ("data", [0.0], ""),
        ("data", [], "no series"),
        ("empty", [], ""),
        ("empty", [1.0], "1 series"),
        ("2 series", [1.0, 2.0], ""),
        ("2 series", [1.0], "1 series"),
        ("> 0.01", [0.02, 0.5], ""),
        ("> 0.01", [0.02, 0.001], "0.001"),
        ("> 0.01", [], "no series"),
        ("> 0.01", [math.nan], "nan"),
        ("any > 0.01", [0.02, 0.001], ""),
        ("any > 0.01", [0.001], "0.001"),
        ("any > 0.01", [], "no series"),
        ("empty or == 1", [], ""),
        ("empty or == 1", [1.0, 1.0], ""),
        ("empty or == 1", [0.0], "0"),
        ("<= -5", [-6.0], ""),
        ("!= 3", [3.0], "3"),
    ],
)
def test_queries(code: str, values: list[float], wrong: str) -> None:
    found = expectation("promql", f"`{code}`. Some text for people, with `code` in it.")
    assert found is not None
    assert found.of_values(values) == wrong


def test_commands_and_answers() -> None:
    ends, prints = expectation("bash", "`exit 3`"), expectation("kubectl", "`prints rolled back`")
    answers = expectation("http", "`200 with OK`")
    assert ends
    assert prints
    assert answers
    assert ends.of_command(3, "") == ""
    assert ends.of_command(0, "") == "exit 0"
    assert prints.of_command(0, "deployment rolled back") == ""
    assert prints.of_command(1, "rolled back") == "exit 1"
    assert "printed" in prints.of_command(0, "no")
    assert answers.of_answer(200, "OK.") == ""
    assert answers.of_answer(500, "OK") == "status 500"
    assert "answered" in answers.of_answer(200, "no")


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("text", ["", "soon", "> 5", "``", "` `"])
def test_what_is_no_form_of_the_kind_is_not_read(kind: str, text: str) -> None:
    assert expectation(kind, text) is None


def test_a_form_of_one_kind_is_none_of_another() -> None:
    assert expectation("http", "`exit 0`") is None
    assert expectation("promql", "`200`") is None
    assert expectation("bash", "`data`") is None


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-1000, 1000))
def test_a_comparison_and_its_opposite_never_both_hold(value: float, bound: int) -> None:
    above, below = expectation("promql", f"`> {bound}`"), expectation("promql", f"`<= {bound}`")
    assert above
    assert below
    assert bool(above.of_values([value])) != bool(below.of_values([value]))
