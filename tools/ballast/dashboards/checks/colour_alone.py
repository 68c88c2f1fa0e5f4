"""A state is told by its colour and by nothing else.

One man in twelve cannot tell red from green, nobody can in a black-and-white print, and a screen reader reads no colours
(WCAG 2.2, 1.4.1).

Mend: show the value or a text beside the colour; draw a line where a threshold is and not only an area.

    - "type": "stat", "options": {"textMode": "none"}
    + "type": "stat", "options": {"textMode": "value"}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.colours import coloured_by_threshold
from ballast.dashboards.model import Dashboard, Issue, Panel, listing, mapping, text
from ballast.dashboards.rule import check
from ballast.dashboards.spans import Path


@check("dashboards/colour-alone")
def colour_alone(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at what each panel shows beside its colours."""
    for panel in dashboard.panels:
        for message, path, mend in _silent(panel):
            yield Issue(message, path, mend, panel=panel)


def _silent(panel: Panel) -> Iterator[tuple[str, Path, str]]:
    options = (*panel.config_path, "options")
    if panel.type == "stat" and panel.options.get("textMode") in ("none", "name") and coloured_by_threshold(panel):
        yield "shows its state by colour alone", (*options, "textMode"), 'write "textMode": "value" or "value_and_name"'
    if panel.type in ("state-timeline", "status-history") and panel.options.get("showValue") == "never":
        yield "shows states by colour alone", (*options, "showValue"), 'write "showValue": "auto"'
    custom = (*panel.config_path, "fieldConfig", "defaults", "custom", "thresholdsStyle", "mode")
    if panel.type == "timeseries" and mapping(panel.custom.get("thresholdsStyle")).get("mode") == "area":
        yield "marks its thresholds by coloured areas alone", custom, 'write "mode": "dashed+area"'
    for n, item in enumerate(listing(panel.defaults.get("mappings"))):
        for key, shown in mapping(mapping(item).get("options")).items():
            shown = mapping(shown).get("result", shown) if key == "result" or "result" in mapping(shown) else shown
            if mapping(shown).get("color") and "text" in mapping(shown) and not text(mapping(shown).get("text")).strip():
                where = (*panel.config_path, "fieldConfig", "defaults", "mappings", n, "options", key)
                yield "maps a value to a colour without a text", where, "add a text that says what the colour says"
