"""PromQL over series that rules have recorded, for all moments of a replay at once.

What an expression asks of series that no rule under replay records (the service's own metrics) is left to Prometheus, in the
largest pieces that contain no recorded series; everything else is done here. What this module does not know is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import numpy as np
import promql_parser as promql

from ballast.repo import CannotRun
from ballast.slo.replay.functions import AGGREGATIONS, COMPARISONS, OPERATORS, OVER_TIME, SIMPLE, Window
from ballast.slo.replay.line import NAME, Flags, Grid, Labels, Line, Numbers, Vector, combine, first_of, without_name

__all__ = ["Evaluator", "Recorded", "matches", "parse", "selectors"]

SETS = ("and", "or", "unless")


class Recorded(Protocol):
    """The series that rules have recorded so far."""

    def owns(self, name: str, matchers: Any) -> bool:
        """Whether a rule under replay records it."""
        ...

    def instant(self, name: str) -> Iterator[tuple[Labels, Callable[[int], Line]]]:
        """Series of a name, each as a function of how many moments back to look."""
        ...

    def samples(self, name: str) -> Iterator[tuple[Labels, Line, int]]:
        """Series of a name at the moments of their evaluation, and how many moments back the newest readable one is."""
        ...


def parse(text: str) -> Any:
    """The syntax tree. CannotRun for what the parser does not know."""
    try:
        return promql.parse(text)
    except ValueError as error:
        raise CannotRun(f"replay cannot read the query {text!r}: {error}") from error


def _children(node: Any) -> list[Any]:
    """The expressions directly below a node."""
    match node:
        case promql.BinaryExpr():
            return [node.lhs, node.rhs]
        case promql.AggregateExpr():
            return [node.expr] + ([node.param] if node.param is not None else [])
        case promql.Call():
            return list(node.args)
        case promql.MatrixSelector():
            return [node.vector_selector]
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return [node.expr]
    return []


class Evaluator:
    """Evaluates expressions on a grid. `ask` answers what only Prometheus can."""

    def __init__(self, grid: Grid, recorded: Recorded, ask: Callable[[str], Vector]) -> None:
        self.grid, self.recorded, self.ask = grid, recorded, ask

    def vector(self, node: Any) -> Vector:
        """An expression's value, which must be an instant vector."""
        value = self._value(node)
        if isinstance(value, dict):
            return value
        return {(): Line(value, np.ones(self.grid.count, dtype=np.bool_))}  # a rule records a scalar as one series

    def _value(self, node: Any) -> Vector | Numbers:
        if isinstance(node, promql.ParenExpr):
            return self._value(node.expr)
        if self._foreign(node):
            return self.ask(str(node))
        match node:
            case promql.NumberLiteral():
                return np.full(self.grid.count, node.val)
            case promql.UnaryExpr():
                value = self._value(node.expr)
                if not isinstance(value, dict):
                    return -value
                return {without_name(labels): Line(-line.values, line.there) for labels, line in value.items()}
            case promql.VectorSelector():
                return self._instant(node)
            case promql.Call():
                return self._call(node)
            case promql.AggregateExpr():
                return self._aggregate(node)
            case promql.BinaryExpr():
                return self._binary(node)
        raise CannotRun(f"replay does not know: {node}")

    def _foreign(self, node: Any) -> bool:
        """It selects something, and nothing that a rule under replay records."""
        found = list(selectors(node))
        return bool(found) and not any(self.recorded.owns(one.name or "", one.matchers) for one in found)

    # --- Selecting ------------------------------------------------------------------------------------------------

    def _places(self, offset: timedelta | None) -> int:
        seconds = offset.total_seconds() if offset else 0.0
        if seconds < 0:
            raise CannotRun("replay cannot look ahead: a rule has a negative offset")
        return math.ceil(seconds / self.grid.step)

    def _instant(self, node: Any) -> Vector:
        if node.at is not None:
            raise CannotRun(f"replay does not know `@`: {node}")
        found: Vector = {}
        for labels, read in self.recorded.instant(node.name or ""):
            if _matches(node.matchers, labels):
                found[labels] = read(self._places(node.offset))
        return found

    def _windows(self, node: Any) -> Iterator[tuple[Labels, Window]]:
        """The windows of a range selector or of a subquery."""
        selector = node.vector_selector if isinstance(node, promql.MatrixSelector) else node
        high = self._places(selector.offset)
        low = self._places((selector.offset or timedelta()) + node.range)
        if isinstance(node, promql.MatrixSelector):
            if selector.at is not None:
                raise CannotRun(f"replay does not know `@`: {node}")
            for labels, line, newest in self.recorded.samples(selector.name or ""):
                if _matches(selector.matchers, labels):
                    yield labels, Window(line, low, max(high, newest))
            return
        step = int(node.step.total_seconds()) if node.step else 60
        for labels, line in self.vector(node.expr).items():
            yield labels, Window(line.where(self.grid.every(step)), low, high)

    # --- Functions ------------------------------------------------------------------------------------------------

    def _call(self, node: Any) -> Vector | Numbers:
        name, args = node.func.name, list(node.args)
        count = self.grid.count
        if name in OVER_TIME:
            found: Vector = {}
            for labels, window in self._windows(args[0]):
                kept = labels if name == "last_over_time" else without_name(labels)
                combine(found, kept, OVER_TIME[name](window), str(node))
            return found
        if name == "time":
            return self.grid.times
        value = self._value(args[0]) if args else None
        if name == "vector" and isinstance(value, np.ndarray):
            return {(): Line(value, np.ones(count, dtype=np.bool_))}
        if name == "scalar" and isinstance(value, dict):
            only = [np.where(line.there, line.values, math.nan) for line in value.values()]
            return only[0] if len(only) == 1 else np.full(count, math.nan)
        if name == "absent" and isinstance(value, dict):
            there = _anywhere(list(value.values()), count)
            return {_absent_labels(args[0]): Line(np.ones(count), ~there)}
        if name in SIMPLE and isinstance(value, dict):
            return {without_name(k): Line(SIMPLE[name](line.values), line.there) for k, line in value.items()}
        if name in ("clamp", "clamp_min", "clamp_max") and isinstance(value, dict):
            bounds: list[Any] = [self._value(arg) for arg in args[1:]]
            low, high = {"clamp": bounds, "clamp_min": [*bounds, math.inf], "clamp_max": [-math.inf, *bounds]}[name]
            return {without_name(k): Line(np.clip(line.values, low, high), line.there) for k, line in value.items()}
        if name == "label_replace" and isinstance(value, dict):
            target, replacement, source, pattern = (arg.val for arg in args[1:])
            replaced: Vector = {}
            for labels, line in value.items():
                combine(replaced, _label_replaced(labels, target, replacement, source, pattern), line, str(node))
            return replaced
        raise CannotRun(f"replay does not know the function {name} on recorded series: {node}")

    def _aggregate(self, node: Any) -> Vector:
        name = str(node.op)
        if name == "count_values":
            return self._count_values(node)
        if name not in AGGREGATIONS:
            raise CannotRun(f"replay does not know the aggregation {name} on recorded series: {node}")
        value = self.vector(node.expr)
        groups: dict[Labels, list[Line]] = {}
        for labels, line in value.items():
            groups.setdefault(_grouped(labels, node.modifier), []).append(line)
        return {labels: Line(AGGREGATIONS[name](lines), _anywhere(lines, self.grid.count)) for labels, lines in groups.items()}

    def _count_values(self, node: Any) -> Vector:
        """How many series have each value, which becomes a label."""
        found: Vector = {}
        for labels, line in self.vector(node.expr).items():
            for value in np.unique(line.values[line.there]):
                has = line.there & (line.values == value)
                text = f"{value:.0f}" if float(value).is_integer() else repr(float(value))
                key = tuple(sorted({**dict(_grouped(labels, node.modifier)), node.param.val: text}.items()))
                count = found.setdefault(key, Line.none(self.grid.count))
                count.values[has] += 1
                count.there |= has
        return found

    # --- Operators ------------------------------------------------------------------------------------------------

    def _binary(self, node: Any) -> Vector | Numbers:
        op, left, right = str(node.op), self._value(node.lhs), self._value(node.rhs)
        with np.errstate(all="ignore"):
            if op in SETS and isinstance(left, dict) and isinstance(right, dict):
                return self._set(op, left, right, node.modifier)
            boolean = bool(node.modifier and node.modifier.return_bool)
            if isinstance(left, dict) and isinstance(right, dict):
                return self._matched(node, op, left, right, boolean=boolean)
            if isinstance(left, dict):
                return _with_scalar(op, left, np.asarray(right), boolean=boolean, scalar_first=False)
            if isinstance(right, dict):
                return _with_scalar(op, right, np.asarray(left), boolean=boolean, scalar_first=True)
            if op in COMPARISONS:
                return COMPARISONS[op](left, right).astype(np.float64)
            return OPERATORS[op](left, right)

    def _set(self, op: str, left: Vector, right: Vector, modifier: Any) -> Vector:
        count = self.grid.count
        theirs: dict[Labels, list[Line]] = {}
        for labels, line in (left if op == "or" else right).items():
            theirs.setdefault(_signature(labels, modifier), []).append(line)
        nowhere = np.zeros(count, dtype=np.bool_)
        matched = {labels: _anywhere(lines, count) for labels, lines in theirs.items()}
        if op == "and":
            return {k: line.where(matched.get(_signature(k, modifier), nowhere)) for k, line in left.items()}
        if op == "unless":
            return {k: line.where(~matched.get(_signature(k, modifier), nowhere)) for k, line in left.items()}
        found = dict(left)
        for labels, line in right.items():
            rest = line.where(~matched.get(_signature(labels, modifier), nowhere))
            found[labels] = first_of([found[labels], rest]) if labels in found else rest
        return found

    def _matched(self, node: Any, op: str, left: Vector, right: Vector, *, boolean: bool) -> Vector:
        """One series with one (or, with `group_left` and `group_right`, many with one)."""
        modifier = node.modifier
        alone = modifier is None or modifier.card == promql.VectorMatchCardinality.OneToOne
        swapped = not alone and modifier.card == promql.VectorMatchCardinality.OneToMany
        many, one = (right, left) if swapped else (left, right)
        partners: dict[Labels, list[tuple[Labels, Line]]] = {}
        for labels, line in one.items():
            partners.setdefault(_signature(labels, modifier), []).append((labels, line))
        found: Vector = {}
        for labels, line in many.items():
            for other_labels, other in partners.get(_signature(labels, modifier), ()):
                a, b = (other, line) if swapped else (line, other)
                result = _apply(op, a, b, boolean=boolean)
                name_goes = boolean or op not in COMPARISONS
                if alone:
                    kept = _reduced(labels, modifier, name_goes=name_goes)
                else:
                    kept = without_name(labels) if name_goes else labels
                    extra = {n: dict(other_labels).get(n, "") for n in modifier.group_labels or ()}
                    kept = tuple(sorted({n: v for n, v in {**dict(kept), **extra}.items() if v}.items()))
                combine(found, kept, result, str(node))
        return found


