"""A division inside an aggregation can make the whole sum NaN or infinite.

One series whose divisor is zero yields NaN (0/0, or anything modulo 0) or infinity, and `sum`, `avg`, `stddev` and `stdvar`
over it are NaN or infinite for all. Comparisons with NaN are false, so an alert stays silent. Recording rules are followed:
`sum(ratio)` is found where `ratio` is recorded as an unguarded division.

Mend: drop divisors that are zero, or add up before dividing.

    - expr: sum by (cluster) (errors / total) > 1
    + expr: sum by (cluster) (errors / (total > 0)) > 1
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import AlertingRule, RecordingRule, RuleSet
from ballast.alerts.query import Node, query
from ballast.findings import Finding, Severity, check

AGGREGATIONS = {"sum", "avg", "stddev", "stdvar"}


@check("promql/nan", on=RuleSet, severity=Severity.WARNING)
def promql_nan(rules: RuleSet) -> Iterator[Finding]:
    """Look below each such aggregation."""
    recorded = {rule.name: rule.expr for rule in rules.rules if isinstance(rule, RecordingRule)}
    unsafe: dict[str, bool] = {}
    for rule in rules.rules:
        yield from _in_rule(rule, recorded, unsafe)


def _in_rule(rule: AlertingRule | RecordingRule, recorded: dict[str, str], unsafe: dict[str, bool]) -> Iterator[Finding]:
    seen: set[int] = set()
    for node in rule.query.nodes:
        if node.kind != "aggregate" or node.name not in AGGREGATIONS:
            continue
        for divisor in _unsafe(node.children[-1]):
            if id(divisor) not in seen:
                seen.add(id(divisor))
                text = rule.query.text_of(divisor)
                message = f"one `{text}` of zero makes this `{node.name}` NaN or infinite for all its series"
                yield rule.in_query(divisor.extent, message, mend=f"divide by ({text} > 0)")
        for selector in (n for n in _values(node.children[-1]) if n.kind == "selector"):
            if _records_nan(selector.name, recorded, unsafe) and id(selector) not in seen:
                seen.add(id(selector))
                message = (
                    f"one NaN or infinity in `{selector.name}`, which is recorded as a division, makes this `{node.name}` one"
                )
                yield rule.in_query(selector, message, mend=f"guard the divisor in the rule that records {selector.name}")


def _records_nan(name: str, recorded: dict[str, str], unsafe: dict[str, bool]) -> bool:
    if name not in recorded:
        return False
    if name not in unsafe:
        unsafe[name] = False  # a rule that reads itself adds nothing of its own
        root = query(recorded[name]).root
        if root is not None:
            reads = [n.name for n in _values(root) if n.kind == "selector"]
            unsafe[name] = bool(list(_unsafe(root))) or any(_records_nan(other, recorded, unsafe) for other in reads)
    return unsafe[name]


def _values(node: Node) -> Iterator[Node]:
    """The nodes whose value goes into the result: not the divisors, nor the right of `and` and `unless`."""
    yield node
    match node.kind:
        case "binary" if node.name in ("and", "unless"):
            children = node.children[:1]
        case "binary" if _filters(node):
            children = []  # what passes is what compares, and NaN does not
        case "aggregate" if node.name not in AGGREGATIONS:
            children = []
        case "subquery" | "call":
            children = [child for child in node.children if child.kind not in ("text", "number")]
            children = [] if node.name.startswith(("absent", "count_over_time", "present_over_time")) else children
        case _:
            children = node.children
    for child in children:
        yield from _values(child)


def _filters(node: Node) -> bool:
    return node.name in ("<", "<=", "==") and not node.bool


def _unsafe(node: Node) -> Iterator[Node]:
    """Divisors below a node that can be zero."""
    for part in _values(node):
        if part.kind == "binary" and part.name in ("/", "%") and not never_zero(part.children[1]):
            yield part.children[1]


def never_zero(node: Node) -> bool:
    """Whether every sample of a node differs from zero."""
    match node.kind:
        case "number":
            return node.value != 0
        case "minus":
            return never_zero(node.children[0])
        case "aggregate" if node.name in ("count", "group", "count_values"):
            return True
        case "aggregate" if node.name in ("min", "max", "topk", "bottomk", "limitk", "limit_ratio"):
            return never_zero(node.children[-1])
        case "aggregate" if node.name in ("sum", "avg"):
            return _guard(node.children[-1]) is not None and _guard(node.children[-1]) != 0
        case "call":
            return _call_never_zero(node)
        case "binary":
            return _binary_never_zero(node)
    return False


def _binary_never_zero(node: Node) -> bool:
    left, right = node.children
    if node.name == "or":
        return never_zero(left) and never_zero(right)
    if node.name in ("and", "unless"):
        return never_zero(left)
    if node.name in ("*", "/"):
        return never_zero(left) and never_zero(right)
    return bool(_guard(node))


def _guard(node: Node) -> int | None:
    """The sign that a comparison guarantees (1, -1); 2: not zero; 0 or None: nothing."""
    if node.kind != "binary" or node.bool:
        return None
    left, right = node.children
    name, bound = node.name, right
    if left.kind == "number":
        name = {">": "<", "<": ">", ">=": "<=", "<=": ">="}.get(name, name)
        return 0  # `5 < x` returns fives where x is a scalar, and x otherwise: too rare to be clever about
    value = _number(bound)
    if value is None:
        return None
    if (name == ">" and value >= 0) or (name in (">=", "==") and value > 0):
        return 1
    if (name == "<" and value <= 0) or (name in ("<=", "==") and value < 0):
        return -1
    return 2 if name == "!=" and value == 0 else 0


def _call_never_zero(node: Node) -> bool:
    numbers = [_number(child) for child in node.children]
    match node.name:
        case "vector" | "scalar" | "abs" | "sgn":
            return never_zero(node.children[0])
        case "time" | "pi" | "timestamp":
            return True
        case "clamp_min":
            return numbers[1] is not None and numbers[1] > 0
        case "clamp_max":
            return numbers[1] is not None and numbers[1] < 0
        case "clamp":
            low, high = numbers[1], numbers[2]
            return (low is not None and low > 0) or (high is not None and high < 0)
    return False


def _number(node: Node) -> float | None:
    if node.kind == "minus":
        value = _number(node.children[0])
        return None if value is None else -value
    return node.value if node.kind == "number" else None
