"""What a panel's PromQL says, worked out once for each text: selectors, the labels that come out, the unit of the result.

Grafana's variables are put in first: what stands for a duration, a number or a name is told by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import promql_parser as pp

from ballast.repo.promql import QueryProblem, query_problem

UNKNOWN = "__variable"
"""What a variable becomes that stands for a name."""
RATES = {"rate", "irate", "increase"}
_VARIABLE = re.compile(r"\$\{(\w+)(?:\.\w+)*(?::[^{}]*)?\}|\[\[(\w+)(?::[^\[\]]*)?\]\]|\$(\w+)")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
_DURATION_BEFORE = re.compile(r"(?:\[|:|\boffset\s*-?)\s*$")
_NUMBER_BEFORE = re.compile(
    r"(?:(?:topk|bottomk|quantile|histogram_quantile|limitk|limit_ratio)\s*(?:\b(?:by|without)\s*\([^)]*\)\s*)?\(|[-+*/%^<>]|[=!<>]=(?:\s*bool)?|@)\s*$"
)
_DIGITS_BEFORE = re.compile(r"\d$")
_DURATIONS = {"__interval", "__rate_interval", "__range", "interval", "__auto", "resolution", "window", "rate_interval"}
_NUMBERS = {"__interval_ms": "300000", "__range_s": "3600", "__range_ms": "3600000", "__from": "1", "__to": "2"}
_SUFFIXES = ("_bucket", "_sum", "_count", "_total", "_created")
_SAME = {"sum", "avg", "min", "max", "topk", "bottomk", "quantile", "stddev", "limitk"}
_OVER_TIME = {"avg_over_time", "min_over_time", "max_over_time", "last_over_time", "quantile_over_time", "sum_over_time"}
_PASSING = {"abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "sort", "sort_desc", "label_replace", "delta"}
_PASSING |= {"label_join", "scalar", "vector", "predict_linear", "sort_by_label", "sort_by_label_desc", "first_over_time"}


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of series. `function` is the function or aggregation that takes it, "" where none does.

    `span` is the range in seconds (0 without), `steps` how many evaluations a subquery around it makes for one point.
    """

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    function: str
    span: float
    steps: float
    aggregated: bool

    def value(self, label: str) -> str | None:
        """What a matcher on the label asks for; None without one."""
        return next((value for name, _, value in self.matchers if name == label), None)


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of a result: only those in `only` (None: any), without those in `dropped`."""

    only: frozenset[str] | None = None
    dropped: frozenset[str] = frozenset()

    def has(self, label: str) -> bool:
        """Whether a series of the result may carry the label."""
        return label not in self.dropped and (self.only is None or label in self.only)


@dataclass(slots=True)
class Facts:
    """What is known of a query. `problem` is set where it does not parse; then nothing else is known."""

    problem: QueryProblem | None = None
    selectors: list[Selector] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    unit: str = ""
    """s, bytes, ratio, percent, count, with `/s` for a rate of it; "" where it cannot be told."""


@lru_cache(maxsize=65536)
def facts(expr: str) -> Facts:
    """Everything about one query. Parsed once in a program's life, however many panels and rules ask."""
    tree, problem = _parse(expr)
    if tree is None:
        return Facts(problem)
    found = Facts()
    _walk(tree, "", 1.0, False, found.selectors)
    found.labels = _labels(tree)
    found.unit = _unit(tree)
    return found


def _parse(expr: str) -> tuple[Any, QueryProblem | None]:
    """The tree. A variable that could be more than one thing is tried as each."""
    filled = substitute(expr)
    try:
        return pp.parse(filled), None
    except ValueError:
        pass
    if "$" in expr or "[[" in expr:
        for other in ("1", "5m", UNKNOWN):
            try:
                return pp.parse(substitute(expr, other)), None
            except ValueError:
                continue
    problem = query_problem(filled)
    if problem is not None and not problem.fatal:
        problem = None
    elif problem is not None:
        problem = problem._replace(offset=_as_written(expr, problem.offset))
        if expr.startswith("{{", problem.offset):
            problem = problem._replace(message="`{{` is no PromQL", hint="a selector has single braces")
    return None, problem


def _as_written(expr: str, offset: int) -> int:
    """Where a character of the filled query stands in the query as written."""
    low, high = 0, len(expr)
    while low < high:  # the longest beginning that is filled to no more than `offset` characters
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(substitute(expr[:middle])) <= offset else (low, middle - 1)
    return max(min(low, len(expr) - 1), 0)


