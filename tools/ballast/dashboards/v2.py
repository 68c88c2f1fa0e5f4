"""Dashboards of Grafana's second schema: panels are `elements` by name, and a layout says where each is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from ballast.dashboards.model import Dashboard, Datasource, Json, Panel, Repeat, Target, Variable, listing, mapping, text, whole
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
    places = dict(_layout(mapping(data.get("layout")), _Place(), count(1)))
    order = {name: number for number, name in enumerate(places)}
    panels = []
    for name, element in sorted(mapping(elements).items(), key=lambda item: order.get(item[0], len(order))):
        at = (*path, "elements", name)
        if isinstance(element, dict):
            panels.append(_panel(reader, element, at, places.get(name, _Place()), types))
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


class _Place(NamedTuple):
    """Where an element is: see `Panel`. `row_number` 0 is outside of rows."""

    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0
    row: str = ""
    folded: bool = False
    repeat: Repeat | None = None
    row_number: int = 0
    row_repeat: str = ""


def _layout(layout: Json, inside: _Place, rows: Iterator[int]) -> Iterator[tuple[str, _Place]]:
    """The place of each element; `inside` is what it is in. Tabs are folded but the first. Of nested rows the inner counts."""
    spec = mapping(layout.get("spec"))
    top = inside.y
    for item in listing(spec.get("items")):
        place = mapping(mapping(item).get("spec"))
        name = text(mapping(place.get("element")).get("name"))
        x, y, width, height = (whole(place.get(key)) for key in ("x", "y", "width", "height"))
        if name:
            yield name, inside._replace(x=x, y=top + y, width=width, height=height, repeat=_repeat(place))
    for key, first_open in (("rows", True), ("tabs", False)):
        for number, item in enumerate(listing(spec.get(key))):
            inner = mapping(mapping(item).get("spec"))
            closed = inside.folded or inner.get("collapse") is True or (not first_open and number > 0)
            again = text(mapping(inner.get("repeat")).get("value"))
            row = _Place(0, top + 1, 0, 0, text(inner.get("title")), closed, None, next(rows), again)
            found = list(_layout(mapping(inner.get("layout")), row, rows))
            yield from found
            if first_open:
                top = max([top + 1, *(place.y + place.height for _, place in found)])


def _repeat(place: Json) -> Repeat | None:
    given = mapping(place.get("repeat"))
    variable, most = text(given.get("value")), whole(given.get("maxPerRow"))
    return Repeat(variable, given.get("direction") != "v", most if most > 0 else 4) if variable else None


def _panel(reader: Reader, element: Json, at: Path, place: _Place, types: dict[str, str]) -> Panel:
    spec = mapping(element.get("spec"))
    viz = mapping(spec.get("vizConfig"))
    config = mapping(viz.get("spec"))
    kind = text(viz.get("group")) if viz.get("kind") == "VizConfig" else text(viz.get("kind"))
    library = mapping(spec.get("libraryPanel"))
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
        place.x,
        place.y,
        place.width,
        place.height,
        place.row,
        place.folded,
        text(library.get("name")) or text(library.get("uid")),
        element.get("kind") != "LibraryPanel",
        (*base, "data"),
        place.repeat,
        place.row_number,
        place.row_repeat,
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
