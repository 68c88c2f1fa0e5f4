"""A query in a runbook is not PromQL, or asks for a metric that nothing exposes.

Blocks of the kind `promql` are pasted into Prometheus by somebody in a hurry. A metric that was renamed gives no answer, which
looks like good news. Known are the metrics of the rules in `alerts/`, and those that rehearsals have samples of
(`runbooks/rehearsal.yaml`).

Mend: the query; for a metric that exists, a series of it in `runbooks/rehearsal.yaml`, so that the step can be rehearsed.

    - ```promql
    - sum(rate(http_requests_total[5m])
    - ```
    + ```promql
    + sum(rate(http_requests_total[5m]))
    + ```
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from textwrap import dedent

import promql_parser

from ballast.alerts import AlertingRule
from ballast.alerts.model import RULES, promql, rule_file
from ballast.findings import Finding, Severity, Tree, check
from ballast.runbooks.page import Block, Runbook
from ballast.runbooks.rehearsal.series import REHEARSAL, read_series

OWN = {"ALERTS", "ALERTS_FOR_STATE", "up"}
"""What every Prometheus has."""


@check("runbooks/promql", on=Runbook, also=(*RULES, REHEARSAL))
def queries(page: Runbook, tree: Tree) -> Iterator[Finding]:
    """Parse each block; blocks are separated into queries by empty lines. Then look its metrics up."""
    for block in page.blocks:
        if block.language == "promql" and not page.archived:
            yield from _block(page, block, _metrics(tree))


def _block(page: Runbook, block: Block, known: set[str]) -> Iterator[Finding]:
    line = block.line
    for query in block.text.split("\n\n"):
        try:
            promql_parser.parse(dedent(query))
        except ValueError as error:
            yield page.source.finding(f"not PromQL: {' '.join(str(error).split())}", line=line)
        for name in sorted({promql.name_of(selector) for selector in promql.selectors(dedent(query))} - {""}):
            if known and name not in known:
                near = get_close_matches(name, known, 1, 0.8)
                mend = f"did you mean {near[0]}?" if near else f"mend it, or give it samples in {REHEARSAL}"
                text = f"no rule and no rehearsal knows the metric {name}"
                yield page.source.finding(text, line=line, mend=mend, severity=Severity.WARNING)
        line += query.count("\n") + 2


_KNOWN: dict[tuple[str, ...], set[str]] = {}


def _metrics(tree: Tree) -> set[str]:
    """Names of all metrics that are known; none where there is no `runbooks/rehearsal.yaml` to know them from."""
    if REHEARSAL not in tree:
        return set()
    files = tree.match(*RULES, REHEARSAL)
    key = tuple(file.digest for file in files)
    if key not in _KNOWN:
        _KNOWN.clear()
        found = set(OWN) | read_series(tree[REHEARSAL]).metrics
        for file in tree.match(*RULES):
            for rule in rule_file(file).rules:
                found |= {promql.name_of(selector) for selector in promql.selectors(rule.expr)}
                found |= set() if isinstance(rule, AlertingRule) else {rule.name}
        _KNOWN[key] = found
    return _KNOWN[key]
