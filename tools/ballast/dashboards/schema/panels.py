"""Panels as we like them: a line graph, one big number, a bar for each series, a table, and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ballast.dashboards.palette import BAD, GOOD, NEUTRAL, SERIES
from ballast.dashboards.palette import WARNING as WARN
from ballast.dashboards.schema.model import LOKI, TEMPO, Json, Panel, Stage, Target, mapping

Targets = Sequence[Target]


def number(title: str, description: str, target: Target, *, graph: bool = True, **more: Any) -> Panel:
    """One big number. The number is what tells; the colour of its text only repeats it."""
    options = {
        "colorMode": "value" if more.get("stages") else "none",
        "graphMode": "area" if graph else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showPercentChange": False,
        "textMode": "auto",
        "wideLayout": True,
    }
    settings: dict[str, Any] = {"width": 4, "height": 4, "color": {"mode": "thresholds"}, "stages": [(None, NEUTRAL)]}
    return Panel("stat", title, description, [target], **settings | more, options=options)


def lines(
    title: str,
    description: str,
    targets: Targets,
    *,
    fill: int = 0,
    stacked: bool = False,
    limit: bool = False,
    colors: Mapping[str, str] | None = None,
    dashes: Sequence[str] = (),
    legend: Sequence[str] = ("lastNotNull", "max"),
    axis: Json | None = None,
    **more: Any,
) -> Panel:
    """Lines over time. `limit` draws `stages` as dashed lines; `colors` and `dashes` are for series by their legend."""
    custom: Json = {
        "drawStyle": "line",
        "fillOpacity": 25 if stacked else fill,
        "lineInterpolation": "linear",
        "lineWidth": 2,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "thresholdsStyle": {"mode": "dashed" if limit else "off"},
        **(axis or {}),
    }
    options = {
        "legend": {
            "calcs": list(legend),
            "displayMode": "table" if legend else "list",
            "placement": "bottom",
            "showLegend": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    overrides = [*more.pop("overrides", ())]
    for series, color in (colors or {}).items():
        overrides.append(_override(series, "color", {"fixedColor": color, "mode": "fixed"}))
    overrides += [_override(series, "custom.lineStyle", {"dash": [8, 6], "fill": "dash"}) for series in dashes]
    return Panel(
        "timeseries",
        title,
        description,
        targets,
        **{"color": {"mode": "palette-classic"}} | more,
        custom=custom,
        options=options,
        overrides=overrides,
    )


def by_series(targets: Targets) -> dict[str, str]:
    """A colour of the palette for each query, by its legend."""
    return {target.legend: SERIES[i % len(SERIES)] for i, target in enumerate(targets)}


def bars(title: str, description: str, targets: Targets, **more: Any) -> Panel:
    """A bar and its number for each series."""
    options = {
        "displayMode": "basic",
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "text",
    }
    return Panel("bargauge", title, description, targets, **{"color": {"mode": "thresholds"}} | more, options=options)


def heat(title: str, description: str, target: Target, **more: Any) -> Panel:
    """Buckets over time, dark for many."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {
            "exponent": 0.5,
            "mode": "scheme",
            "reverse": False,
            "scale": "exponential",
            "scheme": "Viridis",
            "steps": 64,
        },
        "exemplars": {"color": BAD},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "tooltip": {"mode": "single", "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": more.get("unit", "")},
    }
    return Panel("heatmap", title, description, [target], **more, options=options)


def states(title: str, description: str, targets: Targets, words: Mapping[str, tuple[str, str]], **more: Any) -> Panel:
    """What state something was in, over time; `words` are value to word and colour."""
    options = {
        "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    custom = {"fillOpacity": 80, "lineWidth": 0}
    return Panel(
        "state-timeline",
        title,
        description,
        targets,
        **more,
        mappings=[mapping(words)],
        custom=custom,
        color={"mode": "thresholds"},
        options=options,
    )


def table(
    title: str,
    description: str,
    targets: Targets,
    columns: Mapping[str, str],
    *,
    formats: Mapping[str, Json] | None = None,
    sort: str = "",
    descending: bool = False,
    **more: Any,
) -> Panel:
    """A row for each set of labels, a column for each query, merged. `columns`: field to heading, in order; the rest is hidden.

    `formats`: heading to Grafana's properties (`unit`, `decimals`, `thresholds`, `links`).
    """
    options: Json = {"cellHeight": "sm", "showHeader": True}
    if sort:
        options["sortBy"] = [{"desc": descending, "displayName": sort}]
    arrange = {
        "excludeByName": {},
        "includeByName": dict.fromkeys(columns, True),
        "indexByName": {name: i for i, name in enumerate(columns)},
        "renameByName": dict(columns),
    }
    overrides = [_override(h, *pair) for h, pairs in (formats or {}).items() for pair in pairs.items()]
    transformations = [{"id": "merge", "options": {}}, {"id": "organize", "options": arrange}]
    return Panel(
        "table", title, description, targets, **more, options=options, overrides=overrides, transformations=transformations
    )


def words(title: str, text: str, **more: Any) -> Panel:
    """Markdown."""
    options = {"code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False}, "content": text}
    return Panel("text", title, **{"description": "How to read this dashboard."} | more, options=options | {"mode": "markdown"})


def logs(title: str, description: str, query: str, **more: Any) -> Panel:
    """Log lines of Loki, the newest first."""
    options = {
        "dedupStrategy": "none",
        "enableLogDetails": True,
        "prettifyLogMessage": False,
        "showCommonLabels": False,
        "showLabels": False,
        "showTime": True,
        "sortOrder": "Descending",
        "wrapLogMessage": True,
    }
    return Panel("logs", title, description, [Target(query, source=LOKI)], **more, options=options)


def traces(title: str, description: str, query: str, **more: Any) -> Panel:
    """Traces of Tempo that match, as a table that leads to each."""
    options = {"cellHeight": "sm", "showHeader": True}
    return Panel("table", title, description, [Target(query, source=TEMPO)], unit="none", **more, options=options)


def better_above(bad: float, good: float) -> list[Stage]:
    """Stages of something that should be high."""
    return [(None, BAD), (bad, WARN), (good, GOOD)]


def better_below(warn: float, bad: float) -> list[Stage]:
    """Stages of something that should be low."""
    return [(None, GOOD), (warn, WARN), (bad, BAD)]


def _override(name: str, key: str, value: Any) -> Json:
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": key, "value": value}]}
