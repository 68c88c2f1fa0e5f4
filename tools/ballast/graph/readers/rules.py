"""Alerts and recordings of the rule files, and the metrics that they read."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import RULES, AlertingRule, rule_file
from ballast.alerts.query import Node as Part
from ballast.graph.builder import Builder, reader
from ballast.repo import Position


@reader("rules", reads=RULES)
def rules(builder: Builder) -> None:
    """An alert that fires as a page and as a ticket is one node."""
    for file in builder.tree.match(*RULES):
        for rule in rule_file(file).rules:
            at = rule.position("alert" if isinstance(rule, AlertingRule) else "record")
            node = _alert(builder, rule, at) if isinstance(rule, AlertingRule) else builder.record(rule.name, rule.labels, at)
            if not rule.query.root:
                continue
            expr = None
            for selector, past in selectors(rule.query.root):
                expr = expr or rule.position("expr")
                builder.read(node, selector.name, selector.matchers, expr, past=past)


def _alert(builder: Builder, rule: AlertingRule, at: Position) -> str:
    labels = rule.labels
    facts = {key: labels.get(key, "") for key in ("severity", "tier", "owner", "service")}
    node = builder.node("alert", rule.name, at, source="rules", **facts)
    slo = labels.get("slo", "")
    if slo and "/" not in slo:
        slo = f"{labels.get('service', '')}/{slo}"
    builder.link(f"slo:{slo}" if slo else f"service:{labels.get('service', '')}", "is watched by", node, at)
    for key, verb in (("runbook_url", "is handled by"), ("dashboard_url", "is shown on")):
        if rule.annotations.get(key):
            builder.url(node, verb, rule.annotations[key], rule.position("annotations", key))
    return node


def selectors(part: Part, past: bool = False) -> Iterator[tuple[Part, bool]]:
    """Every selector, and whether it (or a subquery around it) looks at older samples only, or at a range of them."""
    past = past or part.offset > 0 or part.range > 0
    if part.kind == "selector":
        yield part, past
    for child in part.children:
        yield from selectors(child, past)
