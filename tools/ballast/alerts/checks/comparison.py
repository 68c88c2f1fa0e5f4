"""An alert whose query always returns a result always fires.

A Prometheus alert fires for every sample its expression returns. Without a comparison
(`> 0.01`, `== 0`, `unless …`) that is every sample there is, so somebody is paged for ever.
A bare `vector(1)` is left alone: it is how a heartbeat is written.

Mend: compare with the value that makes it worth waking somebody.

    - expr: rate(http_errors_total[5m])
    + expr: rate(http_errors_total[5m]) > 0.01
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import AlertingRule, promql
from ballast.findings import Finding, Severity, check


@check("alerts/comparison", on=AlertingRule, severity=Severity.ERROR)
def comparison(rule: AlertingRule) -> Iterator[Finding]:
    """Ask the syntax tree."""
    if promql.always_returns(rule.expr):
        yield rule.finding("always fires: the query has no comparison", at="expr")
