"""A selector does not fix a label that it must.

What is asked stands in `alerts/lint.yaml` under `selectors`: for metrics like `metric`, inside functions like `call` where that
is given, the `labels` that every selector must have a matcher for.

Mend: add a matcher.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, SEVERITY, applies, lint_config, whole_match
from ballast.alerts.model import Rule
from ballast.alerts.query import Node
from ballast.findings import Finding, Tree, check


@check("promql/selector", on=Rule, also=(LINT,))
def promql_selector(rule: Rule, tree: Tree) -> Iterator[Finding]:
    """Every selector, against each demand."""
    for asked in lint_config(tree).selectors:
        if not applies(asked.on, rule) or rule.query.root is None:
            continue
        for selector in _within(rule.query.root, asked.call):
            missing = [label for label in asked.labels if not any(m.name == label for m in selector.matchers)]
            if missing and whole_match(asked.metric).match(selector.name):
                message = f"`{selector.name}` is selected without `{'`, `'.join(missing)}`"
                yield rule.in_query(selector, message, mend=asked.comment, severity=SEVERITY[asked.severity])


def _within(node: Node, call: str) -> Iterator[Node]:
    """Selectors, or those inside functions like `call`."""
    if not call:
        yield from (n for n in node.walk() if n.kind == "selector")
        return
    for found in node.walk():
        if found.kind == "call" and whole_match(call).match(found.name):
            yield from (n for n in found.walk() if n.kind == "selector")
