"""Writes the preview of a dashboard: a PNG for each theme and kind of colour vision, and one HTML page with all of them."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.dashboards.model import Dashboard
from ballast.dashboards.palette import Theme, Vision
from ballast.dashboards.preview.ask import Sources
from ballast.dashboards.preview.span import Span
from ballast.dashboards.preview.variables import Given, choose

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ballast.dashboards.preview.draw import Shown

_STYLE = """
body{margin:8px;display:flex;flex-wrap:wrap;gap:8px;font:14px/1.5 'DejaVu Sans',sans-serif;background:#808080}
figure{margin:0;position:relative;flex:none}figcaption{background:#24292e;color:#fff;padding:4px 10px}
.drawing{position:relative}svg{display:block}
.words{position:absolute;overflow:auto;font-size:12.5px;line-height:1.5}.words>:first-child{margin-top:0}
.words p,.words ul{margin:0 0 6px}.words ul{padding-left:18px}.dark .words{color:#d5d7dc}.light .words{color:#24292e}
.dark .words a{color:#7ea6f5}.light .words a{color:#1f60c4}
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing: what it is called, its PNG and its HTML."""

    caption: str
    suffix: str
    png: bytes
    html: str


def pictures(
    dashboard: Dashboard,
    sources: Sources,
    span: Span,
    *,
    values: Given | None = None,
    themes: Sequence[Theme] = ("dark",),
    visions: Sequence[Vision] = ("normal",),
    note: str = "",
) -> list[Picture]:
    """Draw a dashboard for each theme and kind of colour vision; it is asked for once. The same answers make the same bytes.

    `values` are variables; those not given are as the dashboard was saved. `note` is written beside the title.
    """
    from ballast.dashboards.preview.draw import ask, draw

    shown = ask(dashboard, sources, span, choose(dashboard, values or {}, sources.label_values), note=note, range_=_range(span))
    made = []
    for theme in themes:
        for vision in visions:
            png = _png(draw(shown, theme, vision))
            suffix = f"{theme}" + ("" if vision == "normal" else f".{vision}")
            made.append(Picture(f"{theme}, {vision} vision", suffix, png, _drawing(shown, theme, vision)))
    return made


def _png(figure: Figure) -> bytes:
    """The figure in 256 colours: a third of the bytes, and nobody sees the difference."""
    from matplotlib import rc_context
    from PIL import Image

    from ballast.dashboards.preview.canvas import STYLE

    drawn, out = io.BytesIO(), io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(drawn, format="png", metadata={"Software": None})
    Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _drawing(shown: Shown, theme: Theme, vision: Vision) -> str:
    """The picture as SVG with text panels as HTML on it."""
    from matplotlib import rc_context

    from ballast.dashboards.preview.canvas import STYLE
    from ballast.dashboards.preview.draw import draw
    from ballast.dashboards.preview.texts import html_of

    figure, svg = draw(shown, theme, vision, texts=False), io.StringIO()
    with rc_context(STYLE):
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    drawing = re.sub(r'<g id="hint-(\d+)">', lambda found: found[0] + _title(shown.hints[int(found[1])]), svg.getvalue())
    width, height = figure.get_size_inches() * 100
    parts = [drawing[drawing.index("<svg") :].replace("<svg ", f'<svg style="width:{width:.0f}px;height:{height:.0f}px" ', 1)]
    for box, panel, content in shown.overlays:
        place = f"left:{box.x:.0f}px;top:{box.y:.0f}px;width:{box.width:.0f}px;height:{box.height:.0f}px"
        parts.append(f'<div class="words" style="{place}">{html_of(panel, content)}</div>')
    return f'<div class="drawing {theme}">{"".join(parts)}</div>'


def _title(words: str) -> str:
    return f"<title>{html.escape(words)}</title>"


def page(title: str, made: Sequence[Picture]) -> str:
    """One HTML page that needs nothing else."""
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    figures = (f"<figure><figcaption>{html.escape(one.caption)}</figcaption>{one.html}</figure>" for one in made)
    return f"{head}<body>{''.join(figures)}</body></html>\n"


def write(stem: str, title: str, made: Sequence[Picture], out: Path) -> list[Path]:
    """`<stem>.<theme>[.<vision>].png` of each, `<stem>.all.png` of several beside each other, and `<stem>.html`."""
    from ballast.dashboards.preview.draw import many

    out.mkdir(parents=True, exist_ok=True)
    files = [_write(out / f"{stem}.{one.suffix}.png", one.png) for one in made]
    if len(made) > 1:
        files.append(_write(out / f"{stem}.all.png", many([one.png for one in made], [one.caption for one in made])))
    return [*files, _write(out / f"{stem}.html", page(title, made).encode())]


def _range(span: Span) -> str:
    start, end = (datetime.fromtimestamp(t, UTC) for t in (span.start, span.end))
    return (
        f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
        if start.date() == end.date()
        else f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    )


def _write(path: Path, content: bytes) -> Path:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    return beside.replace(path)
