"""A table panel: its transformations, and the table drawn."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ballast.dashboards.model import Json, Panel, listing, mapping, text
from ballast.dashboards.preview.ask import Answer, Asked
from ballast.dashboards.preview.canvas import Box, Canvas, fit, width_of
from ballast.dashboards.preview.fields import CALCULATIONS, Field, field_of, number, reduce

Cell = str | float | None
ROW = 24.0
SIZE = 12.0
_DATA = re.compile(r"\$\{__(?:data\.fields(?:\.(\w+)|\[\"?([^\]\"]+)\"?\])|value\.(\w+))\}")


@dataclass(slots=True)
class Table:
    """Columns by their heading in order, and rows. `types` are `number`, `time` or `text` by heading."""

    columns: list[str]
    rows: list[list[Cell]]

    def numeric(self, column: int) -> bool:
        """Whether its cells are numbers."""
        return any(isinstance(row[column], float) for row in self.rows)


def tabulate(panel: Panel, answer: Answer) -> tuple[Table, list[str]]:
    """The table of an answer, and the names of transformations that are not known here."""
    transformations = [
        mapping(t) for t in listing(panel.data.get("transformations")) or listing(panel.config.get("transformations"))
    ]
    if not transformations:
        spec = mapping(mapping(panel.data.get("data")).get("spec"))  # of the second schema
        transformations = [
            {"id": mapping(t).get("kind"), **mapping(mapping(t).get("spec"))} for t in listing(spec.get("transformations"))
        ]
    table = _reduced(panel, answer, transformations) or _merged(answer)
    unknown = []
    for one in transformations:
        options = mapping(one.get("options"))
        match text(one.get("id")):
            case "organize":
                table = _organize(table, options)
            case "filterFieldsByName":
                table = _only(table, options)
            case "sortBy":
                first = mapping((listing(options.get("sort")) or [None])[0])
                _sort(table, text(first.get("field")), first.get("desc") is True)
            case "limit":
                table.rows = table.rows[: int(number(options.get("limitField")) or 10)]
            case "merge" | "reduce" | "seriesToRows" | "labelsToFields" | "joinByField" | "":
                pass
            case other:
                unknown.append(other)
    first = mapping((listing(panel.options.get("sortBy")) or [None])[0])
    _sort(table, text(first.get("displayName")), first.get("desc") is True)
    return table, unknown


def _merged(answer: Answer) -> Table:
    """A row for each set of labels and a column for each query."""
    refs = sorted({one.ref for one in answer.series})
    labels = sorted({label for one in answer.series for label in one.labels if label != "__name__"})
    rows: dict[tuple[str, ...], dict[str, float]] = {}
    for one in answer.series:
        rows.setdefault(tuple(one.labels.get(label, "") for label in labels), {})[one.ref] = one.values[-1]
    heads = ["Value"] if len(refs) == 1 else [f"Value #{ref}" for ref in refs]
    times = {one.times[-1] for one in answer.series}
    when = datetime.fromtimestamp(max(times), UTC).strftime("%Y-%m-%d %H:%M:%S") if times else ""
    return Table(["Time", *labels, *heads], [[when, *key, *(held.get(ref) for ref in refs)] for key, held in rows.items()])


def _reduced(panel: Panel, answer: Answer, transformations: Sequence[Json]) -> Table | None:
    """A row each series, a column each reduction, where the panel reduces."""
    options = next((mapping(t.get("options")) for t in transformations if t.get("id") == "reduce"), None)
    if options is None:
        return None
    calcs = [c for c in map(text, listing(options.get("reducers"))) if c in CALCULATIONS] or ["max"]

    def row(one: Asked) -> list[Cell]:
        return [one.name, *(reduce(one.values, c) for c in calcs)]

    return Table(["Field", *(CALCULATIONS[c] for c in calcs)], [row(one) for one in answer.series])


def _organize(table: Table, options: Json) -> Table:
    dropped, kept = mapping(options.get("excludeByName")), mapping(options.get("includeByName"))
    order, names = mapping(options.get("indexByName")), mapping(options.get("renameByName"))
    chosen = [c for c in table.columns if not dropped.get(c) and (not kept or kept.get(c))]
    at = {c: number(order.get(c)) for c in chosen}
    chosen.sort(key=lambda c: (at[c] is None, at[c] or 0.0))
    return _picked(table, chosen, [text(names.get(c)) or c for c in chosen])


def _only(table: Table, options: Json) -> Table:
    include = mapping(options.get("include"))
    names = listing(include.get("names"))
    try:
        expression = re.compile(text(include.get("pattern")).strip("/")) if include.get("pattern") else None
    except re.error:
        expression = None
    chosen = (
        [c for c in table.columns if c in names or (expression and expression.search(c))]
        if names or expression
        else table.columns
    )
    return _picked(table, chosen, chosen)


def _picked(table: Table, columns: Sequence[str], headings: Sequence[str]) -> Table:
    places = [table.columns.index(c) for c in columns]
    return Table(list(headings), [[row[p] for p in places] for row in table.rows])


def _sort(table: Table, heading: str, descending: bool) -> None:
    if heading not in table.columns:
        return
    at = table.columns.index(heading)

    def key(row: list[Cell]) -> tuple[float, str]:
        cell = row[at]
        if isinstance(cell, float):
            return (-math.inf if math.isnan(cell) else cell, "")
        return (0.0, cell or "")

    table.rows.sort(key=key, reverse=descending)


def draw_table(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    """Headings, then as many rows as there is room for."""
    table, unknown = tabulate(panel, answer)
    fields = {c: field_of(panel, c) for c in table.columns}
    shown = [i for i, c in enumerate(table.columns) if not fields[c].custom.get("hidden")]
    if not shown:
        return
    fits = max(int((box.height - (16 if unknown else 0)) / ROW) - 1, 1)
    rows = table.rows if len(table.rows) <= fits else table.rows[: fits - 1]
    words = {i: [_words(fields[table.columns[i]], row[i]) for row in rows] for i in shown}
    wanted = [max([width_of(table.columns[i], SIZE, True), *(width_of(w[:60], SIZE) for w in words[i])]) + 24 for i in shown]
    scale = box.width / sum(wanted)
    widths = [w * scale for w in wanted] if scale >= 1 else _squeezed(wanted, box.width)
    x = box.x
    for i, width in zip(shown, widths, strict=True):
        heading, numeric = table.columns[i], table.numeric(i)
        place, align = (x + width - 10, "right") if numeric else (x + 8, "left")
        canvas.text(place, box.y + ROW / 2, heading, SIZE, canvas.faint, bold=True, align=align, room=width - 12)
        for r, row in enumerate(rows):
            cell = Box(x, box.y + ROW * (r + 1), width, ROW)
            _cell(canvas, cell, fields[heading], row[i], words[i][r], place, align, _link(fields[heading], table, row))
        x += width
    for r in range(len(rows) + 1):
        canvas.stroke(box.x, box.y + ROW * (r + 1), box.x + box.width, box.y + ROW * (r + 1), canvas.line, 0.7)
    if len(rows) < len(table.rows):
        canvas.text(
            box.x + 8, box.y + ROW * (len(rows) + 1.5), f"and {len(table.rows) - len(rows)} more rows", 11, canvas.faint
        )
    if unknown:
        canvas.text(
            box.x + 8, box.y + box.height - 8, f"not applied: {', '.join(unknown)}", 10.5, canvas.faint, room=box.width - 16
        )


def _squeezed(wanted: Sequence[float], room: float) -> list[float]:
    """Widths in `room`: narrow columns keep theirs, wide ones share the rest."""
    left, result = room, [0.0] * len(wanted)
    for done, i in enumerate(sorted(range(len(wanted)), key=lambda i: wanted[i])):
        result[i] = min(wanted[i], left / (len(wanted) - done))
        left -= result[i]
    return result


def _words(found: Field, cell: Cell) -> str:
    if isinstance(cell, float):
        return found.show(cell)
    return cell or ""


def _cell(canvas: Canvas, box: Box, found: Field, cell: Cell, words: str, x: float, align: str, url: str) -> None:
    kind = text(mapping(found.custom.get("cellOptions")).get("type")) or text(found.custom.get("displayMode"))
    ink = canvas.ink
    colour = found.color(cell) if isinstance(cell, float) and kind not in ("", "auto") else ""
    if colour and kind.startswith("color-background"):
        canvas.rect(box.inside(1, 1, 1, 1), canvas.see(colour))
        ink = canvas.on(canvas.see(colour))
    elif colour and kind == "color-text":
        ink = canvas.see(colour)
    y = box.y + box.height / 2
    canvas.text(x, y, words, SIZE, ink, align=align, room=box.width - 12, url=url)
    if url:
        cut = fit(words, box.width - 12, SIZE)
        start = x if align == "left" else x - width_of(cut, SIZE)
        canvas.stroke(start, y + 8, start + width_of(cut, SIZE), y + 8, canvas.faint, 0.7)


def _link(found: Field, table: Table, row: Sequence[Cell]) -> str:
    """The address of a cell's first link with the row's cells filled in; "" for none."""
    if not found.links:
        return ""
    held = dict(zip(table.columns, row, strict=True))
    return _DATA.sub(lambda m: str(held.get(m[1] or m[2], "") or ""), text(found.links[0].get("url")))
