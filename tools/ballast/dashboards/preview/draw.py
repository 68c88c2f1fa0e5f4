"""A dashboard as one picture: Grafana's grid of 24 columns with a card each panel."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

from matplotlib import rc_context
from matplotlib.figure import Figure

from ballast.dashboards.model import Dashboard, Panel, listing, mapping, text
from ballast.dashboards.palette import Theme, Vision
from ballast.dashboards.preview.ask import Answer, Sources
from ballast.dashboards.preview.canvas import STYLE, Box, Canvas, width_of
from ballast.dashboards.preview.events import Annotation, annotations_of
from ballast.dashboards.preview.graphs import lines, states
from ballast.dashboards.preview.heatmaps import heatmap
from ballast.dashboards.preview.layout import Place, places
from ballast.dashboards.preview.numbers import bars, gauge, stat
from ballast.dashboards.preview.repeat import repeated
from ballast.dashboards.preview.span import Span
from ballast.dashboards.preview.tables import draw_table
from ballast.dashboards.preview.texts import content_of, logs, message, words
from ballast.dashboards.preview.variables import Values, fill

CELL, ROW, GAP, TOP = 56.0, 36.0, 8.0, 70.0
"""Pixels: a column, a grid row, between panels, above the first."""
TALLEST = 24_000
"""Pixels; a longer dashboard is cut there, and says so."""
_KINDS = {
    "timeseries": lines, "graph": lines, "graph (old)": lines, "barchart": lines, "trend": lines, "heatmap": heatmap,
    "state-timeline": states, "status-history": states, "stat": stat, "singlestat": stat, "gauge": gauge, "bargauge": bars,
    "table": draw_table, "table-old": draw_table,
}  # fmt: skip


@dataclass(slots=True)
class Shown:
    """A dashboard with all its answers: everything that a picture is made of. `note` is written beside the title."""

    dashboard: Dashboard
    answers: list[tuple[Place, Answer | None]]
    values: Values
    note: str = ""
    range: str = ""
    annotations: list[Annotation] = field(default_factory=list)
    more: int = 0
    """Panels that are too far below to be drawn."""
    overlays: list[tuple[Box, Panel, str]] = field(default_factory=list)
    """Where text panels are, filled by `draw(…, texts=False)`."""
    hints: list[str] = field(default_factory=list)
    """What marks say when somebody points at them (`Canvas.hint`), likewise."""


def width_in_pixels(columns: int) -> float:
    """The inside of a panel so many columns wide; what Grafana takes as the number of points."""
    return columns * CELL - GAP - 16


def ask(dashboard: Dashboard, sources: Sources, span: Span, values: Values, *, note: str = "", range_: str = "") -> Shown:
    """Ask what the panels that fit into the tallest picture want to know, and the dashboard's annotations."""
    most = int((TALLEST - TOP) / ROW)
    all_ = list(places(list(repeated(dashboard.panels, values))))
    fits = [place for place in all_ if place.y + place.height <= most]
    known = [sources.annotate(one, dashboard.uid, span, values) for one in annotations_of(dashboard)]
    answers: list[tuple[Place, Answer | None]] = []
    for place in fits:
        panel = place.panel
        found = sources.ask(panel, span, {**values, **place.scope}, width_in_pixels(place.width)) if panel else None
        if panel and found:
            found.events = [(one.colour, event) for one in known for event in one.on(panel)]
        answers.append((place, found))
    more = sum(place.panel is not None for place in all_) - sum(place.panel is not None for place in fits)
    return Shown(dashboard, answers, values, note, range_, known, more)


def draw(shown: Shown, theme: Theme, vision: Vision, *, texts: bool = True) -> Figure:
    """The picture; without `texts`, places for Markdown stay empty and are listed in `shown.overlays`."""
    rows = max((p.y + p.height for p, _ in shown.answers), default=4)
    shown.overlays.clear()
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        canvas = Canvas(24 * CELL + GAP, TOP + rows * ROW + GAP + 18, theme, vision)
        _head(canvas, shown)
        for place, answer in shown.answers:
            box = Box(GAP + place.x * CELL, TOP + place.y * ROW, place.width * CELL - GAP, place.height * ROW - GAP)
            values = {**shown.values, **place.scope}
            if place.panel is None:
                folded = f"   {place.folded} panels, folded" if place.folded else ""
                heading = f"{'▸' if place.folded else '▾'} {fill(place.heading, values, form='text')}"
                used = canvas.text(box.x + 4, box.y + box.height / 2, heading, 14, bold=True)
                canvas.text(box.x + 8 + used, box.y + box.height / 2, folded, 12, canvas.faint)
            elif answer is not None:
                _card(canvas, box, place.panel, answer, shown, values, texts=texts)
        if shown.more:
            canvas.text(GAP, canvas.height - 12, f"and {shown.more} more panels below", 12, canvas.faint)
    shown.hints[:] = canvas.hints
    return canvas.figure


