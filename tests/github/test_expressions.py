from __future__ import annotations

from typing import Any

import pytest

from tests.github.expressions import condition, filled

CONTEXTS = {
    "github": {"ref": "refs/heads/main", "event": {"number": 7}},
    "vars": {},
    "inputs": {"it's": "x"},
    "needs": {"a-b": {"result": "success"}},
}
FUNCTIONS = {"success": lambda: False, "cancelled": lambda: False, "fromJSON": __import__("json").loads}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ github.event.number }}", 7),
        ("n ${{ github.event.number }} of ${{ vars.none }}.", "n 7 of ."),
        ("${{ vars.mode || 'real' }}", "real"),
        ("${{ github.ref == 'refs/heads/main' && 'a' || 'b' }}", "a"),
        ("${{ fromJSON('[\"x\"]') }}", ["x"]),
        ("${{ 'it''s' }}", "it's"),
        ("${{ needs.a-b.result }}", "success"),
        ("plain", "plain"),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert filled(text, CONTEXTS, FUNCTIONS) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("github.ref != 'x'", False), ("!cancelled()", True), ("${{ !cancelled() && github.ref == 'x' }}", False)],
)
def test_conditions(text: str, value: bool) -> None:
    assert condition(text, CONTEXTS, FUNCTIONS) is value


def test_an_unknown_context_or_function_is_a_mistake() -> None:
    for text in ("${{ gitbub.ref }}", "${{ toUpper('x') }}", "${{ a ? b }}"):
        with pytest.raises(AssertionError):
            filled(text, CONTEXTS, FUNCTIONS)
