"""Which labels the series of a query can have, and which are there in any case.

Rules of Prometheus' vector matching: https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ballast.alerts.query import ARITHMETIC, COMPARISONS, Node

PICKERS = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))
NAMELESS = frozenset(("vector", "time", "scalar", "pi"))
KEEPS_NAME = frozenset(
    ("last_over_time", "first_over_time", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "info")
)
NAME = "__name__"


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of series that a query returns: an `or` returns those of either side.

    `only`: no other labels than these (None: any). `gone`: never these. `sure`: always these. `why`: the node that took labels
    away. `origin`: what the series come from. `constant`: their value, where it does not depend on data.
    """

    origin: Node
    only: frozenset[str] | None = None
    gone: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()
    why: Node | None = None
    constant: float | None = None
    scalar: bool = False

    def can(self, label: str) -> bool:
        """Whether the series can have the label."""
        return label not in self.gone and (self.only is None or label in self.only)

    def kept(self, labels: frozenset[str], why: Node) -> Series:
        """With these labels only."""
        possible = frozenset(label for label in labels if self.can(label))
        return replace(self, only=possible, gone=frozenset(), sure=self.sure & possible, why=why)

    def without(self, labels: frozenset[str], why: Node) -> Series:
        """Without these labels."""
        only = self.only - labels if self.only is not None else None
        return replace(
            self, only=only, gone=self.gone | labels, sure=self.sure - labels, why=why if labels - {NAME} else self.why or why
        )

    def plus(self, labels: frozenset[str]) -> Series:
        """With these labels besides."""
        only = self.only | labels if self.only is not None else None
        return replace(self, only=only, gone=self.gone - labels)


def reason(series: Series) -> str:
    """Why the series lack labels, in words; "" where nothing took any."""
    node = series.why
    if node is None:
        return ""
    labels = ", ".join(node.labels)
    match node.kind:
        case "aggregate" if node.grouping == "by" and labels:
            return f"`{node.name} by ({labels})` keeps only those labels"
        case "aggregate" if node.grouping == "without":
            return f"`{node.name} without ({labels})` removes them"
        case "aggregate":
            return f"`{node.name}` without `by` removes all labels"
        case "call" if node.name.startswith("absent"):
            return f"`{node.name}` returns only labels that its selector fixes with `=`"
        case "call" if node.name in NAMELESS:
            return f"`{node.name}()` has no labels"
        case "number":
            return "a number has no labels"
        case "binary" if node.grouping:
            return f"`{node.name} {node.grouping} ({labels})` leaves only the labels that it matches"
        case "binary" | "call":
            return f"`{node.name}` removes the metric's name"
        case "selector":
            return "the selector asks for series without it"
    return ""


def series_of(node: Node) -> list[Series]:
    """The kinds of series that a node returns; worked out once."""
    if node.series is None:
        node.series = _series(node)
    found: list[Series] = node.series
    return found


def _series(node: Node) -> list[Series]:
    match node.kind:
        case "selector":
            sure = frozenset(m.name for m in node.matchers if m.op == "=" and m.value)
            gone = frozenset(m.name for m in node.matchers if m.op == "=" and not m.value)
            return [Series(node, gone=gone, sure=sure, why=node if gone else None)]
        case "number":
            return [Series(node, frozenset(), why=node, constant=node.value, scalar=True)]
        case "aggregate":
            return [_aggregated(node, one) for one in series_of(node.children[-1])]
        case "call":
            return _called(node)
        case "binary":
            return _combined(node)
        case "subquery":
            return series_of(node.children[0])
        case "minus":
            return [replace(s, constant=None if s.constant is None else -s.constant) for s in series_of(node.children[0])]
    return []


def _aggregated(node: Node, one: Series) -> Series:
    if node.name in PICKERS:
        return one
    constant = one.constant if node.name in ("sum", "avg", "min", "max") else 1.0 if node.name == "group" else None
    constant = None if one.constant is None else constant
    one = replace(one, constant=constant, scalar=False)
    if node.grouping == "without":
        one = one.without(frozenset((*node.labels, NAME)), node)
    else:
        one = one.kept(frozenset(node.labels), node)
    if node.name == "count_values" and node.children[0].kind == "text":
        one = one.plus(frozenset((node.children[0].name,)))
    return one


def _called(node: Node) -> list[Series]:
    vectors = [child for child in node.children if child.kind != "text"]
    if node.name.startswith("absent"):
        selector = next((n for n in node.walk() if n.kind == "selector"), None)
        fixed = frozenset(m.name for m in selector.matchers if m.op == "=" and m.value) if selector else frozenset()
        return [Series(node, fixed, sure=fixed, why=node, constant=1.0)]
    if node.name in NAMELESS:
        value = vectors[0].value if node.name == "vector" and vectors and vectors[0].kind == "number" else None
        return [Series(node, frozenset(), why=node, constant=value, scalar=node.name != "vector")]
    inner = next((child for child in vectors if child.kind != "number"), None)
    if inner is None:
        return [Series(node, frozenset(), why=node)]
    found = [replace(s, constant=None, scalar=False) for s in series_of(inner)]
    if node.name in ("label_replace", "label_join") and len(node.children) > 1 and node.children[1].kind == "text":
        return [s.plus(frozenset((node.children[1].name,))) for s in found]
    if node.name == "histogram_quantile":
        return [s.without(frozenset(("le", NAME)), node) for s in found]
    return found if node.name in KEEPS_NAME else [s.without(frozenset((NAME,)), node) for s in found]


def _combined(node: Node) -> list[Series]:
    left, right = (series_of(child) for child in node.children)
    if node.name == "or":
        return left + right
    if node.name in ("and", "unless"):
        return [replace(s, constant=None) for s in left]
    if is_scalar(left) or is_scalar(right):
        vector, other = (right, left) if is_scalar(left) else (left, right)
        return [replace(_valued(node, s, other), scalar=is_scalar(left) and is_scalar(right)) for s in vector]
    many, one = (right, left) if node.group == "group_right" else (left, right)
    found = []
    for series in many:
        if node.name in ARITHMETIC or node.bool:
            series = series.without(frozenset((NAME,)), node)
        if not node.group and node.grouping == "on":
            series = series.kept(frozenset(node.labels), node)
        elif not node.group and node.grouping == "ignoring":
            series = series.without(frozenset(node.labels), node)
        elif node.include:
            series = series.plus(frozenset(label for label in node.include if any(s.can(label) for s in one)))
        found.append(_valued(node, series, right if many is left else left))
    return found


def _valued(node: Node, series: Series, other: list[Series]) -> Series:
    """Constants survive a comparison that filters, and nothing else."""
    filters = node.name in COMPARISONS and not node.bool
    return series if filters else replace(series, constant=None)


def is_scalar(series: list[Series]) -> bool:
    """Whether they are one number and no vector."""
    return len(series) == 1 and series[0].scalar
