"""The legend of a graph: a list that wraps, or a table with calculations; below the graph or beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ballast.dashboards.model import Panel, listing, mapping, text
from ballast.dashboards.preview.canvas import Box, Canvas, width_of
from ballast.dashboards.preview.fields import CALCULATIONS, Field, reduce

ROW = 17.0
SIZE = 11.0


class Entry(NamedTuple):
    """A series in the legend. `dash` is `dash` or `dot` where its line is."""

    name: str
    color: str
    values: Sequence[float]
    field: Field
    dash: str


def draw_legend(canvas: Canvas, box: Box, panel: Panel, entries: Sequence[Entry], more: int = 0) -> Box:
    """Draw it and return what is left of the box. `more`: series that are not drawn at all."""
    options = mapping(panel.options.get("legend"))
    if options.get("showLegend") is False or options.get("displayMode") == "hidden" or not entries:
        return box
    calcs = [text(c) for c in listing(options.get("calcs")) if text(c) in CALCULATIONS][:4]
    if options.get("placement") == "right" and box.width > 320:
        wide = min(max(width_of(e.name[:60], SIZE) for e in entries) + 40 + 80 * len(calcs), box.width * 0.4)
        place = Box(box.x + box.width - wide, box.y, wide, box.height)
        _table(canvas, place, entries, calcs, more)
        return box.inside(right=wide + 8)
    if options.get("displayMode") == "table":
        rows = min(len(entries), max(int(box.height * 0.42 / ROW) - 1, 1))
        height = (rows + (1 if calcs else 0)) * ROW + 4
        _table(canvas, Box(box.x, box.y + box.height - height, box.width, height), entries, calcs, more)
        return box.inside(bottom=height)
    height = _list(canvas, box, entries, calcs, more)
    return box.inside(bottom=height)


def _key(canvas: Canvas, x: float, y: float, entry: Entry) -> None:
    canvas.stroke(x, y, x + 14, y, entry.color, 3, {"dash": (0, (1.6, 0.9)), "dot": ":"}.get(entry.dash, "-"))  # type: ignore[arg-type]


def _table(canvas: Canvas, box: Box, entries: Sequence[Entry], calcs: Sequence[str], more: int) -> None:
    cells = [[e.field.show(reduce(e.values, c)) for c in calcs] for e in entries]
    widths = [
        max([width_of(CALCULATIONS[c], SIZE), *(width_of(row[i], SIZE) for row in cells)]) + 18 for i, c in enumerate(calcs)
    ]
    y = box.y + ROW / 2
    ends = [box.x + box.width - sum(widths[i + 1 :]) for i in range(len(widths))]
    for end, c in zip(ends, calcs, strict=True):
        canvas.text(end, y, CALCULATIONS[c], SIZE, canvas.faint, align="right")
    y += ROW if calcs else 0
    fits = max(int((box.y + box.height - y + ROW / 2) / ROW), 1)
    hidden = max(len(entries) - fits, 0)
    hidden = hidden + 1 if hidden else 0
    for entry, row in list(zip(entries, cells, strict=True))[: len(entries) - hidden]:
        _key(canvas, box.x, y, entry)
        canvas.text(box.x + 20, y, entry.name, SIZE, room=max(box.width - sum(widths) - 24, 20))
        for end, cell in zip(ends, row, strict=True):
            canvas.text(end, y, cell, SIZE, align="right")
        y += ROW
    if hidden + max(more, 0):
        canvas.text(box.x + 20, y, f"and {hidden + max(more, 0)} more", SIZE, canvas.faint)


def _list(canvas: Canvas, box: Box, entries: Sequence[Entry], calcs: Sequence[str], more: int) -> float:
    """Entries one after the other on up to three lines; the height they take."""
    items = [(e, "  ".join([e.name, *(e.field.show(reduce(e.values, c)) for c in calcs)])) for e in entries]
    rows: list[list[tuple[float, Entry, str]]] = [[]]
    x, shown = 0.0, 0
    for entry, words in items:
        wide = min(width_of(words[:80], SIZE) + 36, box.width)
        if x + wide > box.width and rows[-1]:
            if len(rows) == 3:
                break
            rows.append([])
            x = 0.0
        rows[-1].append((x, entry, words))
        x, shown = x + wide, shown + 1
    rest = len(items) - shown + max(more, 0)
    height = len(rows) * ROW + 4
    for number, row in enumerate(rows):
        y = box.y + box.height - height + (number + 0.5) * ROW + 2
        for place, entry, words in row:
            _key(canvas, box.x + place, y, entry)
            canvas.text(box.x + place + 20, y, words, SIZE, room=max(box.width - place - 22, 20))
    if rest:
        canvas.text(box.x + box.width, box.y + box.height - ROW / 2, f"and {rest} more", SIZE, canvas.faint, align="right")
    return height
