"""A rate over a window that holds too few samples, or of something that is no counter.

`rate` needs two samples. Over a window of less than four scrape intervals one failed scrape leaves it without a result, and
an alert without a result is a silent one. `rate(sum(…))` sees counter resets as growth, and `rate` of a gauge or of a
recorded rate says nothing. The interval stands in `alerts/lint.yaml` under `scrape_interval`.

Mend: a window of four intervals or more; `sum(rate(…))`.

    - expr: rate(errors_total[30s]) > 1
    + expr: rate(errors_total[2m]) > 1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, duration, lint_config
from ballast.alerts.model import Rule
from ballast.alerts.query import Node
from ballast.findings import Finding, Severity, Tree, check

COUNTERS = {"rate", "irate", "increase"}
TIMES = 4
GAUGE = re.compile(r".*(?:_bytes|_celsius|_ratio|_timestamp_seconds|_info)|.*:(?:ratio|rate\w*|avg\w*|sum)")


@check("promql/rate-window", on=Rule, severity=Severity.WARNING, also=(LINT,))
def promql_rate_window(rule: Rule, tree: Tree) -> Iterator[Finding]:
    """Every `rate`, `irate` and `increase`."""
    written = lint_config(tree).scrape_interval
    least = TIMES * (duration(written) or 0.0)
    for node in rule.query.nodes:
        if node.kind != "call" or node.name not in COUNTERS or not node.children:
            continue
        inner = node.children[0]
        if 0 < inner.range < least:
            message = f"`{node.name}` over {inner.range:g}s holds fewer than {TIMES} scrapes of {written}"
            yield rule.in_query(inner.extent if _placed(rule, inner) else node, message, mend=f"write [{least:g}s] or more")
        yield from _kind(rule, node, inner)


def _kind(rule: Rule, node: Node, inner: Node) -> Iterator[Finding]:
    if inner.kind == "subquery" and inner.children[0].kind == "aggregate":
        name = inner.children[0].name
        if name in ("sum", "count", "avg", "min", "max"):
            message = f"`{node.name}` of a `{name}`: it takes the restart of one target for growth or decline of all"
            yield rule.in_query(node, message, mend=f"write {name}({node.name}(…))")
    elif inner.kind == "selector" and GAUGE.fullmatch(inner.name):
        message = f"`{node.name}` of `{inner.name}`, which by its name is no counter"
        yield rule.in_query(inner, message, mend="use deriv() or delta() of a gauge", severity=Severity.NOTE)


def _placed(rule: Rule, node: Node) -> bool:
    rule.query.locate()
    return node.extent != (0, 0)
