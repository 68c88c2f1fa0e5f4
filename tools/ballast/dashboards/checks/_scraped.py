"""What the rules on `job` and `instance` share: queries of scraped series, their variables, their matchers."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue, Panel, Target
from ballast.dashboards.promql import Selector, facts

# What a query about alerts or recorded series reads has no job of its own.
STATE = {"ALERTS", "ALERTS_FOR_STATE", ""}


def scraped(dashboard: Dashboard) -> Iterator[tuple[Panel, Target, list[Selector]]]:
    """Each PromQL query with its selectors of scraped series."""
    for panel, target in dashboard.targets("promql"):
        yield panel, target, [s for s in facts(target.expr).selectors if s.name not in STATE and ":" not in s.name]


def template(dashboard: Dashboard, label: str) -> Iterator[Issue]:
    """What is wrong with the variable for a label that every scraped series carries."""
    if dashboard.form == "library" or not any(selectors for _, _, selectors in scraped(dashboard)):
        return
    variable = dashboard.variable(label)
    if variable is None:
        mend = f"add a query variable {label}: label_values(METRIC, {label}), multi, refreshed on time range change"
        yield Issue(f"there is no variable `{label}`", dashboard.at("variables"), mend)
        return
    if variable.type != "query":
        message = f"the variable `{label}` is of type {variable.type or 'nothing'} and not query"
        yield Issue(message, (*variable.path, "type"), f"ask for its values: label_values(METRIC, {label})")
        return
    if variable.label.lower() != label:
        message = f"the variable `{label}` is labelled {variable.label!r}"
        yield Issue(message, (*variable.path, "label"), f'write "label": "{label.capitalize()}"')
    if not variable.multi:
        yield Issue(f"the variable `{label}` takes one value only", (*variable.path, "multi"), 'write "multi": true')


def matcher(dashboard: Dashboard, label: str) -> Iterator[Issue]:
    """Selectors of scraped series that do not select by the label, one issue a query."""
    for panel, target, selectors in scraped(dashboard):
        without = [s for s in selectors if s.value(label) is None]
        if without:
            name = without[0].name
            mend = f'add {label}=~"${label}" to its braces'
            message = f"query {target.ref or target.number}: {name} is not selected by {label}"
            at = max(target.expr.find(name), 0)
            yield Issue(message, target.expr_path, mend, panel=panel, target=target, offset=at, width=len(name))
