"""A dashboard has no variable for its data source, or one that is not named as everywhere else.

Without it the dashboard works on one Grafana only. Links between dashboards carry the variable by its name, so the name must
be the same everywhere: `datasource` for the only one, or for Prometheus; `loki_datasource` or `loki` for others.

Mend: add a variable of type `datasource`, or rename it; `ballast dashboards fix` adds a label where there is none.

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
        kind = variable.query.lower()
        names = {f"{kind}_datasource", kind} | ({"datasource"} if len(found) == 1 or kind == "prometheus" else set())
        if variable.name not in names:
            expected = " or ".join(sorted(names, key=lambda name: (-len(name), name)))
            message = f"the data source variable is named {variable.name!r} and not {expected}"
            yield Issue(message, (*variable.path, "name"), f"rename it to {expected} here and in every panel")
        elif not variable.label.strip():
            label = "Data source" if variable.name == "datasource" else f"{variable.query.capitalize()} data source"
            message = f"the data source variable {variable.name!r} has no label"
            edit = Edit(variable.path, label, key="label")
            yield Issue(message, (*variable.path, "label"), f'write "label": "{label}"', edits=(edit,))
