"""An alert that flaps or fires by accident because of how its query picks or divides.

`topk` and its like return other series from one evaluation to the next: each is another alert, so alerts resolve and fire for
nothing. And a ratio of two aggregations over different metrics is wrong for the first scrape interval after Prometheus starts,
when one side has more of its targets than the other.

Mend: aggregate over what `topk` returns, or drop it; give a ratio a `for` of a scrape interval or more.

    - expr: topk(10, queue_length > 100)
    + expr: queue_length > 100
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import duration
from ballast.alerts.model import AlertingRule
from ballast.alerts.query import ARITHMETIC, COMPARISONS, Node
from ballast.alerts.series import PICKERS, series_of
from ballast.findings import Finding, Severity, check


@check("promql/fragile", on=AlertingRule, severity=Severity.WARNING)
def promql_fragile(rule: AlertingRule) -> Iterator[Finding]:
    """Follow what the alert's series come from."""
    root = rule.query.root
    if root is None:
        return
    for node in _pickers(root):
        if any(series.only is None or series.only for series in series_of(node)):
            yield rule.in_query(node, f"`{node.name}` picks other series each time, so alerts resolve and fire for nothing")
    if not duration(rule.pending) and any(node.kind == "binary" and node.name in COMPARISONS for node in rule.query.nodes):
        for node in rule.query.nodes:
            if _is_ratio(node):
                message = f"`{node.name}` of two aggregations over different series is wrong while Prometheus starts"
                yield rule.in_query(node, message, mend="add `for:` with a scrape interval or more, such as 2m")


def _pickers(node: Node) -> Iterator[Node]:
    """Nodes that pick the series which become alerts."""
    if node.kind == "aggregate":
        if node.name in PICKERS:
            yield node
        return
    children = node.children
    if node.kind == "binary":
        if node.name in ("and", "unless") or node.group == "group_left":
            children = children[:1]
        elif node.group == "group_right":
            children = children[1:]
    elif node.kind == "call" and node.name.startswith("absent"):
        return
    for child in children:
        yield from _pickers(child)


def _is_ratio(node: Node) -> bool:
    if node.kind != "binary" or node.name not in ARITHMETIC:
        return False
    left, right = (_aggregated(child) for child in node.children)
    return bool(left and right) and not left & right


def _aggregated(node: Node) -> set[tuple[object, ...]]:
    """The series that are aggregated at the top of a node; none where it is not an aggregation."""
    if node.kind != "aggregate" or node.name not in ("sum", "count", "avg", "quantile", "stddev", "stdvar"):
        return set()
    return {(n.name, n.offset, tuple(m for m in n.matchers if m.name == "job")) for n in node.walk() if n.kind == "selector"}
