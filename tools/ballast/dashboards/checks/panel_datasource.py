"""A panel asks one data source of one Grafana.

On any other Grafana the panel is empty, and the choice at the top of the dashboard has no effect on it.

Mend: use the variable (`ballast dashboards fix` does where there is one of the same type).

    - "datasource": {"type": "prometheus", "uid": "PBFA97CFB590B2093"}
    + "datasource": {"type": "prometheus", "uid": "${datasource}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Datasource, Edit, Issue
from ballast.dashboards.rule import check
from ballast.dashboards.spans import Path


@check("dashboards/panel-datasource")
def panel_datasource(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at the data source of each panel that asks something, and of each query that has its own."""
    variables = {variable.name: variable.query for variable in dashboard.of_type("datasource")}
    if dashboard.form == "library":
        return
    inputs = {item.get("name") for item in dashboard.data.get("__inputs") or [] if isinstance(item, dict)}
    for panel in dashboard.panels:
        if not panel.targets or not panel.found:
            continue
        seen: set[Path] = set()
        own = [(target.datasource, target.datasource_path, target) for target in panel.targets]
        first = [(panel.datasource, panel.datasource_path, None)] if panel.datasource.written else []
        for source, path, target in (*first, *own):
            if path in seen or source.internal or source.variable in variables or source.variable in inputs:
                continue
            seen.add(path)
            yield Issue(
                f"asks the data source {source.uid!r} and not a variable"
                if source.uid
                else "asks Grafana's default data source",
                path,
                "write ${" + (_fitting(source, variables) or "datasource") + "}",
                panel=panel,
                target=target,
                edits=_edits(dashboard, source, path, variables),
            )


def _fitting(source: Datasource, variables: dict[str, str]) -> str:
    """The one variable that stands for the same type of data source."""
    names = [name for name, kind in variables.items() if kind == source.type]
    return names[0] if len(names) == 1 else ""


def _edits(dashboard: Dashboard, source: Datasource, path: Path, variables: dict[str, str]) -> tuple[Edit, ...]:
    name = _fitting(source, variables)
    if not name or not source.uid:
        return ()
    key = "name" if dashboard.form == "v2" and path[-2] == "query" else "uid"
    return (Edit(path, "${" + name + "}", key=key),)
