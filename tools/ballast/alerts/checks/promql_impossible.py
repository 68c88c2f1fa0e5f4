"""A part of a query that can never match or never return anything.

- `on (cluster)` or `by (cluster)` where the series have no such label any more: an aggregation below it took it away.
- Two sides that never match, because one always has a label that the other cannot have.
- A comparison of constants: `vector(0) > 5`.
- `group_left (team)` on the right of an `and` or `unless`, which keep only the labels of their left.

Such an alert never fires, and looks as if all were well.

Mend: keep the label in the aggregation below, match `on ()` the labels that both have, or remove the dead part.

    - expr: up{job="api"} unless sum(maintenance) > 0
    + expr: up{job="api"} == 0 unless on () sum(maintenance) > 0
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import Rule
from ballast.alerts.query import COMPARISONS, SETS, Node
from ballast.alerts.series import Series, is_scalar, reason, series_of
from ballast.findings import Finding, Severity, check

_TRUE = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


@check("promql/impossible", on=Rule, severity=Severity.WARNING)
def promql_impossible(rule: Rule) -> Iterator[Finding]:
    """Follow labels and constants from the selectors up."""
    seen: set[tuple[int, int, str]] = set()
    for node in rule.query.nodes:
        for label, message in _of(node):
            span = rule.query.label_span(node, label) if label else rule.query.span(node)
            if (*span, message) not in seen:
                seen.add((*span, message))
                yield rule.in_query(span, message)


def _of(node: Node) -> Iterator[tuple[str, str]]:
    if node.kind == "aggregate" and node.grouping == "by":
        for label in node.labels:
            dead = next((s for s in series_of(node.children[-1]) if not s.can(label)), None)
            if dead:
                yield label, f"`by ({label})`: series below have no `{label}`{_because(dead)}"
    elif node.kind == "binary":
        yield from _compared(node)
        yield from _matched(node)
        if node.name in ("and", "unless"):
            yield from _lost(node)


def _compared(node: Node) -> Iterator[tuple[str, str]]:
    if node.name not in COMPARISONS:
        return
    left, right = (series_of(child) for child in node.children)
    for one in left:
        for other in right:
            if one.constant is None or other.constant is None:
                continue
            true = _TRUE[node.name](one.constant, other.constant)
            said = f"`{one.constant:g} {node.name} {other.constant:g}`"
            if node.bool:
                yield "", f"{said} is always {int(true)}"
            elif not true:
                yield "", f"{said} is never true: this part returns nothing"


def _matched(node: Node) -> Iterator[tuple[str, str]]:
    """Two sides that cannot match."""
    left, right = (series_of(child) for child in node.children)
    if node.name == "or" or is_scalar(left) or is_scalar(right):
        return
    if node.grouping == "on":
        for label in node.labels:
            for side, series in (("left", left), ("right", right)):
                dead = next((s for s in series if not s.can(label)), None)
                if dead:
                    yield label, f"`on ({label})`: the {side} side has no `{label}`{_because(dead)}"
        return
    ignored = {"__name__", *(node.labels if node.grouping == "ignoring" else ())}
    for side, series, others in (("right", right, left), ("left", left, right)):
        for one in series:
            label = next((x for other in others for x in sorted(other.sure) if x not in ignored and not one.can(x)), "")
            if label and not any(_fits(one, other, ignored) for other in others):
                yield (
                    "",
                    f"the two sides never match: the {side} side has no `{label}`{_because(one)}, and the other always has",
                )
                return


def _fits(one: Series, other: Series, ignored: set[str]) -> bool:
    return all(one.can(label) for label in other.sure - ignored) and all(other.can(label) for label in one.sure - ignored)


def _lost(node: Node) -> Iterator[tuple[str, str]]:
    inner = node.children[1]
    while inner.kind == "binary" and not inner.include and inner.name not in SETS and inner.children[1].kind == "number":
        inner = inner.children[0]
    labels = [label for label in inner.include if label not in node.labels] if inner.kind == "binary" else []
    if labels:
        yield (
            "",
            f"`{inner.group} ({', '.join(labels)})` on the right of `{node.name}` adds labels that `{node.name}` drops again",
        )


def _because(series: Series) -> str:
    why = reason(series)
    return f" ({why})" if why else ""
