"""An alert lacks a label by which it is routed.

Alertmanager finds receiver, team and urgency by labels. One that neither the rule sets nor the query can return sends the
alert to the default route, often because an aggregation without `by` took the label away. Which labels those are stands in
`alerts/lint.yaml` under `routing_labels`; without that file nothing is asked.

Mend: set the label on the rule, or keep it in the aggregation.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, lint_config
from ballast.alerts.model import AlertingRule
from ballast.alerts.series import reason, series_of
from ballast.findings import Finding, Tree, check


@check("alerts/labels", on=AlertingRule, also=(LINT,))
def alerts_labels(rule: AlertingRule, tree: Tree) -> Iterator[Finding]:
    """Set by the rule, or possible in every result."""
    wanted = [label for label in lint_config(tree).routing_labels if not rule.labels.get(label)]
    root = rule.query.root
    found = series_of(root) if wanted and root is not None else []
    for label in wanted:
        dead = next((series for series in found if not series.can(label)), None)
        if dead:
            why = dead.why
            mend = f"set `{label}` under `labels:`"
            if why is not None and why.kind == "aggregate":
                mend += f", or add it to `by (…)` of this `{why.name}`"
                yield rule.in_query(why, f"routed by `{label}`, which is lost here: {reason(dead)}", mend=mend)
            else:
                yield rule.finding(f"routed by `{label}`, which neither rule nor query gives it", mend=mend)