def _apply(op: str, a: Line, b: Line, *, boolean: bool) -> Line:
    there = a.there & b.there
    if op in COMPARISONS:
        holds = COMPARISONS[op](a.values, b.values)
        return Line(holds.astype(np.float64), there) if boolean else Line(a.values, there & holds)
    return Line(OPERATORS[op](a.values, b.values), there)


def _with_scalar(op: str, vector: Vector, scalar: Numbers, *, boolean: bool, scalar_first: bool) -> Vector:
    found: Vector = {}
    for labels, line in vector.items():
        a, b = (scalar, line.values) if scalar_first else (line.values, scalar)
        if op in COMPARISONS:
            holds = COMPARISONS[op](a, b)
            if boolean:
                found[without_name(labels)] = Line(holds.astype(np.float64), line.there)
            else:
                found[labels] = line.where(holds)
        else:
            found[without_name(labels)] = Line(OPERATORS[op](a, b), line.there)
    return found


def selectors(node: Any) -> Iterator[Any]:
    """Every vector selector of an expression."""
    if isinstance(node, promql.VectorSelector):
        yield node
    for child in _children(node):
        yield from selectors(child)


def _matches(matchers: Any, labels: Labels) -> bool:
    known = dict(labels)
    return all(matches(m, known.get(m.name, "")) for m in matchers.matchers)


