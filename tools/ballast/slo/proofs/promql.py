"""Small wrong changes to a PromQL expression, one at a time: what a slip of the hand or of the compiler would do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import promql_parser as promql

__all__ = ["Slips", "slips"]

COMPARISONS = {">": "<", "<": ">", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
LOGIC = {"and": "or", "or": "and"}


@dataclass(frozen=True, slots=True)
class Slips:
    """How far to go wrong. `windows` maps a duration to those that it may be confused with.

    `numbers` maps a number's text to names of changes and what it becomes. `logic` allows to touch `and` and `or`.
    """

    windows: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    logic: bool = True


def slips(expr: str, how: Slips) -> Iterator[tuple[str, str]]:
    """Kind of change, and the whole expression with it."""
    yield from _node(promql.parse(expr), how)


def _node(node: Any, how: Slips) -> Iterator[tuple[str, str]]:
    match node:
        case promql.BinaryExpr():
            yield from _binary(node, how)
        case promql.ParenExpr():
            yield from ((kind, f"({text})") for kind, text in _node(node.expr, how))
        case promql.UnaryExpr():
            yield "sign dropped", f"({node.expr})"
            yield from ((kind, f"-({text})") for kind, text in _node(node.expr, how))
        case promql.AggregateExpr():
            inner = str(node.expr)
            head = str(node).removesuffix(f"({inner})")
            yield from ((kind, f"{head}({text})") for kind, text in _node(node.expr, how))
        case promql.Call():
            for n, argument in enumerate(node.args):
                for kind, text in _node(argument, how):
                    others = [text if m == n else str(other) for m, other in enumerate(node.args)]
                    yield kind, f"{node.func.name}({', '.join(others)})"
        case promql.NumberLiteral():
            yield from how.numbers.get(f"{node.val:.12g}", ())
        case promql.MatrixSelector() | promql.SubqueryExpr() | promql.VectorSelector():
            yield from _windows(str(node), how)


def _binary(node: promql.BinaryExpr, how: Slips) -> Iterator[tuple[str, str]]:
    op, left, right = str(node.op), str(node.lhs), str(node.rhs)
    if op == "*" and left == "0":  # nothing of anything is the same
        return
    modifier = str(node.modifier) if node.modifier else ""
    between = f"{op} {modifier}"
    if op in LOGIC and how.logic:
        matching = "" if "group_" in modifier else modifier
        yield f"`{op}` is `{LOGIC[op]}`", f"({left}) {LOGIC[op]} {matching} ({right})"
        yield f"left of `{op}` dropped", f"({right})"
        yield f"right of `{op}` dropped", f"({left})"
    elif op in COMPARISONS:
        yield f"`{op}` is `{COMPARISONS[op]}`", f"({left}) {COMPARISONS[op]} {modifier} ({right})"
    elif op in ("/", "-"):
        yield f"sides of `{op}` swapped", f"({right}) {between} ({left})"
    yield from ((kind, f"({text}) {between} ({right})") for kind, text in _node(node.lhs, how))
    yield from ((kind, f"({left}) {between} ({text})") for kind, text in _node(node.rhs, how))


def _windows(text: str, how: Slips) -> Iterator[tuple[str, str]]:
    """A range, an offset or a recorded window (the end of a record's name) taken for another."""
    for match in re.finditer(r"(?<=\[)\w+(?=[\]:])|(?<=offset )\w+|(?<=rate)\w+(?=\{)", text):
        for other in how.windows.get(match[0], ()):
            yield f"{match[0]} is {other}", text[: match.start()] + other + text[match.end() :]
