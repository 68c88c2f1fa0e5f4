"""Draws a scene as one SVG file: light and dark, readable without colour, with words for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ballast.terraform.topology.layout import END, HEAD, LINE, MARGIN, place
from ballast.terraform.topology.scene import Arrow, Card, Scene

STYLE = """
  .map {
    --paper: #ffffff; --ink: #1b2330; --soft: #566273; --card: #f4f6fa; --edge: #c3cad6;
    --page: #b3261e; --data: #0b57d0; --query: #00696e; --state: #6b7280;
  }
  @media (prefers-color-scheme: dark) {
    .map {
      --paper: #12161d; --ink: #e8ecf3; --soft: #a3adbd; --card: #1d2430; --edge: #3b4658;
      --page: #ff8a80; --data: #8ab4f8; --query: #6fd6cf; --state: #a3adbd;
    }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; fill: var(--ink); }
  .paper { fill: var(--paper); }
  .title { font-size: 19px; font-weight: 600; }
  .sub, .badge { font-size: 11.5px; fill: var(--soft); }
  .name { font-size: 15px; font-weight: 600; }
  .line { font-size: 12px; }
  .card rect { fill: var(--card); stroke: var(--edge); }
  .card.page rect { stroke: var(--page); stroke-width: 2.5; }
  .card.outside rect { fill: var(--paper); stroke-dasharray: 5 4; }
  .arrow path { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
  .arrow text { font-size: 10.5px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
  .arrow path.tip { stroke: none; stroke-dasharray: none; }
  .arrow:hover path { stroke-width: 4; }
  .page path { stroke: var(--page); stroke-width: 3; } .page .tip, .arrow.page text { fill: var(--page); }
  .data path { stroke: var(--data); } .data .tip, .data text { fill: var(--data); }
  .query path { stroke: var(--query); stroke-dasharray: 7 4; } .query .tip, .query text { fill: var(--query); }
  .state path { stroke: var(--state); stroke-dasharray: 2 3; } .state .tip, .state text { fill: var(--state); }
"""
LEGEND = (
    ("page", "pages, and what they pass through (also framed)"),
    ("data", "metrics, logs, spans on their way to storage"),
    ("query", "queries"),
    ("state", "state, keys, sign-in"),
)
CORNER = 6.0


def draw(scene: Scene) -> str:
    """The SVG's text."""
    placed = place(scene)
    width, height = placed.width, placed.height
    subtitle = (
        "From the plan: a card a namespace, an arrow a connection with the port that it goes to. "
        "scraped: by Prometheus; bucket: object storage."
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="title desc">',
        f'<title id="title">Platform {escape(scene.root)}</title>',
        f'<desc id="desc">{escape(" ".join(scene.words()))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width:g}" height="{height:g}"/>',
        f'<text class="title" x="{MARGIN}" y="42">{escape(scene.root)}</text>',
        f'<text class="sub" x="{MARGIN}" y="64">{escape(subtitle)}</text>',
        *(_arrow(arrow, placed.paths[arrow]) for arrow in sorted(scene.arrows, key=lambda a: a.kind == "page")),
        *(_card(card, placed.boxes[card.key]) for card in scene.cards),
        *_legend(height),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _card(card: Card, box: tuple[float, float, float, float]) -> str:
    x, y, width, height = box
    name = card.key.removeprefix("external:")
    kind = " ".join(["card", *(["page"] if card.page_path else []), *(["outside"] if card.outside else [])])
    text = [
        f'<g class="{kind}"><title>{escape(name)}</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="9"/>',
        f'<text class="name" x="{x + 14:g}" y="{y + 28:g}">{escape(_cut(name, 20))}</text>',
    ]
    if card.outside:
        text.append(f'<text class="badge" x="{x + 14:g}" y="{y + 45:g}">outside the cluster</text>')
    at = y + HEAD - 4
    for line in card.lines:
        text.append(f'<text class="line" x="{x + 14:g}" y="{at:g}">{escape(_cut(line, 33))}</text>')
        at += LINE
    if card.badges:
        text.append(f'<text class="badge" x="{x + 14:g}" y="{at:g}">{escape(" · ".join(card.badges))}</text>')
    return "".join(text) + "</g>"


def _arrow(arrow: Arrow, points: Sequence[tuple[float, float]]) -> str:
    end, before = points[-1], points[-2]
    forward = end[0] > before[0]
    back = 8 if forward else -8
    path = " ".join(_rounded([*points[:-1], (end[0] - back, end[1])]))
    tip = f"M{end[0]:g},{end[1]:g} l{-back - back / 8:g},-4.5 v9 z"
    title = f"{arrow.source} → {arrow.target}: {', '.join(arrow.purposes)} ({', '.join(map(str, arrow.ports))})"
    said = str(arrow.ports[0]) + (f" +{len(arrow.ports) - 1}" if len(arrow.ports) > 1 else "")
    x = end[0] - (END - 4 if forward else -(END - 4))
    anchor = "start" if forward else "end"
    return (
        f'<g class="arrow {arrow.kind}"><title>{escape(title)}</title><path d="{path}"/><path class="tip" d="{tip}"/>'
        f'<text x="{x:g}" y="{end[1] - 3:g}" text-anchor="{anchor}">{said}</text></g>'
    )


def _rounded(points: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Straight lines with round corners."""
    yield f"M{points[0][0]:g},{points[0][1]:g}"
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(CORNER, _far(before, here) / 2, _far(here, after) / 2)
        a, b = _toward(here, before, reach), _toward(here, after, reach)
        yield f"L{a[0]:g},{a[1]:g} Q{here[0]:g},{here[1]:g} {b[0]:g},{b[1]:g}"
    yield f"L{points[-1][0]:g},{points[-1][1]:g}"


def _far(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _toward(here: tuple[float, float], there: tuple[float, float], reach: float) -> tuple[float, float]:
    far = _far(here, there)
    if far == 0:
        return here
    return (here[0] + (there[0] - here[0]) * reach / far, here[1] + (there[1] - here[1]) * reach / far)


def _legend(height: float) -> Iterator[str]:
    x = float(MARGIN)
    for kind, words in LEGEND:
        y = height - 26
        yield (
            f'<g class="arrow {kind}"><path d="M{x:g},{y:g} h34"/><path class="tip" d="M{x + 42:g},{y:g} l-9,-4.5 v9 z"/></g>'
            f'<text class="sub" x="{x + 50:g}" y="{y + 4:g}">{escape(words)}</text>'
        )
        x += 84 + 6.2 * len(words)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