def matches(matcher: Any, value: str) -> bool:
    """Whether a label's value satisfies a matcher."""
    if matcher.op in (promql.MatchOp.Equal, promql.MatchOp.NotEqual):
        return bool((value == matcher.value) == (matcher.op == promql.MatchOp.Equal))
    return bool(re.fullmatch(matcher.value, value)) == bool(matcher.op == promql.MatchOp.Re)


def _anywhere(lines: list[Line], count: int) -> Flags:
    there = np.zeros(count, dtype=np.bool_)
    for line in lines:
        there = there | line.there
    return there


def _matching(modifier: Any) -> tuple[bool, frozenset[str]]:
    """Whether `on` (else `ignoring`), and of which labels."""
    matching = modifier.matching if modifier else None
    if matching is None:
        return False, frozenset()
    return matching.type == promql.LabelModifierType.Include, frozenset(matching.labels)


def _signature(labels: Labels, modifier: Any) -> Labels:
    on, names = _matching(modifier)
    return tuple(p for p in labels if (p[0] in names if on else p[0] not in names and p[0] != NAME))


def _reduced(labels: Labels, modifier: Any, *, name_goes: bool) -> Labels:
    """The labels of a one-to-one result."""
    on, names = _matching(modifier)
    return tuple(p for p in labels if (p[0] in names) == on and not (name_goes and p[0] == NAME))


def _grouped(labels: Labels, modifier: Any) -> Labels:
    if modifier is None:
        return ()
    names, by = set(modifier.labels), modifier.type == promql.AggModifierType.By
    return tuple(p for p in labels if (p[0] in names if by else p[0] not in names and p[0] != NAME))


def _label_replaced(labels: Labels, target: str, replacement: str, source: str, pattern: str) -> Labels:
    """With `target` set to `replacement`, where `pattern` matches all of `source`'s value; $1 and ${1} are its groups."""
    found = re.fullmatch(pattern, dict(labels).get(source, ""))
    if found is None:
        return labels
    groups = found.groups()

    def group(place: re.Match[str]) -> str:
        number = int(place[1])
        return found[0] if number == 0 else (groups[number - 1] or "") if number <= len(groups) else ""

    value = re.sub(r"\$\{?([0-9]+)\}?", group, replacement)
    return tuple(sorted((name, text) for name, text in {**dict(labels), target: value}.items() if text))


def _absent_labels(node: Any) -> Labels:
    """`absent` makes labels of the equality matchers of a plain selector."""
    if not isinstance(node, promql.VectorSelector):
        return ()
    equal = {m.name: m.value for m in node.matchers.matchers if m.op == promql.MatchOp.Equal and m.name != NAME}
    return tuple(sorted((name, value) for name, value in equal.items() if value))
