"""Writes the preview of a dashboard: a PNG for each theme and kind of colour vision, and one HTML page with all of them."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from ballast.dashboards.palette import Theme, Vision
from ballast.dashboards.preview.ask import Span, ask
from ballast.repo import CannotRun


def preview(
    path: Path,
    prometheus: str,
    out: Path,
    span: Span,
    *,
    values: Mapping[str, str] | None = None,
    themes: Sequence[Theme] = ("dark",),
    visions: Sequence[Vision] = ("normal",),
) -> list[Path]:
    """Draw the classic dashboard in `path` with answers of `prometheus` (URL) into the folder `out`; the files written.

    `values` are variables; those not given are `.*`, all of them. The same answers make the same bytes. CannotRun for a
    file that is no dashboard and for a query that Prometheus refuses.
    """
    from matplotlib import rc_context

    from ballast.dashboards.preview.draw import STYLE, Picture

    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        title, every = document["title"], document["panels"]
        known = {v["name"]: ".*" for v in document.get("templating", {}).get("list", []) if v["type"] == "query"}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRun(f"{path} is no dashboard in Grafana's classic JSON: {error}") from None
    with httpx.Client(base_url=prometheus, timeout=30, trust_env=False) as client:
        panels = [(panel, ask(client, panel, span, known | dict(values or {}))) for panel in every]
    out.mkdir(parents=True, exist_ok=True)
    parts, files = [], []
    for theme in themes:
        for vision in visions:
            figure = Picture(theme, vision).draw(title, panels)
            name = f"{path.stem}.{theme}" + ("" if vision == "normal" else f".{vision}")
            png, svg = io.BytesIO(), io.StringIO()
            figure.savefig(png, format="png", metadata={"Software": None})
            with rc_context(STYLE):
                figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
            files.append(_write(out / f"{name}.png", png.getvalue()))
            drawing = svg.getvalue()
            parts.append(
                f"<figure><figcaption>{theme}, {vision} vision</figcaption>{drawing[drawing.index('<svg') :]}</figure>"
            )
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
    style = "<style>body{display:flex;flex-wrap:wrap;font-family:sans-serif}figure{margin:8px}</style>"
    files.append(_write(out / f"{path.stem}.html", f"{head}{style}<body>{''.join(parts)}</body></html>\n".encode()))
    return files


def _write(path: Path, content: bytes) -> Path:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    return beside.replace(path)
