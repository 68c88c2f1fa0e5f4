"""The graph for other programs and for the eye: JSON, DOT, SVG, and one HTML page that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import jinja2

from ballast.graph.layout import columns
from ballast.graph.model import KINDS, PARTS, Graph, Kind, Node

TEMPLATE = Path(__file__).with_name("page.html.j2")
NAMES: dict[Kind, str] = {
    "service": "services",
    "slo": "SLOs",
    "alert": "alerts",
    "runbook": "runbooks",
    "section": "sections of runbooks",
    "dashboard": "dashboards",
    "panel": "panels",
    "record": "recorded series",
    "metric": "metrics",
    "exporter": "exporters",
    "module": "Terraform modules",
    "experiment": "chaos experiments",
}
ONE: dict[Kind, str] = {
    "slo": "SLO",
    "record": "recorded series",
    "module": "Terraform module",
    "experiment": "chaos experiment",
}
# Okabe and Ito's hues, darkened for white paper and lightened for black: each at least 4.5:1 on its ground. Shape and words say
# the same as the colour.
COLOURS: dict[Kind, tuple[str, str]] = {
    "service": ("#0b5c8f", "#7cc4f0"),
    "slo": ("#00684f", "#4fd3ae"),
    "alert": ("#b03a00", "#ff9d66"),
    "runbook": ("#8a3f77", "#e6a3d2"),
    "section": ("#8a3f77", "#e6a3d2"),
    "dashboard": ("#7a5a00", "#f0c649"),
    "panel": ("#7a5a00", "#f0c649"),
    "record": ("#4b5563", "#b4bdca"),
    "metric": ("#3b3fb5", "#a9acff"),
    "exporter": ("#1b2330", "#e8ecf3"),
    "module": ("#5b3fa8", "#c3b0ff"),
    "experiment": ("#a31545", "#ff9bbb"),
}
# Paths around (0, 0), 12 wide.
SHAPES: dict[Kind, str] = {
    "service": "M-6-6h12v12h-12z",
    "slo": "M0-6a6 6 0 1 0 .01 0zM0-2a2 2 0 1 1-.01 0z",
    "alert": "M0-6.5L6.5 5.5h-13z",
    "runbook": "M-5-6h7l3 3v9h-10z",
    "section": "M-5-2h10v4h-10z",
    "dashboard": "M-6-5h5v4h-5zM1-5h5v4h-5zM-6 1h12v4h-12z",
    "panel": "M-5-4h10v8h-10zM-3-2v4h6v-4z",
    "record": "M0-5L5 0 0 5-5 0z",
    "metric": "M-6 5v-5h3v5zM-1.5 5v-11h3v11zM3 5v-8h3v8z",
    "exporter": "M-6-4h6l6 4-6 4h-6z",
    "module": "M-3-6h6l4 6-4 6h-6l-4-6z",
    "experiment": "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
}
COLUMN, ROW, HEAD = 250, 20, 70


def data(graph: Graph, ids: Collection[str] | None = None) -> dict[str, Any]:
    """Nodes, links and dead links, in the order of the layout; `ids`: only these nodes."""
    order = columns(graph, ids)
    nodes = [graph.nodes[node] for column in order.values() for node in column]
    known = {node.id for node in nodes}
    links = sorted(
        (li for li in graph.links if li.source in known and li.target in known), key=lambda li: (li.source, li.target)
    )
    return {
        "nodes": [
            {"id": n.id, "kind": n.kind, "name": n.name, "title": n.label, "path": n.path, "line": n.line, "facts": n.facts}
            for n in nodes
        ],
        "links": [{"source": x.source, "target": x.target, "verb": x.verb, "path": x.path, "line": x.line} for x in links],
        "dead": [
            {"source": d.source, "wanted": d.wanted, "why": d.why, "path": d.path, "line": d.line}
            for d in graph.dead
            if d.source in known
        ],
    }


def dot(graph: Graph, ids: Collection[str] | None = None) -> str:
    """For Graphviz: `ballast graph --output dot | dot -Tsvg`."""
    shapes: dict[Kind, str] = {
        "alert": "triangle",
        "runbook": "note",
        "slo": "doublecircle",
        "module": "hexagon",
        "metric": "box3d",
    }
    found = data(graph, ids)
    lines = ["digraph ballast {", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for node in found["nodes"]:
        label = f"{node['kind']}\n{node['title']}"
        lines.append(f"  {json.dumps(node['id'])} [label={json.dumps(label)}, shape={shapes.get(node['kind'], 'box')}];")
    lines += [
        f"  {json.dumps(x['source'])} -> {json.dumps(x['target'])} [label={json.dumps(x['verb'])}];" for x in found["links"]
    ]
    return "\n".join([*lines, "}"]) + "\n"


def svg(graph: Graph, ids: Collection[str] | None = None) -> str:
    """A picture: a column a kind; of the whole graph without the parts of pages and dashboards."""
    if ids is None:
        ids = [node.id for node in graph.nodes.values() if node.kind not in PARTS]
    order = columns(graph, ids)
    place = {n: (20 + COLUMN * x, HEAD + ROW * y) for x, column in enumerate(order.values()) for y, n in enumerate(column)}
    width, height = COLUMN * len(order) + 20, HEAD + ROW * max(map(len, order.values()), default=0) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="What leads to what"><style>',
        "text { font: 12px system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif; fill: #1b2330 } .h { font-weight: 600 }",
        ".l { fill: none; stroke: #566273; stroke-opacity: .35 } .paper { fill: #fff }",
        *(f".{kind} {{ fill: {light} }}" for kind, (light, _) in COLOURS.items()),
        "@media (prefers-color-scheme: dark) { text { fill: #e8ecf3 } .l { stroke: #a3adbd } .paper { fill: #12161d }",
        *(f".{kind} {{ fill: {dark} }}" for kind, (_, dark) in COLOURS.items()),
        f'}}</style><rect class="paper" width="{width}" height="{height}"/>',
    ]
    for link in sorted(graph.links, key=lambda li: (li.source, li.target)):
        if link.source in place and link.target in place:
            (x1, y1), (x2, y2) = place[link.source], place[link.target]
            bend = COLUMN / 3 if x2 > x1 else -COLUMN / 3
            parts.append(f'<path class="l" d="M{x1} {y1}C{x1 + bend:g} {y1} {x2 - bend:g} {y2} {x2} {y2}"/>')
    for kind, column in order.items():
        x = place[column[0]][0]
        parts.append(f'<text class="h" x="{x - 6}" y="34">{len(column)} {escape(NAMES[kind])}</text>')
        parts += [_mark(graph.nodes[n], *place[n]) for n in column]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _mark(node: Node, x: int, y: int) -> str:
    said = node.label if len(node.label) <= 32 else f"{node.label[:31]}…"
    return (
        f'<g transform="translate({x} {y})"><title>{escape(node.kind)} {escape(node.name)} {escape(node.place)}</title>'
        f'<path class="{node.kind}" fill-rule="evenodd" d="{SHAPES[node.kind]}"/><text x="12" y="4">{escape(said)}</text></g>'
    )


def html(graph: Graph, ids: Collection[str] | None = None) -> str:
    """The whole graph (or a thread) as one page: search, filter, walk; it asks no server for anything."""
    found = data(graph, ids)
    number = {node["id"]: i for i, node in enumerate(found["nodes"])}
    verbs = sorted({link["verb"] for link in found["links"]})
    paths = sorted({item["path"] for item in (*found["nodes"], *found["links"])})
    at = {path: i for i, path in enumerate(paths)}
    kinds = [kind for kind in KINDS if any(node["kind"] == kind for node in found["nodes"])]
    packed = {
        "kinds": [
            {
                "id": k,
                "name": NAMES[k],
                "one": ONE.get(k, k),
                "shape": SHAPES[k],
                "part": k in PARTS,
                "light": COLOURS[k][0],
                "dark": COLOURS[k][1],
            }
            for k in kinds
        ],
        "verbs": verbs,
        "paths": paths,
        "nodes": [
            [kinds.index(n["kind"]), n["name"], n["title"], at[n["path"]], n["line"], n["facts"]] for n in found["nodes"]
        ],
        "links": [
            [number[x["source"]], number[x["target"]], verbs.index(x["verb"]), at[x["path"]], x["line"]] for x in found["links"]
        ],
        "dead": [[number[d["source"]], d["why"], f"{d['path']}:{d['line']}"] for d in found["dead"]],
    }
    text = json.dumps(packed, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    return _template().render(data=text, counts=len(found["nodes"]))


@cache
def _template() -> jinja2.Template:
    return jinja2.Environment(autoescape=False, undefined=jinja2.StrictUndefined).from_string(TEMPLATE.read_text())  # noqa: S701
