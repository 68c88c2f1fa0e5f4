"""The classic form of a dashboard: `panels` on a grid (schema 16 and later) or in `rows`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ballast.dashboards.model import Dashboard, Json, Panel, Repeat, Target, Variable, mapping, text, whole
from ballast.dashboards.parts import Reader, datasource, declared, language, settled
from ballast.dashboards.source import Source
from ballast.dashboards.spans import Path

_EXPRESSIONS = ("expr", "query", "rawSql", "target", "rawQuery")


def dashboard(source: Source, path: Path) -> Dashboard:
    """The dashboard whose object is at `path`."""
    data = mapping(_at(source.value, path))
    reader = Reader(source)
    variables = [_variable(reader, *item) for item in reader.objects(_list(data), (*path, "templating", "list"), "variables")]
    sources = [(v.name, v.query) for v in variables if v.type == "datasource"]
    context = _Context(reader, data, declared(data.get("__inputs"), sources), path)
    panels = list(context.panels(data, path))
    time = mapping(data.get("time"))
    paths = {
        "title": (*path, "title"),
        "editable": (*path, "editable"),
        "refresh": (*path, "refresh"),
        "from": (*path, "time", "from"),
        "variables": (*path, "templating", "list"),
        "panels": (*path, "panels"),
        "object": path,
    }
    return Dashboard(
        source,
        path,
        "classic",
        reader.text(data.get("title"), paths["title"], "the title"),
        text(data.get("uid")),
        data,
        panels,
        variables,
        data.get("editable") is not False,
        text(time.get("from")),
        text(time.get("to")),
        text(data.get("refresh")),
        text(data.get("style")) if data.get("style") == "light" else "",
        paths,
        reader.problems,
    )


def library(source: Source, path: Path) -> Dashboard:
    """A library panel alone: a dashboard of one panel."""
    data = mapping(_at(source.value, path))
    reader = Reader(source)
    panel = _Context(reader, {}, {}, path).panel(data, path, _Row())
    paths = dict.fromkeys(("title", "editable", "refresh", "from", "variables", "panels", "object"), path)
    title = text(data.get("title"))
    return Dashboard(source, path, "library", title, "", data, [panel], [], False, "", "", "", "", paths, reader.problems)


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a panel is: see `Panel`. `columns` is how many make the width of the screen."""

    title: str = ""
    folded: bool = False
    repeat: str = ""
    number: int = 0
    columns: int = 24


class _Context:
    """What all panels of a dashboard share."""

    def __init__(self, reader: Reader, data: Json, types: dict[str, str], base: Path) -> None:
        self.reader = reader
        self.types = types
        self.base = base
        kinds = {kind for kind in types.values() if kind}
        self.only = kinds.pop() if len(kinds) == 1 else ""
        self.elements = mapping(data.get("__elements"))
        self.rows = 0

    def panels(self, data: Json, path: Path) -> Iterator[Panel]:
        """All panels of the dashboard, those in rows included, rows themselves not."""
        for at, row in self.reader.objects(data.get("rows"), (*path, "rows"), "rows"):
            yield from self.below(row, at, self.row(row, row.get("collapse") is True, 12))
        yield from self.below(data, path, _Row())

    def row(self, data: Json, folded: bool, columns: int = 24) -> _Row:
        """The next row."""
        self.rows += 1
        return _Row(text(data.get("title")), folded, text(data.get("repeat")), self.rows, columns)

    def below(self, data: Json, path: Path, row: _Row) -> Iterator[Panel]:
        """Panels in an object's `panels`; rows nest to any depth that JSON does."""
        folded = row.folded
        for at, item in self.reader.objects(data.get("panels"), (*path, "panels"), "panels"):
            if item.get("type") == "row":
                row = self.row(item, item.get("collapsed") is True)
                yield from self.below(item, at, row)
                row = replace(row, folded=folded)
            else:
                yield self.panel(item, at, row)
                yield from self.below(item, at, row)

    def panel(self, data: Json, path: Path, row: _Row) -> Panel:
        """One panel; a library panel is read from the model that an export carries with it."""
        reference = data.get("libraryPanel")
        name = text(mapping(reference).get("name")) or text(mapping(reference).get("uid")) if reference else ""
        model, at = data, path
        if isinstance(reference, dict):
            uid = text(reference.get("uid"))
            if isinstance(mapping(self.elements.get(uid)).get("model"), dict):
                model, at = self.elements[uid]["model"], (*self.base, "__elements", uid, "model")
        grid = mapping(data.get("gridPos"))
        panel = Panel(
            at,
            at,
            data["id"] if isinstance(data.get("id"), int) else None,
            self.reader.text(model.get("title"), (*at, "title"), "the title of a panel"),
            self.reader.text(model.get("description"), (*at, "description"), "the description of a panel"),
            self.reader.text(model.get("type"), (*at, "type"), "the type of a panel"),
            datasource(model.get("datasource")),
            [],
            model,
            model,
            whole(grid.get("x")),
            whole(grid.get("y")),
            whole(grid.get("w"), 2 * whole(data.get("span"))),
            whole(grid.get("h")),
            row.title,
            row.folded,
            name,
            not name or model is not data or bool(model.get("type")),
            (*at, "datasource"),
            _repeat(data, row.columns),
            row.number,
            row.repeat,
        )
        objects = self.reader.objects(model.get("targets"), (*at, "targets"), "queries of a panel")
        panel.targets = [self.target(panel, n, *item) for n, item in enumerate(objects)]
        return panel

    def target(self, panel: Panel, number: int, path: Path, data: Json) -> Target:
        """One query."""
        own = datasource(data.get("datasource"))
        source = settled(own, panel.datasource, self.types)
        key = next((key for key in _EXPRESSIONS if isinstance(data.get(key), str)), "expr")
        expr = text(data.get(key))
        spoken = language(source, expr, self.only) if key == "expr" or source.type in ("tempo", "loki") else "other"
        return Target(
            path,
            number,
            text(data.get("refId")),
            expr if source.type != "__expr__" else "",
            spoken if key == "expr" or spoken != "promql" else "other",
            source,
            data,
            (*path, key),
            (*path, "datasource") if own.written else panel.datasource_path,
            text(data.get("legendFormat")),
            data.get("hide") is True,
            data.get("instant") is True and data.get("range") is not True,
        )


def _repeat(data: Json, columns: int) -> Repeat | None:
    """How a panel repeats; before `maxPerRow` there was the least width of a copy."""
    least = whole(data.get("minSpan"))
    most = whole(data.get("maxPerRow")) or (columns // least if least > 0 else 0)
    variable = text(data.get("repeat"))
    return Repeat(variable, data.get("repeatDirection") != "v", most if most > 0 else 4) if variable else None


def _variable(reader: Reader, path: Path, data: Json) -> Variable:
    query, at = data.get("query"), (*path, "query")
    if isinstance(query, dict):
        query, at = query.get("query"), (*at, "query")
    refresh = data.get("refresh")
    return Variable(
        path,
        reader.text(data.get("name"), (*path, "name"), "the name of a variable"),
        reader.text(data.get("type"), (*path, "type"), "the type of a variable"),
        text(data.get("label")),
        text(query),
        datasource(data.get("datasource")),
        int(refresh) if refresh in (0, 1, 2) else 0,
        data.get("multi") is True,
        data,
        at,
    )


def _list(data: Json) -> Any:
    return mapping(data.get("templating")).get("list")


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
