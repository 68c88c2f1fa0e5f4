"""Alerts that exist by a written justification: each is looked at again on its review date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ballast.alerts.model import RULES, AlertingRule, rule_file
from ballast.findings import Due, Tree, due


@due("alerts/justification")
def justification(tree: Tree, today: date) -> Iterable[Due]:
    """The annotation `review_date` of every alerting rule."""
    for file in tree.match(*RULES):
        for rule in rule_file(file).rules:
            if isinstance(rule, AlertingRule) and (day := _day(rule.annotations.get("review_date", ""))):
                yield Due(
                    "alerts/justification",
                    rule.name,
                    day,
                    "the justification of an alert on a raw threshold is to be reviewed",
                    "decide whether anybody needs it: set a new date, or take the rule out",
                    file.path,
                    rule.position("annotations", "review_date").line,
                    rule.annotations.get("owner", rule.labels.get("owner", "")),
                )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
