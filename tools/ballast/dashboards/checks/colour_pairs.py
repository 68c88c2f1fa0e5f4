"""Two colours that mean different things look alike to some who read them.

Distances are CIEDE2000, simulated for protanopia, deuteranopia and tritanopia; below 10, two colours are taken for one.
Grafana's green and red fall from 69 to 7 under deuteranopia.

Mend: take colours that differ in lightness too. `ballast.dashboards.palette` has three states at least 20 apart for everybody.

    - "type": "stat", "thresholds": {"steps": [{"color": "green"}, {"color": "red", "value": 80}]}
    + "type": "stat", "thresholds": {"steps": [{"color": "#308cf6"}, {"color": "#ed3b87", "value": 80}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.colours import shown
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.palette import MERGE, THEMES, closest, resolve
from ballast.dashboards.rule import check


@check("dashboards/colour-pairs")
def colour_pairs(dashboard: Dashboard) -> Iterator[Issue]:
    """Compare the colours within each panel; the closest pair is told."""
    for panel in dashboard.panels:
        colours = {colour.written: colour for colour in shown(panel)}
        if len(colours) < 2:
            continue
        for theme in (dashboard.theme,) if dashboard.theme else THEMES:
            values = {value: name for name in colours if (value := resolve(name, theme))}
            pair = closest(tuple(values))
            if pair is not None and pair.distance < MERGE:
                one, other = values[pair.one], values[pair.other]
                message = f"{one} and {other} are {pair.distance:.1f} apart (CIEDE2000) under {_seen(pair.vision)}"
                message += f"; below {MERGE:g} they merge"
                yield Issue(message, colours[other].path, "take two that differ in lightness", panel=panel)
                break


def _seen(vision: str) -> str:
    return "normal colour vision" if vision == "normal" else vision
