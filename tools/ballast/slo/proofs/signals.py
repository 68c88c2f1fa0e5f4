"""Which series make an SLI: found from its queries, so that a proof of any SLO can produce good and bad events.

The queries of an SLI are nearly always linear in the rates of some counters (`sum(rate(a)) - sum(rate(b))`) or in the values
of some gauges. `signals` reads them that way, invents label sets that the selectors pick or leave out, and searches for the
few series that have to grow for one good and for one bad event. What cannot be read that way raises `CannotProve`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import promql_parser as promql

from ballast.slo.proofs.regex import example, matches

__all__ = ["CannotProve", "Series", "Signals", "braces", "native_signals", "picked", "sampled_signals", "signals"]

Matcher = tuple[str, str, str]
"""Label, operator, value."""


class CannotProve(Exception):
    """Why an SLO has no generated proofs, in one sentence."""


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric with its matchers."""

    metric: str
    matchers: tuple[Matcher, ...]

    def picks(self, metric: str, labels: Mapping[str, str]) -> bool:
        """Whether PromQL would select a series of that name with those labels."""
        return metric == self.metric and all(_holds(matcher, labels.get(matcher[0], "")) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class Term:
    """`factor` x a function of what `selector` picks; `kind` is counter, gauge (its value) or samples (how many there are)."""

    kind: str
    selector: Selector
    factor: float


@dataclass(frozen=True, slots=True)
class Series:
    """One series: of a counter, how much it grows with a good and with a bad event; of a gauge, its value then."""

    metric: str
    labels: Mapping[str, str]
    good: float
    bad: float

    @property
    def name(self) -> str:
        """As PromQL writes it."""
        return self.metric + (braces(self.labels) if self.labels else "")


@dataclass(frozen=True, slots=True)
class Signals:
    """The series of an SLI, and what its queries select.

    `gauge` says that `Series` holds values, not growth; then the samples are the events. `weighted` is False for a ratio that
    somebody else computed: over days, a busy hour of it counts as much as a quiet one. `native` is the threshold that tells
    good from bad observations of a native histogram. `alone`: the series are records that rules may make as well, from the
    series of another SLO's proofs.
    """

    series: tuple[Series, ...]
    selectors: tuple[Selector, ...]
    gauge: bool = False
    weighted: bool = True
    native: float | None = None
    alone: bool = False

    def disturbs(self, other: Signals) -> bool:
        """Whether the queries of `other` select one of these series."""
        return (
            self.alone
            or other.alone
            or any(selector.picks(each.metric, each.labels) for each in self.series for selector in other.selectors)
        )


def braces(labels: Mapping[str, str]) -> str:
    """Labels as PromQL writes them."""
    return "{" + ",".join(f"{label}={json.dumps(value, ensure_ascii=False)}" for label, value in sorted(labels.items())) + "}"


def signals(error_query: str, total_query: str = "") -> Signals:
    """The series behind two queries, or behind one error ratio, of any window.

    Raises `CannotProve` when the queries are not linear in counters or gauges, or no set of series tells good from bad.
    """
    errors, totals = _sides(error_query, total_query)
    selectors = tuple(term.selector for term in (*errors, *totals) if term.kind != "number")
    atoms = _atoms(selectors)
    if any(term.kind in ("gauge", "samples") for term in errors):
        good, bad = _gauge_values(errors, totals, atoms)
        return Signals((Series(*atoms[0], good, bad),), selectors, gauge=True)
    if any(term.kind == "number" for term in (*errors, *totals)):
        raise CannotProve("a query adds a constant to its rates")
    effects = [(sum(_effect(errors, atom)), sum(_effect(totals, atom))) for atom in atoms]
    with_good, with_bad = _smallest(effects, (0.0, 1.0)), _smallest(effects, (1.0, 1.0))
    if with_good is None or with_bad is None:
        raise CannotProve("no set of series makes an event that the queries count once")
    grow = sorted({*with_good, *with_bad})
    return Signals(tuple(Series(*atoms[n], float(n in with_good), float(n in with_bad)) for n in grow), selectors)


def sampled_signals(record: str, labels: Mapping[str, str]) -> Signals:
    """A record of 0 and 1 whose samples are the events, and which is given as if a rule had made it."""
    selector = Selector(record, tuple((label, "=", value) for label, value in sorted(labels.items())))
    return Signals((Series(record, labels, 1.0, 0.0),), (selector,), gauge=True, alone=True)


def native_signals(selector: str, threshold: float) -> Signals:
    """A native histogram, of which what is above `threshold` is bad."""
    return Signals((Series(*picked(selector), 1.0, 1.0),), (_parsed(selector),), native=threshold)


def picked(selector: str) -> tuple[str, dict[str, str]]:
    """A series that a selector picks: its metric and its labels. Raises `CannotProve` when none can be made up."""
    found = _atoms([_parsed(selector)])
    if not found:
        raise CannotProve(f"no series is like {selector}")
    return found[0]


def _parsed(selector: str) -> Selector:
    node: Any = promql.parse(selector)
    return _selector(node)


def _sides(error_query: str, total_query: str) -> tuple[list[Term], list[Term]]:
    """Bad and all events; of a ratio without a division, all is the number 1."""
    error: Any = promql.parse(error_query)
    total: Any = promql.parse(total_query or "1")
    while isinstance(error, promql.ParenExpr):
        error = error.expr
    if not total_query and isinstance(error, promql.BinaryExpr) and str(error.op) == "/":
        error, total = error.lhs, error.rhs
    return _terms(error, 1.0), _terms(total, 1.0)


Atom = tuple[str, dict[str, str]]


def _gauge_values(errors: Sequence[Term], totals: Sequence[Term], atoms: Sequence[Atom]) -> tuple[float, float]:
    """The values of a gauge at which nothing and everything is bad: ratio = (constant + slope x value) / total."""
    if len(atoms) != 1 or any(term.kind == "counter" for term in (*errors, *totals)):
        raise CannotProve("a query mixes gauges with counters or with other gauges")
    slope = sum(term.factor for term in errors if term.kind == "gauge")
    constant = sum(term.factor for term in errors if term.kind != "gauge")
    total = sum(term.factor for term in totals)
    if not slope or any(term.kind == "gauge" for term in totals):
        raise CannotProve("a gauge's value does not decide how much is bad")
    return -constant / slope + 0.0, (total - constant) / slope + 0.0  # no minus zero


def _effect(terms: Iterable[Term], atom: Atom) -> Iterator[float]:
    return (term.factor for term in terms if term.selector.picks(*atom))


def _smallest(effects: Sequence[tuple[float, float]], wanted: tuple[float, float]) -> set[int] | None:
    for size in range(1, min(len(effects), 4) + 1):
        for chosen in combinations(range(len(effects)), size):
            if (sum(effects[n][0] for n in chosen), sum(effects[n][1] for n in chosen)) == wanted:
                return set(chosen)
    return None


# --- Queries -> terms -------------------------------------------------------------------------------------------------

_COUNTERS = {"rate", "increase", "irate"}
_GAUGES = {"avg_over_time": "gauge", "sum_over_time": "gauge", "last_over_time": "gauge", "count_over_time": "samples"}
_SAME = {"sum", "avg", "max", "min"}
_THROUGH = {"clamp_min", "clamp_max", "clamp", "sort", "abs", "label_replace"}


def _terms(node: object, factor: float) -> list[Term]:
    """`node` as a sum of terms; `a or b` is read as `a`, a comparison as its left side."""
    match node:
        case promql.ParenExpr():
            return _terms(node.expr, factor)
        case promql.UnaryExpr():
            return _terms(node.expr, -factor)
        case promql.NumberLiteral():
            return [Term("number", Selector("", ()), factor * node.val)]
        case promql.AggregateExpr() if str(node.op) in _SAME:
            return _terms(node.expr, factor)
        case promql.BinaryExpr():
            return _binary(node, factor)
        case promql.Call():
            return _call(node, factor)
        case promql.VectorSelector():
            return [Term("gauge", _selector(node), factor)]
    raise CannotProve(f"`{node}` is not a sum of rates")


def _binary(node: promql.BinaryExpr, factor: float) -> list[Term]:
    op = str(node.op)
    if op in ("or", ">", ">=", "!="):
        return _terms(node.lhs, factor)
    if op in ("+", "-"):
        return _terms(node.lhs, factor) + _terms(node.rhs, factor if op == "+" else -factor)
    if op == "*" and isinstance(node.lhs, promql.NumberLiteral):
        return _terms(node.rhs, factor * node.lhs.val)
    if op in ("*", "/") and isinstance(node.rhs, promql.NumberLiteral):
        return _terms(node.lhs, factor * node.rhs.val if op == "*" else factor / node.rhs.val)
    raise CannotProve(f"`{node}` is not a sum of rates")


def _call(node: promql.Call, factor: float) -> list[Term]:
    name, args = node.func.name, node.args
    if name in _THROUGH:
        return _terms(args[0], factor)
    if isinstance(args[0] if args else None, promql.MatrixSelector):
        selector = _selector(args[0].vector_selector)
        if name in _COUNTERS:
            return [Term("counter", selector, factor)]
        if name in _GAUGES:
            return [Term(_GAUGES[name], selector, factor)]
    raise CannotProve(f"`{name}` is not a function that proofs can feed")


def _selector(node: promql.VectorSelector) -> Selector:
    if node.offset is not None or node.at is not None or node.matchers.or_matchers:
        raise CannotProve(f"`{node}` looks at another time or at alternatives")
    found = [(m.name, _OPERATORS[str(m.op)], m.value) for m in node.matchers.matchers]
    name = node.name or next((value for label, op, value in found if (label, op) == ("__name__", "=")), None)
    if name is None:
        raise CannotProve(f"`{node}` names no metric")
    return Selector(name, tuple(matcher for matcher in found if matcher[0] != "__name__"))


_OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}

