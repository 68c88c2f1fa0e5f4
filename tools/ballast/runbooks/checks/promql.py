"""A query in a runbook is not PromQL.

Code blocks that begin with three backticks and `promql` are pasted into Prometheus by somebody in a hurry.

Mend: the query; try it with `promtool query instant`.

    - ```promql
    - sum(rate(http_requests_total[5m])
    - ```
    + ```promql
    + sum(rate(http_requests_total[5m]))
    + ```
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

import promql_parser

from ballast.findings import Finding, check
from ballast.runbooks.page import Runbook


@check("runbooks/promql", on=Runbook)
def queries(page: Runbook) -> Iterator[Finding]:
    """Parse each block; blocks are separated into queries by empty lines."""
    for block in page.blocks:
        line = block.line
        for query in block.text.split("\n\n") if block.language == "promql" else []:
            try:
                promql_parser.parse(dedent(query))
            except ValueError as error:
                yield page.source.finding(f"not PromQL: {' '.join(str(error).split())}", line=line)
            line += query.count("\n") + 2
