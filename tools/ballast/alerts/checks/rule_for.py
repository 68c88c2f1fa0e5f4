"""A `for` or `keep_firing_for` is shorter or longer than this repository allows.

What is asked stands in `alerts/lint.yaml` under `pending`: `key`, `min`, `max`. An alert without the key has zero.

Mend: a duration between the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, SEVERITY, duration, lint_config
from ballast.alerts.model import AlertingRule
from ballast.findings import Finding, Tree, check


@check("rule/for", on=AlertingRule, also=(LINT,))
def rule_for(rule: AlertingRule, tree: Tree) -> Iterator[Finding]:
    """Compare with the bounds."""
    for asked in lint_config(tree).pending:
        written = rule.pending if asked.key == "for" else rule.keep
        length = duration(written) if written else 0.0
        if length is None:
            continue
        at: str | tuple[str, ...] = asked.key if written else ()
        said = f"`{asked.key}: {written}`" if written else f"without `{asked.key}`, which"
        if asked.min and length < (duration(asked.min) or 0):
            yield rule.finding(
                f"{said} is below {asked.min}", at=at, mend=f"write {asked.min}", severity=SEVERITY[asked.severity]
            )
        if asked.max and length > (duration(asked.max) or 0):
            yield rule.finding(
                f"{said} is above {asked.max}", at=at, mend=f"write {asked.max}", severity=SEVERITY[asked.severity]
            )