# --- Label sets -------------------------------------------------------------------------------------------------------


def _holds(matcher: Matcher, value: str) -> bool:
    _, op, wanted = matcher
    same = value == wanted if op in ("=", "!=") else matches(wanted, value)
    return same is (op in ("=", "=~"))


def _atoms(selectors: Sequence[Selector]) -> list[Atom]:
    """For each metric: a label set for every group of its selectors that one series can satisfy without the others."""
    metrics: dict[str, list[Selector]] = defaultdict(list)
    for selector in selectors:
        if selector not in metrics[selector.metric]:
            metrics[selector.metric].append(selector)
    atoms: list[Atom] = []
    for metric, found in metrics.items():
        for size in range(1, len(found) + 1):
            for wanted in combinations(found, size):
                labels = _labels(wanted, [s for s in found if s not in wanted])
                if labels is not None and (metric, labels) not in atoms:
                    atoms.append((metric, labels))
    return atoms


def _labels(wanted: Sequence[Selector], unwanted: Sequence[Selector]) -> dict[str, str] | None:
    """Labels that every one of `wanted` picks and none of `unwanted`."""
    needs: dict[str, list[Matcher]] = defaultdict(list)
    for selector in wanted:
        for matcher in selector.matchers:
            needs[matcher[0]].append(matcher)
    labels = {}
    for label, matchers in needs.items():
        value = _value(matchers)
        if value is None:
            return None
        labels[label] = value
    for selector in unwanted:
        for matcher in selector.matchers:  # also where the label's absence would do: `code="200"` reads better
            if not all(_holds(need, "") for need in needs[matcher[0]]) and not _holds(matcher, labels.get(matcher[0], "")):
                break
            value = _value([*needs[matcher[0]], (matcher[0], _OPPOSITE[matcher[1]], matcher[2])])
            if value is not None:
                labels[matcher[0]] = value
                needs[matcher[0]].append((matcher[0], "=", value))
                break
        else:
            return None
    return {label: value for label, value in sorted(labels.items()) if value}


_OPPOSITE = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


def _value(matchers: Sequence[Matcher]) -> str | None:
    """A value that all matchers of one label accept; a word that people know where several would do."""
    made = [example(value) if op == "=~" else value for _, op, value in matchers if op in ("=", "=~")]
    words = ("200", "other") if any(c.isdigit() for _, _, value in matchers for c in value) else ("other",)
    accepts: Callable[[str], bool] = lambda value: all(_holds(matcher, value) for matcher in matchers)  # noqa: E731
    return next((value for value in (*made, *words, "") if value is not None and accepts(value)), None)
