"""Which colours a panel really shows.

Grafana writes green and red thresholds into every panel; most panels show neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ballast.dashboards.model import Panel, listing, mapping, text
from ballast.dashboards.spans import Path

_ALWAYS = {"stat", "gauge", "bargauge", "singlestat"}


class Colour(NamedTuple):
    """A colour as written and where. `fills`: Grafana chooses a readable text on it; `small_text`: it is a text's own."""

    written: str
    path: Path
    fills: bool = False
    small_text: bool = False


def coloured_by_threshold(panel: Panel) -> bool:
    """Whether its thresholds' colours are seen."""
    mode = mapping(panel.defaults.get("color")).get("mode")
    if panel.type in _ALWAYS:
        return mode in (None, "thresholds") and panel.options.get("colorMode") != "none"
    if panel.type == "timeseries":
        style = mapping(panel.custom.get("thresholdsStyle")).get("mode", "off")
        return style != "off" or mode == "thresholds"
    if panel.type == "table":
        return _cells(panel) not in ("", "auto") and mode in (None, "thresholds")
    return mode == "thresholds" and panel.type in ("state-timeline", "status-history", "barchart")


def shown(panel: Panel) -> Iterator[Colour]:
    """Thresholds in effect, fixed colours, and those of overrides and value mappings."""
    fills = panel.options.get("colorMode") in ("background", "background_solid") or _cells(panel).startswith("color-background")
    fills = fills or panel.type in ("state-timeline", "status-history")
    small = _cells(panel) == "color-text"
    if coloured_by_threshold(panel):
        steps = panel.steps
        for path, colour, _ in steps[1:] if panel.type == "timeseries" else steps:
            if colour:
                yield Colour(colour, path, fills, small)
    base = (*panel.config_path, "fieldConfig", "defaults")
    fixed = mapping(panel.defaults.get("color"))
    if fixed.get("mode") == "fixed" and text(fixed.get("fixedColor")):
        yield Colour(fixed["fixedColor"], (*base, "color", "fixedColor"), fills, small)
    for path, id_, value in panel.overrides():
        if id_ == "color" and mapping(value).get("mode") == "fixed" and text(mapping(value).get("fixedColor")):
            yield Colour(value["fixedColor"], (*path, "fixedColor"), fills, small)
    for n, item in enumerate(listing(panel.defaults.get("mappings"))):
        for path, colour in _mapped(mapping(item).get("options"), (*base, "mappings", n, "options")):
            yield Colour(colour, path, fills, small)


def _mapped(options: Any, path: Path) -> Iterator[tuple[Path, str]]:
    for key, result in mapping(options).items():
        inner = mapping(result)
        if text(inner.get("color")):
            yield (*path, key, "color"), inner["color"]


def _cells(panel: Panel) -> str:
    """How a table colours its cells: `color-text`, `color-background`, …; "" for other panels."""
    if panel.type != "table":
        return ""
    options = panel.custom.get("cellOptions")
    return text(mapping(options).get("type")) or text(panel.custom.get("displayMode"))
