"""Dashboards of Grafana's second schema: panels are `elements` by name, and a layout says where each is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ballast.dashboards.model import Dashboard, Datasource, Json, Panel, Target, Variable, listing, mapping, text, whole
from ballast.dashboards.parts import Reader, datasource, language
from ballast.dashboards.source import Source
from ballast.dashboards.spans import Path

_REFRESH = {"never": 0, "onDashboardLoad": 1, "onTimeRangeChanged": 2}
_TYPES = {
    "QueryVariable": "query",
    "DatasourceVariable": "datasource",
    "CustomVariable": "custom",
    "ConstantVariable": "constant",
    "IntervalVariable": "interval",
    "TextVariable": "textbox",
    "AdhocVariable": "adhoc",
    "GroupByVariable": "groupby",
    "SwitchVariable": "switch",
}


def dashboard(source: Source, path: Path) -> Dashboard:
    """The dashboard whose spec is at `path`."""
    data = source.value
    for step in path:
        data = data[step]
    reader = Reader(source)
    objects = reader.objects(data.get("variables"), (*path, "variables"), "variables")
    variables = [_variable(reader, *item) for item in objects]
    types = {v.name: v.query for v in variables if v.type == "datasource"}
    elements = data.get("elements")
    if not isinstance(elements, dict):
        reader.wrong((*path, "elements"), "elements are an object of panels by name")
    places = dict(_layout(mapping(data.get("layout")), "", False, 0))
    panels = []
    for name, element in mapping(elements).items():
        at = (*path, "elements", name)
        if isinstance(element, dict):
            panels.append(_panel(reader, element, at, places.get(name), types))
        else:
            reader.wrong(at, "each of the elements is an object")
    time = mapping(data.get("timeSettings"))
    paths = {
        "title": (*path, "title"),
        "editable": (*path, "editable"),
        "refresh": (*path, "timeSettings", "autoRefresh"),
        "from": (*path, "timeSettings", "from"),
        "variables": (*path, "variables"),
        "panels": (*path, "elements"),
        "object": path,
    }
    return Dashboard(
        source,
        path,
        "v2",
        reader.text(data.get("title"), paths["title"], "the title"),
        text(mapping(mapping(source.value).get("metadata")).get("name")),
        data,
        panels,
        variables,
        data.get("editable") is not False,
        text(time.get("from")),
        text(time.get("to")),
        text(time.get("autoRefresh")),
        "",
        paths,
        reader.problems,
    )


def _layout(layout: Json, row: str, folded: bool, top: int) -> Iterator[tuple[str, tuple[int, int, int, int, str, bool]]]:
    """Grid place of each element: x, y, width, height, its row and whether that is folded. Tabs are folded but the first."""
    spec = mapping(layout.get("spec"))
    for item in listing(spec.get("items")):
        place = mapping(mapping(item).get("spec"))
        name = text(mapping(place.get("element")).get("name"))
        grid = [whole(place.get(key)) for key in ("x", "y", "width", "height")]
        if name:
            yield name, (grid[0], top + grid[1], grid[2], grid[3], row, folded)
    for key, first_open in (("rows", True), ("tabs", False)):
        for number, item in enumerate(listing(spec.get(key))):
            inner = mapping(mapping(item).get("spec"))
            closed = folded or inner.get("collapse") is True or (not first_open and number > 0)
            found = list(_layout(mapping(inner.get("layout")), text(inner.get("title")), closed, top + 1))
            yield from found
            if first_open:
                top = max([top + 1, *(y + height for _, (_, y, _, height, _, _) in found)])


def _panel(reader: Reader, element: Json, at: Path, place: Any, types: dict[str, str]) -> Panel:
    spec = mapping(element.get("spec"))
    viz = mapping(spec.get("vizConfig"))
    config = mapping(viz.get("spec"))
    kind = text(viz.get("group")) if viz.get("kind") == "VizConfig" else text(viz.get("kind"))
    library = mapping(spec.get("libraryPanel"))
    x, y, width, height, row, folded = place or (0, 0, 0, 0, "", False)
    base = (*at, "spec")
    panel = Panel(
        base,
        (*base, "vizConfig", "spec"),
        spec["id"] if isinstance(spec.get("id"), int) else None,
        reader.text(spec.get("title"), (*base, "title"), "the title of a panel"),
        reader.text(spec.get("description"), (*base, "description"), "the description of a panel"),
        kind,
        Datasource(),
        [],
        spec,
        config,
        x,
        y,
        width,
        height,
        row,
        folded,
        text(library.get("name")) or text(library.get("uid")),
        element.get("kind") != "LibraryPanel",
        (*base, "data"),
    )
    queries = mapping(mapping(spec.get("data")).get("spec")).get("queries")
    objects = reader.objects(queries, (*base, "data", "spec", "queries"), "queries of a panel")
    panel.targets = [_target(n, path, item, types) for n, (path, item) in enumerate(objects)]
    return panel


def _query(query: Json, owner: Json, types: dict[str, str]) -> tuple[Datasource, tuple[str, ...]]:
    """The data source of a query: beside it in the first versions, in it (`group`, `datasource.name`) in the later ones."""
    if query.get("kind") == "DataQuery":
        inner = mapping(query.get("datasource"))
        return Datasource(text(query.get("group")), text(inner.get("name")), bool(inner)), ("query", "datasource")
    found = datasource(owner.get("datasource"))
    kind = text(query.get("kind"))
    kind = found.type or types.get(found.variable, "") or ("" if kind in ("DataQuery", "") else kind)
    return Datasource(kind, found.uid, found.written), ("datasource",)


def _target(number: int, path: Path, data: Json, types: dict[str, str]) -> Target:
    spec = mapping(data.get("spec"))
    query = mapping(spec.get("query"))
    inner = mapping(query.get("spec"))
    source, where = _query(query, spec, types)
    key = "expr" if isinstance(inner.get("expr"), str) else "query"
    expr = text(inner.get(key))
    base = (*path, "spec", "query", "spec")
    spoken = language(source, expr)
    return Target(
        base,
        number,
        text(spec.get("refId")),
        expr if source.type != "__expr__" else "",
        spoken if key == "expr" or spoken in ("traceql", "logql") else "other",
        source,
        inner,
        (*base, key),
        (*path, "spec", *where),
        text(inner.get("legendFormat")),
        spec.get("hidden") is True,
        inner.get("instant") is True and inner.get("range") is not True,
    )


def _variable(reader: Reader, path: Path, data: Json) -> Variable:
    spec = mapping(data.get("spec"))
    base = (*path, "spec")
    kind = _TYPES.get(text(data.get("kind")), text(data.get("kind")))
    query = mapping(spec.get("query"))
    source, _ = _query(query, spec, {})
    inner = mapping(query.get("spec"))
    key = "query" if isinstance(inner.get("query"), str) else "__legacyStringValue"
    written = spec.get("pluginId") if kind == "datasource" else inner.get(key, spec.get("query"))
    return Variable(
        base,
        reader.text(spec.get("name"), (*base, "name"), "the name of a variable"),
        kind,
        text(spec.get("label")),
        text(written),
        source,
        _REFRESH.get(text(spec.get("refresh")), 0),
        spec.get("multi") is True,
        spec,
        (*base, "pluginId") if kind == "datasource" else (*base, "query", "spec", key),
    )