def _head(canvas: Canvas, shown: Shown) -> None:
    title = fill(shown.dashboard.title, shown.values, form="text") or "(no title)"
    right = canvas.width - GAP - 4
    if shown.range:
        right -= canvas.text(right, 20, shown.range, 12, canvas.faint, align="right") + 16
    if shown.note:
        wide = width_of(shown.note, 12, True) + 16
        canvas.rect(Box(right - wide, 9, wide, 22), canvas.see("#826817"), radius=4)
        canvas.text(right - wide / 2, 20, shown.note, 12, canvas.on(canvas.see("#826817")), bold=True, align="center")
        right -= wide + 16
    canvas.text(GAP + 2, 20, title, 19, bold=True, room=right - GAP)
    x = GAP + 2
    for variable in shown.dashboard.variables:
        if variable.type in ("datasource", "constant") or variable.data.get("hide") in (2, "hideVariable"):
            continue
        value = shown.values[variable.name].written("text") if variable.name in shown.values else "?"
        x += canvas.text(x, 50, variable.label or variable.name, 12, canvas.faint, room=160) + 6
        x += canvas.text(x, 50, value, 12, bold=True, room=200) + 18
    for one in shown.annotations:
        if not one.hidden:
            canvas.rect(Box(x, 46, 8, 8), canvas.see(one.colour), radius=2)
            found = one.unknown or str(len(one.events))
            x += 13 + canvas.text(x + 13, 50, one.name, 12, canvas.faint, room=200) + 6
            x += canvas.text(x, 50, found, 12, bold=True) + 18
    x += 8 if x > GAP + 2 else 0
    for link in listing(shown.dashboard.data.get("links")):
        label = text(mapping(link).get("title"))
        wide = min(width_of(label[:80], 12) + 24, 340)
        if label and x + wide < canvas.width:
            x += canvas.text(x, 50, f"↗ {label}", 12, url=text(mapping(link).get("url")), room=wide) + 18


def _card(canvas: Canvas, box: Box, panel: Panel, answer: Answer, shown: Shown, values: Values, *, texts: bool) -> None:
    see_through = panel.config.get("transparent") is True or panel.data.get("transparent") is True
    if not see_through:
        canvas.rect(box, canvas.card, edge=canvas.line, radius=3)
    title = fill(panel.title, values, form="text")
    own = text(panel.data.get("timeFrom"))
    room = box.width - 20
    if own and not panel.data.get("hideTimeOverride"):
        room -= canvas.text(box.x + box.width - 9, box.y + 15, f"last {own}"[:24], 11, canvas.faint, align="right") + 10
    links = [link for link in listing(panel.data.get("links")) if isinstance(link, dict)]
    canvas.text(box.x + 9, box.y + 15, title, 13, bold=True, room=room, url=text(links[0].get("url")) if links else "")
    inside = box.inside(9, 28 if title else 8, 9, 8)
    if panel.type == "text":
        content = fill(content_of(panel), values, form="text")
        shown.overlays.append((inside, panel, content))
        if texts:
            words(canvas, inside, panel, content)
    else:
        _body(canvas, inside, panel, answer)


def _body(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    asked = {t.language for t in panel.targets if not t.hidden and t.expr}
    if answer.error:
        message(canvas, box, f"Prometheus: {answer.error}")
    elif not panel.found:
        message(canvas, box, f"library panel {panel.library!r}: the file does not hold its model")
    elif panel.type == "logs" or (answer.lines and not answer.series):
        logs(canvas, box, answer)
    elif answer.series and panel.type in _KINDS:
        _KINDS[panel.type](canvas, box, panel, answer)
    elif answer.series:
        message(canvas, box, f"{panel.type or 'no type'}: the preview does not draw this kind of panel")
    elif asked and not asked & {"promql", "logql"}:
        language = "traces" if "traceql" in asked else "this data source"
        message(canvas, box, f"{language}: the preview asks Prometheus and Loki only")
    else:
        message(canvas, box, text(panel.defaults.get("noValue")) or ("no data" if asked else "no query"), 15)


def many(pictures: Sequence[bytes], captions: Sequence[str]) -> bytes:
    """PNGs beside each other, as one."""
    import io

    from PIL import Image, ImageDraw, ImageFont

    opened = [Image.open(io.BytesIO(one)).convert("RGB") for one in pictures]
    whole = Image.new("RGB", (sum(one.width for one in opened), max(one.height for one in opened) + 28), "#808080")
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(size=16)
    x = 0
    for one, caption in zip(opened, captions, strict=True):
        pen.rectangle((x, 0, x + one.width, 28), fill="#24292e")
        pen.text((x + 10, 5), caption, fill="#ffffff", font=font)
        whole.paste(one, (x, 28))
        x += one.width
    out = io.BytesIO()
    whole.save(out, "PNG", optimize=True)
    return out.getvalue()
