"""Draws a graph of modules as one SVG file: readable at any size, in light and dark, and by a screen reader."""

from __future__ import annotations

from collections.abc import Hashable
from html import escape

from ballast.repo import CannotRun
from ballast.terraform.graph.flows import Flow, Graph, Node
from ballast.terraform.graph.layout import Placed, place

WIDTH, GAP, MARGIN, TOP = 228, 196, 32, 92
LINE = 22  # between two arrows that end at one box
SPACE = 26  # between two boxes
BASE = 62  # height of a box that nothing flows into
LANE = 30  # height of an arrow that passes a column
CHARACTERS = 18  # of a label that fit beside an arrow

STYLE = """
  .graph {
    --paper: #ffffff; --ink: #1b2330; --soft: #566273; --card: #f4f6fa; --edge: #c3cad6; --line: #7c8798; --a: #0b57d0;
  }
  @media (prefers-color-scheme: dark) {
    .graph {
      --paper: #12161d; --ink: #e8ecf3; --soft: #a3adbd; --card: #1d2430; --edge: #3b4658; --line: #7f8ba0; --a: #8ab4f8;
    }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; fill: var(--ink); }
  .paper { fill: var(--paper); }
  .card rect { fill: var(--card); stroke: var(--edge); }
  .card .name { font-size: 15px; font-weight: 600; }
  .card .source, .sub { font-size: 12px; fill: var(--soft); }
  .title { font-size: 18px; font-weight: 600; }
  .flow path { fill: none; stroke: var(--line); stroke-width: 1.5; }
  .flow text { font-size: 11.5px; fill: var(--a); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
  .flow:hover path { stroke: var(--a); stroke-width: 2.5; }
  .flow path.tip { fill: var(--line); stroke: none; }
  .flow:hover path.tip { fill: var(--a); }
"""


def draw(graph: Graph) -> str:
    """The SVG's text."""
    try:
        placed = place([node.key for node in graph.nodes], [(flow.source, flow.target) for flow in graph.flows])
    except ValueError as error:
        raise CannotRun(f"{graph.root}: {error}") from None
    return _Drawing(graph, placed).text()


class _Drawing:
    def __init__(self, graph: Graph, placed: Placed) -> None:
        self.graph, self.placed = graph, placed
        self.nodes = {node.key: node for node in graph.nodes}
        self.into = {node.key: [f for f in graph.flows if f.target == node.key] for node in graph.nodes}
        self.out = {node.key: [f for f in graph.flows if f.source == node.key] for node in graph.nodes}
        heights = [sum(self.height(key) + SPACE for key in column) - SPACE for column in placed.columns]
        self.inner = max(heights, default=0)
        self.at: dict[Hashable, tuple[float, float]] = {}
        for number, (column, height) in enumerate(zip(placed.columns, heights, strict=True)):
            y = TOP + (self.inner - height) / 2
            for key in column:
                self.at[key] = (MARGIN + number * (WIDTH + GAP), y)
                y += self.height(key) + SPACE
        self.into = {key: sorted(flows, key=lambda f: self.at[self.before(f)][1]) for key, flows in self.into.items()}
        self.out = {key: sorted(flows, key=lambda f: self.at[self.after(f)][1]) for key, flows in self.out.items()}

    def before(self, flow: Flow) -> Hashable:
        return self.placed.paths[flow.source, flow.target][-2]

    def after(self, flow: Flow) -> Hashable:
        return self.placed.paths[flow.source, flow.target][1]

    def height(self, key: Hashable) -> float:
        if key not in self.nodes:
            return LANE
        return max(BASE, LINE * max(len(self.into[str(key)]), len(self.out[str(key)])) + 18)

    def text(self) -> str:
        columns = len(self.placed.columns)
        width = 2 * MARGIN + columns * WIDTH + (columns - 1) * GAP
        height = TOP + self.inner + MARGIN
        groups = sorted({node.group for node in self.graph.nodes if node.group})
        inside = f" (in {', '.join(f'module.{group}' for group in groups)})" if groups else ""
        subtitle = f"{len(self.graph.nodes)} modules{inside}; an arrow carries outputs into arguments"
        width = max(width, 2 * MARGIN + 7 * len(subtitle), 2 * MARGIN + 10 * len(self.graph.root))
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" role="img" aria-labelledby="title desc">',
            f'<title id="title">Modules of {escape(self.graph.root)}</title>',
            f'<desc id="desc">{escape(" ".join(self.graph.words()))}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{width:g}" height="{height:g}"/>',
            f'<text class="title" x="{MARGIN}" y="40">{escape(self.graph.root)}</text>',
            f'<text class="sub" x="{MARGIN}" y="62">{escape(subtitle)}</text>',
            *(self.flow(flow) for flow in self.graph.flows),
            *(self.card(node) for node in self.graph.nodes),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def card(self, node: Node) -> str:
        x, y = self.at[node.key]
        height = self.height(node.key)
        middle = y + height / 2
        blocks = f" · {node.resources} blocks" if node.resources else ""
        return (
            f'<g class="card"><title>{escape(f"module {node.key}, source {node.source}{blocks}")}</title>'
            f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{height:g}" rx="9"/>'
            f'<text class="name" x="{x + 16:g}" y="{middle - 3:g}">{escape(_cut(node.name, 20))}</text>'
            f'<text class="source" x="{x + 16:g}" y="{middle + 16:g}">{escape(_cut(node.source + blocks, 34))}</text></g>'
        )

    def flow(self, flow: Flow) -> str:
        """From the source's right side through its placeholders to the target's left side; the outputs are named at the end."""
        start = self.port(flow.source, self.out[flow.source].index(flow), len(self.out[flow.source]), right=True)
        end = self.port(flow.target, self.into[flow.target].index(flow), len(self.into[flow.target]), right=False)
        path = [f"M{start[0]:g},{start[1]:g}"]
        here = start
        for passed in self.placed.paths[flow.source, flow.target][1:-1]:
            x, y = self.at[passed][0], self.at[passed][1] + LANE / 2
            path.append(_bend(here, (x, y)) + f" H{x + WIDTH:g}")
            here = (x + WIDTH, y)
        said = ", ".join(flow.outputs)
        short = said if len(said) <= CHARACTERS else f"{_cut(flow.outputs[0], CHARACTERS - 3)} +{len(flow.outputs) - 1}"
        straight = 13 + 6.5 * len(short)
        path.append(_bend(here, (end[0] - straight, end[1])) + f" H{end[0] - 7:g}")
        tip = f"M{end[0]:g},{end[1]:g} l-9,-4.5 v9 z"
        title = f"{said} of {flow.source} → {', '.join(flow.arguments)} of {flow.target}"
        line = f'<path d="{" ".join(path)}"/><path class="tip" d="{tip}"/>'
        return (
            f'<g class="flow"><title>{escape(title)}</title>{line}'
            f'<text x="{end[0] - 13:g}" y="{end[1] - 5:g}" text-anchor="end">{escape(short)}</text></g>'
        )

    def port(self, key: str, number: int, count: int, *, right: bool) -> tuple[float, float]:
        x, y = self.at[key]
        return x + (WIDTH if right else 0), y + self.height(key) * (number + 1) / (count + 1)


def _bend(start: tuple[float, float], end: tuple[float, float]) -> str:
    middle = start[0] + (end[0] - start[0]) * 0.45
    return f"C{middle:g},{start[1]:g} {middle:g},{end[1]:g} {end[0]:g},{end[1]:g}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