def substitute(expr: str, otherwise: str = "") -> str:
    """The query with a value for each of Grafana's variables; `otherwise` stands for those that nothing tells."""
    if "$" not in expr and "[[" not in expr:
        return expr
    out, done, texts = [], 0, [found.span() for found in _TEXT.finditer(expr)]
    for found in _VARIABLE.finditer(expr):
        name = found[1] or found[2] or found[3]
        if found[2] and "." in name:
            continue
        before = expr[done : found.start()]
        out.append(before)
        inside = any(begin < found.start() < end for begin, end in texts)
        out.append(_value(name, expr[: found.start()], inside, otherwise, expr[found.end() :]))
        done = found.end()
    return "".join(out) + expr[done:]


def _value(name: str, before: str, inside: bool, otherwise: str, after: str) -> str:
    if inside:
        return UNKNOWN
    if name in _NUMBERS:
        return _NUMBERS[name]
    if _DURATION_BEFORE.search(before) and not _label_before(before):
        return "5" if after[:1] in ("s", "m", "h", "d") else "5m"
    if _DIGITS_BEFORE.search(before):
        return "s"
    if name in _DURATIONS:
        return "5m"
    if otherwise:
        return otherwise
    if _NUMBER_BEFORE.search(before) and not after.lstrip().startswith(("{", "[")):
        return "1"
    return UNKNOWN


def _label_before(before: str) -> bool:
    """Whether a colon is part of a name (`job:$metric`) and no subquery's."""
    return before.rstrip().endswith(":") and before.rfind("[") <= before.rfind("]")


def _walk(node: Any, function: str, steps: float, aggregated: bool, found: list[Selector]) -> None:
    match node:
        case pp.VectorSelector():
            found.append(_selector(node, function, 0.0, steps, aggregated))
        case pp.MatrixSelector():
            found.append(_selector(node.vector_selector, function, _seconds(node.range), steps, aggregated))
        case pp.Call():
            for child in node.args:
                _walk(child, node.func.name, steps, aggregated, found)
        case pp.AggregateExpr():
            _walk(node.expr, str(node.op), steps, True, found)
            if node.param is not None:
                _walk(node.param, "", steps, False, found)
        case pp.BinaryExpr():
            _walk(node.lhs, "", steps, aggregated, found)
            _walk(node.rhs, "", steps, aggregated, found)
        case pp.SubqueryExpr():
            every = _seconds(node.step) or 60.0
            _walk(node.expr, "", steps * max(_seconds(node.range) / every, 1.0), aggregated, found)
        case pp.ParenExpr():
            _walk(node.expr, function, steps, aggregated, found)
        case pp.UnaryExpr():
            _walk(node.expr, "", steps, aggregated, found)


def _selector(node: Any, function: str, span: float, steps: float, aggregated: bool) -> Selector:
    matchers = tuple((m.name, _OPERATORS.get(str(m.op), str(m.op)), m.value) for m in node.matchers.matchers)
    name = node.name or next((value for label, op, value in matchers if label == "__name__" and op == "="), "")
    return Selector(str(name), matchers, function, span, steps, aggregated)


_OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


def _seconds(value: Any) -> float:
    return float(value.total_seconds()) if value is not None and hasattr(value, "total_seconds") else 0.0


def _labels(node: Any) -> Labels:
    """Which labels the series of a result may have. Where two sides meet, the left one's, and what `group_left` brings."""
    match node:
        case pp.AggregateExpr():
            if str(node.op) in ("topk", "bottomk", "limitk", "limit_ratio"):
                return _labels(node.expr)
            inner = _labels(node.expr)
            named = frozenset(node.modifier.labels) if node.modifier else frozenset()
            extra = frozenset(_counted(node))
            if node.modifier and "Without" in str(node.modifier.type):
                return Labels(inner.only, inner.dropped | named)
            if UNKNOWN in named:
                return inner
            return Labels(frozenset(label for label in named if inner.has(label)) | extra)
        case pp.Call():
            name = node.func.name
            if name in ("scalar", "time", "vector", "pi"):
                return Labels(frozenset())
            if name in ("absent", "absent_over_time"):
                return Labels()
            inner = next((_labels(child) for child in node.args if _is_vector(child)), Labels())
            if name in ("label_replace", "label_join") and len(node.args) > 1:
                made = getattr(node.args[1], "val", "")
                return Labels(None if inner.only is None else inner.only | {made}, inner.dropped - {made})
            if name == "histogram_quantile":
                return Labels(inner.only, inner.dropped | {"le"})
            return inner
        case pp.BinaryExpr():
            return _met(node)
        case pp.ParenExpr() | pp.UnaryExpr() | pp.SubqueryExpr():
            return _labels(node.expr)
        case pp.NumberLiteral() | pp.StringLiteral():
            return Labels(frozenset())
    return Labels()


