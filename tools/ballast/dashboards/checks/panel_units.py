"""A panel's numbers have no unit, or one that Grafana does not know.

0.25 may be a quarter of a second, or a quarter of all requests. Without a unit each reader guesses.

Mend: set `unit`. `none` says that there is none; `suffix:…` and `prefix:…` make one of your own.

    - "unit": "seconds"
    + "unit": "s"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Edit, Issue, Panel, mapping, text
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check
from ballast.dashboards.units import NATURAL, known

NUMBERS = {
    "stat",
    "singlestat",
    "graph",
    "table",
    "table-old",
    "timeseries",
    "gauge",
    "bargauge",
    "barchart",
    "trend",
    "heatmap",
}


@check("dashboards/panel-units")
def panel_units(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at panels that show numbers, and at the units of overrides."""
    for panel in dashboard.panels:
        if panel.type not in NUMBERS or not panel.found or not panel.targets:
            continue
        if panel.type.startswith("table") and not any(target.language == "promql" for target in panel.targets):
            continue  # of logs, traces, or rows of a database
        unit, path = panel.unit
        given = [(value, at) for at, id_, value in panel.overrides() if id_ == "unit"]
        if panel.type == "heatmap" and not unit:
            unit = text(mapping(panel.options.get("yAxis")).get("unit"))
            path = (*panel.config_path, "options", "yAxis", "unit")
        if not unit and not given and not _texts(panel):
            natural = guess(panel)
            mend = f'write "unit": "{natural}"' if natural else 'set `unit`; "none" says that there is none'
            where = (*panel.config_path, "fieldConfig", "defaults")
            held = "defaults" in mapping(panel.config.get("fieldConfig"))
            edits = (Edit(where, natural, key="unit"),) if natural and held else ()
            yield Issue("its numbers have no unit", where, mend, panel=panel, edits=edits)
        for value, at in ((unit, path), *given):
            if value and not (isinstance(value, str) and known(value)):
                yield Issue(f"{value!r} is no unit that Grafana knows", at, "s, bytes, percentunit, reqps, …", panel=panel)


def guess(panel: Panel) -> str:
    """The unit that all queries of a panel agree on, by the names of their metrics; "" where they do not."""
    found = {facts(target.expr).unit if target.language == "promql" else "" for target in panel.targets if target.expr}
    return NATURAL.get(found.pop(), "") if len(found) == 1 else ""


def _texts(panel: Panel) -> bool:
    """Whether its values are shown as texts: each through a mapping, or as names."""
    mappings = panel.defaults.get("mappings")
    return bool(isinstance(mappings, list) and mappings) or panel.options.get("textMode") == "name"
