"""Questions about a PromQL expression that its syntax tree answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import promql_parser as pp

COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}
# Their samples exist only while something is wrong.
ABSENCE = {"absent", "absent_over_time"}
STATE = {"ALERTS", "ALERTS_FOR_STATE"}


@cache
def parse(expr: str) -> Any | None:
    """The syntax tree; None where the text is not PromQL (`alerts/promtool-check` says so)."""
    try:
        return pp.parse(expr)
    except ValueError:
        return None


def always_returns(expr: str) -> bool:
    """Whether an expression returns a sample whenever there is data, so that an alert on it would always fire.

    A bare `vector(1)` is a heartbeat, which is meant to. What does not parse is not judged.
    """
    tree = parse(expr)
    return tree is not None and not _is_heartbeat(tree) and _always(tree)


def selectors(expr: str) -> Iterator[Any]:
    """Every vector selector in an expression."""
    tree = parse(expr)
    if tree is not None:
        yield from (node for node in walk(tree) if isinstance(node, pp.VectorSelector))


def walk(tree: Any) -> Iterator[Any]:
    """A syntax tree's nodes, each before what it contains."""
    yield tree
    for child in _children(tree):
        yield from walk(child)


def _children(tree: Any) -> list[Any]:
    match tree:
        case pp.BinaryExpr():
            return [tree.lhs, tree.rhs]
        case pp.ParenExpr() | pp.UnaryExpr() | pp.SubqueryExpr():
            return [tree.expr]
        case pp.AggregateExpr():
            return [tree.expr] if tree.param is None else [tree.expr, tree.param]
        case pp.Call():
            return list(tree.args)
        case pp.MatrixSelector():
            return [tree.vector_selector]
    return []


def _always(tree: Any) -> bool:
    match tree:
        case pp.BinaryExpr():
            return _binary(tree)
        case pp.VectorSelector():
            return name_of(tree) not in STATE
        case pp.Call() if tree.func.name in ABSENCE:
            return False
        case pp.AggregateExpr():
            return _always(tree.expr)
    return all(_always(child) for child in _children(tree))


def _binary(tree: Any) -> bool:
    op = str(tree.op)
    if op == "unless":
        return False
    if op in COMPARISONS and not (tree.modifier and tree.modifier.return_bool):
        return False
    if op == "or":
        return _always(tree.lhs) or _always(tree.rhs)
    return _always(tree.lhs) and _always(tree.rhs)


def name_of(selector: Any) -> str:
    """The metric that a selector names, also as `{__name__="…"}`; "" where it names none."""
    if selector.name:
        return str(selector.name)
    return next((str(m.value) for m in selector.matchers.matchers if m.name == "__name__" and str(m.op) == "="), "")


def _is_heartbeat(tree: Any) -> bool:
    return isinstance(tree, pp.Call) and tree.func.name == "vector" and isinstance(tree.args[0], pp.NumberLiteral)