def _met(node: Any) -> Labels:
    left, right = _labels(node.lhs), _labels(node.rhs)
    op = str(node.op)
    if op == "or":
        only = None if left.only is None or right.only is None else left.only | right.only
        return Labels(only, left.dropped & right.dropped)
    if not _is_vector(node.lhs):
        return right
    if not _is_vector(node.rhs) or op in ("and", "unless"):
        return left
    modifier = node.modifier
    card = str(getattr(modifier, "card", "")) if modifier else ""
    if "Many" in card or "group" in card.lower():
        return Labels()  # group_left and group_right: either side's, and those that it names
    matching = getattr(modifier, "matching", None) if modifier else None
    if matching is not None:
        return Labels()
    return left


def _counted(node: Any) -> Iterator[str]:
    if str(node.op) == "count_values" and node.param is not None:
        yield str(getattr(node.param, "val", ""))


def _is_vector(node: Any) -> bool:
    match node:
        case pp.NumberLiteral() | pp.StringLiteral():
            return False
        case pp.Call():
            return node.func.name not in ("scalar", "time", "pi")
        case pp.ParenExpr() | pp.UnaryExpr():
            return _is_vector(node.expr)
        case pp.BinaryExpr():
            return _is_vector(node.lhs) or _is_vector(node.rhs)
    return True


def base_unit(metric: str) -> str:
    """The unit that a metric's name says, after Prometheus' naming conventions; `count` for counts of things."""
    name = metric
    last = ""
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            name, last = name.removesuffix(suffix), suffix
            break
    if last == "_count":
        return "count"
    if name.endswith(("_timestamp_seconds", "_time_seconds", "timestamp_seconds")) or last == "_created":
        return ""  # a moment, no duration
    for suffix, unit in (("_seconds", "s"), ("_bytes", "bytes"), ("_ratio", "ratio"), ("_percent", "percent")):
        if name.endswith(suffix):
            return unit
    return "count" if last == "_total" else ""


def _unit(node: Any) -> str:
    match node:
        case pp.VectorSelector():
            return base_unit(node.name or "") if not (node.name or "").endswith("_bucket") else "count"
        case pp.MatrixSelector():
            return _unit(node.vector_selector)
        case pp.ParenExpr() | pp.UnaryExpr() | pp.SubqueryExpr():
            return _unit(node.expr)
        case pp.AggregateExpr():
            op = str(node.op)
            return _unit(node.expr) if op in _SAME else "count" if op == "count" else ""
        case pp.Call():
            return _call_unit(node)
        case pp.BinaryExpr():
            return _binary_unit(node)
    return ""


def _call_unit(node: Any) -> str:
    name = node.func.name
    if name == "histogram_quantile" and len(node.args) == 2:
        metric = next((s.name for s in _all_selectors(node.args[1])), "")
        return base_unit(metric) if metric.endswith("_bucket") else ""
    inner = _unit(node.args[0]) if node.args else ""
    if name in ("rate", "irate"):
        return {"s": "ratio", "": ""}.get(inner, f"{inner}/s")  # seconds a second: a share of one core, or of the time
    if name == "deriv":
        return {"s": "ratio", "": ""}.get(inner, f"{inner}/s")
    if name in ("increase", "delta", "idelta") or name in _OVER_TIME:
        if name == "quantile_over_time":
            return _unit(node.args[1])
        return inner
    return inner if name in _PASSING else ""


def _binary_unit(node: Any) -> str:
    op = str(node.op)
    left, right = _unit(node.lhs), _unit(node.rhs)
    if op in ("==", "!=", ">", "<", ">=", "<="):
        return "" if node.modifier and node.modifier.return_bool else left
    if op in ("and", "unless"):
        return left
    if op in ("+", "-"):
        numbers = [isinstance(side, pp.NumberLiteral) for side in (node.lhs, node.rhs)]
        return left if left == right or numbers[1] else right if numbers[0] else ""
    if op == "or":
        return left if left == right else ""
    if op == "/" and left and left == right:
        return "ratio"
    if op == "/" and left in ("ratio", "s/s", "s") and right in ("count/s", "count"):
        return "s" if (left, right) in (("ratio", "count/s"), ("s", "count")) else ""
    if op == "*":
        for unit, other in ((left, node.rhs), (right, node.lhs)):
            if isinstance(other, pp.NumberLiteral) and other.val == 100 and unit == "ratio":
                return "percent"
    return ""


def _all_selectors(node: Any) -> list[Selector]:
    found: list[Selector] = []
    _walk(node, "", 1.0, False, found)
    return found
