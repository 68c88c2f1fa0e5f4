"""A dashboard has no variable for its data source, or one that is not named as everywhere else.

Without it the dashboard works on one Grafana only. Links between dashboards carry the variable by its name, so the name must
be the same everywhere: `datasource` where there is one, else `prometheus_datasource`, `loki_datasource` and so on.

Mend: add a variable of type `datasource`, or rename it (`ballast dashboards fix` sets the label).

    - "templating": {"list": []}
    + "templating": {"list": [{"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Edit, Issue
from ballast.dashboards.rule import check


@check("dashboards/template-datasource")
def template_datasource(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at the variables of that type."""
    if dashboard.form == "library" or not any(dashboard.targets()):
        return
    found = dashboard.of_type("datasource")
    if not found:
        mend = "add a variable named datasource of type datasource, and use ${datasource} in every panel"
        yield Issue("the dashboard has no variable for its data source", dashboard.at("variables"), mend)
    for variable in found:
        names = {f"{variable.query.lower()}_datasource": f"{variable.query.capitalize()} data source"}
        if len(found) == 1:
            names["datasource"] = "Data source"
        if variable.name not in names:
            expected = " or ".join(sorted(names))
            message = f"the data source variable is named {variable.name!r} and not {expected}"
            yield Issue(message, (*variable.path, "name"), f"rename it to {expected} here and in every panel")
        elif variable.label.lower() != names[variable.name].lower():
            label = names[variable.name]
            message = f"the data source variable is labelled {variable.label!r} and not {label!r}"
            edit = Edit(variable.path, label, key="label")
            yield Issue(message, (*variable.path, "label"), f'write "label": "{label}"', edits=(edit,))
