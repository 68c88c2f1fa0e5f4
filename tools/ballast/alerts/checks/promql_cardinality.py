"""An aggregation keeps a label with very many values.

A recording rule `by (pod, path)` writes a series for each pair, for as long as the history is kept, and an alert on it sends
as many notifications. Which labels those are stands in `alerts/lint.yaml` under `many_valued`. A `group_left` join that copies
such a label counts as well.

Mend: leave the label out, or aggregate once more above.

    - record: path:errors:rate5m
    - expr: sum by (path) (rate(errors_total[5m]))
    + record: job:errors:rate5m
    + expr: sum by (job) (rate(errors_total[5m]))
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, lint_config
from ballast.alerts.model import RecordingRule
from ballast.alerts.query import Node
from ballast.findings import Finding, Severity, Tree, check


@check("promql/cardinality", on=RecordingRule, severity=Severity.NOTE, also=(LINT,))
def promql_cardinality(rule: RecordingRule, tree: Tree) -> Iterator[Finding]:
    """The labels that what is recorded keeps by name."""
    many = set(lint_config(tree).many_valued)
    for node in _outermost(rule.query.root):
        kept = node.labels if node.kind == "aggregate" and node.grouping == "by" else node.include
        for label in kept:
            if label in many:
                message = f"a series for every `{label}`, which has very many values"
                yield rule.in_query(rule.query.label_span(node, label), message, mend="leave it out, or aggregate once more")


def _outermost(node: Node | None) -> Iterator[Node]:
    """The aggregations and joins whose labels are those of the result."""
    if node is None:
        return
    if node.kind == "aggregate":
        yield node
        return
    if node.kind == "binary" and node.include:
        yield node
    children = node.children[:1] if node.kind == "binary" and node.name in ("and", "unless") else node.children
    for child in children:
        yield from _outermost(child)
