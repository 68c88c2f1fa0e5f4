"""A `for` or `keep_firing_for` that does nothing, or not what it seems to.

Zero is what there is without it. A `for` shorter than the group's interval waits for the next evaluation anyway, so the alert
fires a whole interval late and reads as if it were quicker.

Mend: remove it, or make it a multiple of the interval.

    - for: 0s
    + for: 5m
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, duration, lint_config
from ballast.alerts.model import AlertingRule
from ballast.findings import Finding, Severity, Tree, check


@check("alerts/for", on=AlertingRule, severity=Severity.WARNING, also=(LINT,))
def alerts_for(rule: AlertingRule, tree: Tree) -> Iterator[Finding]:
    """Compare with zero and with the interval."""
    every = rule.interval or lint_config(tree).evaluation_interval
    seconds = duration(every) or 0.0
    for key, written in (("for", rule.pending), ("keep_firing_for", rule.keep)):
        length = duration(written) if written else None
        if length is None:
            continue
        if length == 0:
            yield rule.finding(f"`{key}: {written}` is what there is without it", at=key, mend="remove it")
        elif key == "for" and length < seconds:
            message = f"`for: {written}` is shorter than the interval of its evaluations, {every}: it takes {every}"
            yield rule.finding(message, at=key, mend=f"write {every} or more, or remove it")
