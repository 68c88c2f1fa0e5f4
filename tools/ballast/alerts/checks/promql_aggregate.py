"""An aggregation drops a label that must be kept, or keeps one that must be dropped.

What is asked stands in `alerts/lint.yaml` under `aggregate`: for rules whose name is like `rule`, labels to `keep` and to
`strip`.

Mend: add the label to `by (…)`, or remove it there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, SEVERITY, lint_config, whole_match
from ballast.alerts.model import Rule
from ballast.alerts.query import Node
from ballast.alerts.series import Series, reason, series_of
from ballast.findings import Finding, Tree, check


@check("promql/aggregate", on=Rule, also=(LINT,))
def promql_aggregate(rule: Rule, tree: Tree) -> Iterator[Finding]:
    """Compare the labels of the results with what is asked; labels that the rule itself sets are there."""
    root = rule.query.root
    asked = [a for a in lint_config(tree).aggregate if whole_match(a.rule).match(rule.name)] if root else []
    found = series_of(root) if asked and root else []
    for wish in asked:
        severity = SEVERITY[wish.severity]
        for series in found:
            why = series.why
            if why is None or why.kind != "aggregate":
                continue
            for label in wish.keep:
                if label not in rule.labels and not series.can(label):
                    message = f"`{label}` must be kept, and {reason(series)}"
                    yield rule.in_query(_place(rule, why), message, mend=wish.comment, severity=severity)
            for label in wish.strip:
                if series.can(label):
                    message = f"`{label}` must be dropped, and this keeps it"
                    yield rule.in_query(_place(rule, why), message, mend=wish.comment, severity=severity)
        if found and wish.strip and not any(_aggregates(series) for series in found):
            for label in (label for label in wish.strip if any(series.can(label) for series in found)):
                message = f"`{label}` must be dropped, and nothing aggregates"
                yield rule.finding(message, at="expr", mend=wish.comment, severity=severity)


def _aggregates(series: Series) -> bool:
    return series.why is not None and series.why.kind == "aggregate"


def _place(rule: Rule, node: Node) -> Node | tuple[int, int]:
    return rule.query.label_span(node, node.grouping) if node.grouping and node.labels else node
