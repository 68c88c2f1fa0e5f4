"""Panels of single numbers: stat, gauge, bar gauge."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.patches import Wedge

from ballast.dashboards.model import Panel, text
from ballast.dashboards.preview.ask import Answer, Asked
from ballast.dashboards.preview.canvas import Box, Canvas, width_of
from ballast.dashboards.preview.fields import Field, calculation, field_of, reduce

MOST = 24


def stat(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    """A big number each series, with its line over time behind it."""
    series = answer.series[:MOST]
    wide = panel.options.get("orientation") == "vertical" or box.width >= box.height * 1.6
    for number, one in enumerate(series):
        part = (
            Box(box.x + box.width * number / len(series), box.y, box.width / len(series), box.height)
            if wide
            else Box(box.x, box.y + box.height * number / len(series), box.width, box.height / len(series))
        )
        _stat(canvas, part, panel, one, named=len(series) > 1 or panel.options.get("textMode") in ("value_and_name", "name"))


def _stat(canvas: Canvas, box: Box, panel: Panel, one: Asked, *, named: bool) -> None:
    found = field_of(panel, one.name, one.ref)
    value = reduce(one.values, calculation(panel))
    colour = canvas.see(found.color(value) or "text")
    mode = text(panel.options.get("colorMode")) or "value"
    ink = colour if mode == "value" else canvas.ink
    if mode.startswith("background"):
        canvas.rect(box.inside(2, 0, 2, 2), colour, radius=3)
        ink = canvas.on(colour)
    spark = panel.options.get("graphMode", "area") == "area" and len(one.values) > 2 and box.height > 60
    if spark:
        _spark(canvas, Box(box.x, box.y + box.height * 0.62, box.width, box.height * 0.38), one, ink)
    words = found.show(value)
    words = one.name if panel.options.get("textMode") == "name" else words
    room = box.height * (0.6 if spark else 0.9)
    if named and panel.options.get("textMode") not in ("value", "name"):
        canvas.text(
            box.x + box.width / 2,
            box.y + 10,
            one.name,
            12,
            canvas.faint if ink == canvas.ink else ink,
            align="center",
            room=box.width - 12,
        )
        room -= 18
    size = fitted(words, box.width - 20, min(room * 0.6, 34))
    middle = box.y + (18 if named else 0) + room / 2
    canvas.text(box.x + box.width / 2, middle, words, size, ink, bold=True, align="center", room=box.width - 8)


def fitted(words: str, room: float, most: float) -> float:
    """The size at which a text fits; 9 at least."""
    return max(min(most, room / max(width_of(words, 10, True) / 10, 0.1)), 9)


def _spark(canvas: Canvas, box: Box, one: Asked, colour: str) -> None:
    pairs = [(t, v) for t, v in zip(one.times, one.values, strict=True) if math.isfinite(v)]
    if len(pairs) < 2:
        return
    times, values = [t for t, _ in pairs], [v for _, v in pairs]
    low, high = min(values), max(values)
    axes = canvas.axes(box.inside(1, 0, 1, 1))
    axes.set_xlim(times[0], times[-1])
    pad = (high - low) or abs(high) or 1.0
    axes.set_ylim(low - pad * 0.15, high + pad * 0.1)
    axes.fill_between(times, low - pad, values, color=colour, alpha=0.15, lw=0)
    axes.plot(times, values, color=colour, lw=0.9, alpha=0.8)


def limits(found: Field, values: list[float]) -> tuple[float, float]:
    """From where to where a gauge goes."""
    unit = 1.0 if found.unit == "percentunit" else 100.0
    high = found.high if found.high is not None else max([*(v for v in values if math.isfinite(v)), 0.0]) or unit
    if found.high is None and found.unit in ("percent", "percentunit"):
        high = unit
    low = found.low if found.low is not None else 0.0
    return (low, high) if high > low else (low, low + 1)


def gauge(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    """An arc each series, a thin ring of thresholds around it, the number in the middle."""
    series = answer.series[:MOST]
    rows = max(round(math.sqrt(len(series) * box.height / box.width)), 1)
    columns = math.ceil(len(series) / rows)
    for number, one in enumerate(series):
        cell = Box(box.x + box.width * (number % columns) / columns, box.y + box.height * (number // columns) / rows,
                   box.width / columns, box.height / rows)  # fmt: skip
        found = field_of(panel, one.name, one.ref)
        value = reduce(one.values, calculation(panel))
        low, high = limits(found, one.values if found.high is None else [])
        named = len(series) > 1
        radius = max(min(cell.width / 2 - 10, (cell.height - (22 if named else 6)) / 1.75), 6)
        x, y = cell.x + cell.width / 2, cell.y + radius + 2

        def arc(start: float, end: float, outer: float, thick: float, colour: str, x: float = x, y: float = y) -> None:
            style: Any = {"facecolor": colour, "lw": 0}
            canvas.page.add_patch(Wedge((x, y), outer, 150 + 240 * start, 150 + 240 * end, width=thick, **style))

        part = 0.0 if not math.isfinite(value) else min(max((value - low) / (high - low), 0), 1)
        arc(0, 1, radius * 0.92, radius * 0.22, canvas.line)
        if part > 0:
            arc(0, part, radius * 0.92, radius * 0.22, canvas.see(found.color(value) or "text"))
        if panel.options.get("showThresholdMarkers", True):
            edges = [low, *(min(max(at, low), high) for at, _ in found.limits()), high]
            colours = [c for _, c in found.steps]
            for start, end, colour in zip(edges, edges[1:], colours, strict=False):
                if end > start:
                    arc((start - low) / (high - low), (end - low) / (high - low), radius, radius * 0.05, canvas.see(colour))
        words = found.show(value)
        canvas.text(
            x,
            y,
            words,
            fitted(words, radius * 1.25, radius * 0.45),
            canvas.see(found.color(value) or "text"),
            bold=True,
            align="center",
        )
        if named:
            canvas.text(x, cell.y + cell.height - 9, one.name, 11.5, align="center", room=cell.width - 8)


def bars(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    """A bar and its number each series, lying or standing."""
    series = answer.series
    fields = [field_of(panel, one.name, one.ref) for one in series]
    values = [reduce(one.values, calculation(panel)) for one in series]
    low, high = limits(fields[0], values)
    texts = [found.show(value) for found, value in zip(fields, values, strict=True)]
    standing = panel.options.get("orientation") == "vertical" or (
        panel.options.get("orientation", "auto") == "auto" and box.width > box.height * 1.6
    )
    fits = max(int(box.width / 44 if standing else box.height / 16), 1)
    rows = list(zip(series, fields, values, texts, strict=True))[:fits]
    parts = [min(max((v - low) / (high - low), 0), 1) if math.isfinite(v) else 0.0 for _, _, v, _ in rows]
    if standing:
        wide = box.width / len(rows)
        for i, ((one, found, value, words), part) in enumerate(zip(rows, parts, strict=True)):
            x, tall = box.x + wide * i + 4, box.height - 40
            colour = canvas.see(found.color(value) or "text")
            canvas.rect(Box(x, box.y + 20, wide - 8, tall), canvas.line)
            canvas.rect(Box(x, box.y + 20 + tall * (1 - part), wide - 8, tall * part), colour)
            canvas.text(x + wide / 2 - 4, box.y + 9, words, 12, align="center", room=wide)
            canvas.text(x + wide / 2 - 4, box.y + box.height - 9, one.name, 11, canvas.faint, align="center", room=wide - 6)
        return
    left = min(max(width_of(one.name[:80], 12) for one, *_ in rows) + 14, box.width * 0.4)
    right = max(width_of(words, 12, True) for *_, words in rows) + 14
    height = box.height / len(rows)
    thick = min(height * 0.72, 46)
    for i, ((one, found, value, words), part) in enumerate(zip(rows, parts, strict=True)):
        y, room = box.y + height * (i + 0.5), max(box.width - left - right, 10)
        canvas.text(box.x + left - 10, y, one.name, 12, align="right", room=left - 10)
        canvas.rect(Box(box.x + left, y - thick / 2, room, thick), canvas.line, alpha=0.7)
        canvas.rect(Box(box.x + left, y - thick / 2, room * part, thick), canvas.see(found.color(value) or "text"))
        canvas.text(box.x + box.width - 4, y, words, 12, bold=True, align="right")
