"""PromQL as OpenSLO documents have it, counters without a range, and as ours have it, rates over `{{.window}}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import promql_parser as promql

__all__ = ["WINDOW", "as_bare", "as_counters", "as_rates", "has_window", "parses", "printed"]

WINDOW = "{{.window}}"
_TEMPLATE = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_STAND_IN = "1041s"
"""A range that nobody writes, in place of the template while a query is parsed."""
_STAND_IN_LENGTH = timedelta(seconds=1041)


def has_window(query: str) -> bool:
    """Whether a query asks for a range that is to be filled in."""
    return _TEMPLATE.search(query) is not None


def parses(query: str) -> bool:
    """Whether it is PromQL once its range is filled in."""
    return _parsed(query) is not None


def as_rates(query: str) -> str | None:
    """A sum of counters as the sum of their rates over `{{.window}}`; None where it is something else.

    Ranges that stand in a query already become the window: over it events are then counted, and not averaged.
    """
    node = _parsed(query)
    if node is None:
        return None
    text = _mapped(node, _rate)
    return text.replace(f"[{_STAND_IN}]", f"[{WINDOW}]") if text else None


def as_bare(query: str, value: str) -> str | None:
    """A query of values with `value` (`avg_over_time`) over `{{.window}}` of each selector; None where it has a range."""
    node = _parsed(query)
    text = _mapped(node, lambda leaf: _valued(leaf, value)) if node is not None else None
    return text.replace(f"[{_STAND_IN}]", f"[{WINDOW}]") if text else None


def as_counters(query: str) -> str | None:
    """The inverse of `as_rates`: the counters alone; None where the query asks for more than their rates."""
    node = _parsed(query)
    return _mapped(node, _counter) if node is not None else None


def printed(query: str) -> str:
    """A query as a parser prints it: without the difference of a space."""
    return str(_parsed(query))


def _parsed(query: str) -> Any:
    try:
        return promql.parse(_TEMPLATE.sub(_STAND_IN, query))
    except ValueError:
        return None


Leaf = Callable[[Any], str | None]
"""What becomes of a node; None for one that is no leaf."""


def _rate(node: Any) -> str | None:
    inner = node.args[0] if isinstance(node, promql.Call) and node.func.name in ("rate", "increase") else None
    if isinstance(inner, promql.MatrixSelector):
        return f"rate({_selector(inner.vector_selector)}[{_STAND_IN}])"
    return f"rate({_selector(node)}[{_STAND_IN}])" if isinstance(node, promql.VectorSelector) else None


def _valued(node: Any, function: str) -> str | None:
    return f"{function}({_selector(node)}[{_STAND_IN}])" if isinstance(node, promql.VectorSelector) else None


def _counter(node: Any) -> str | None:
    inner = node.args[0] if isinstance(node, promql.Call) and node.func.name == "rate" else None
    if isinstance(inner, promql.MatrixSelector) and inner.range == _STAND_IN_LENGTH:
        return _selector(inner.vector_selector)
    return None


def _selector(node: object) -> str:
    """As people write it: without the braces of no matchers."""
    return str(node).removesuffix("{}")


def _mapped(node: Any, leaf: Leaf) -> str | None:
    """A sum, with its leaves replaced; None where it is no sum."""
    if text := leaf(node):
        return text
    match node:
        case promql.ParenExpr():
            inner = _mapped(node.expr, leaf)
            return inner and f"({inner})"
        case promql.AggregateExpr() if str(node.op) == "sum":
            inner = _mapped(node.expr, leaf)
            head = str(node).removesuffix(f"({node.expr})")
            return inner and f"{head}({inner})"
        case promql.BinaryExpr() if str(node.op) in ("+", "-", "or"):
            left, right = _mapped(node.lhs, leaf), _mapped(node.rhs, leaf)
            modifier = f" {node.modifier}" if node.modifier else ""
            return left and right and f"{left} {node.op}{modifier} {right}"
    return None
