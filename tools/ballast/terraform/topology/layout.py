"""Places cards on a grid and leads arrows through the gaps between them, each in a lane of its own.

Columns and rows of cards have gutters between them. An arrow leaves its card at the side, turns into a lane of the gutter
there, crosses columns (where it has to) in a lane between two rows, and comes to its end in a lane beside it: no arrow runs
through a card, and no two share a lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ballast.terraform.topology.scene import Arrow, Card, Scene

# Where to look for things: data from the left, pages along the top, state to the right. These are only places; what is drawn
# comes from the plan, and what has no place here goes below in the first column.
PLACES = {
    "agents": (0, 1),
    "collectors": (0, 2),
    "cert-manager": (0, 3),
    "chaos": (0, 4),
    "prometheus": (1, 0),
    "victoriametrics": (1, 1),
    "loki": (1, 2),
    "tempo": (1, 3),
    "kafka": (1, 4),
    "alertmanager": (2, 0),
    "thanos": (2, 1),
    "grafana": (2, 2),
    "external-secrets": (2, 4),
    "gateway": (3, 0),
    "postgresql": (3, 1),
    "redis": (3, 2),
    "vault": (3, 4),
    "external:pagerduty": (4, 0),
}
OUTSIDE = 4

WIDTH, LANE, END, ROW_GAP, LINE, HEAD, MARGIN, TOP = 214, 11, 54, 30, 18, 52, 32, 96
PORT = 17  # between two arrows at one side of a card


@dataclass(slots=True)
class Placed:
    """Boxes `(x, y, width, height)` by card, and points of each arrow from start to end; the size of the whole."""

    boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    paths: dict[Arrow, list[tuple[float, float]]] = field(default_factory=dict)
    width: float = 0
    height: float = 0


def place(scene: Scene) -> Placed:
    """Where everything goes."""
    cells = _cells(scene.cards)
    routes = {arrow: _route(cells[arrow.source], cells[arrow.target]) for arrow in scene.arrows}
    columns, rows = max(c for c, _ in cells.values()) + 1, max(r for _, r in cells.values()) + 1
    vertical: list[list[tuple[Arrow, int]]] = [[] for _ in range(columns + 1)]
    horizontal: list[list[Arrow]] = [[] for _ in range(rows + 1)]
    for arrow, route in routes.items():
        vertical[route.leaves].append((arrow, 0))
        if route.row is not None:
            horizontal[route.row].append(arrow)
            vertical[route.enters].append((arrow, 1))
    for lanes in vertical:
        lanes.sort(key=lambda item: _turn(cells, routes, *item))
    for passing in horizontal:
        passing.sort(key=lambda a: (cells[a.target][1], cells[a.source][1], a.target))
    sides = _sides(scene.arrows, cells, routes)
    placed = Placed()
    left = [0.0] * columns
    x = float(MARGIN)
    gutters = []
    for number in range(columns + 1):
        ends = 2 * END if 0 < number < columns else END if vertical[number] else 0
        gutters.append(x + (END if number > 0 else 0))
        x += ends + LANE * len(vertical[number])
        if number < columns:
            left[number] = x
            x += WIDTH
    placed.width = x + MARGIN
    y = float(TOP)
    gaps = []
    for row in range(rows + 1):
        gaps.append(y + ROW_GAP / 2)
        y += ROW_GAP + LANE * len(horizontal[row])
        tall = 0.0
        for card in scene.cards:
            column, at = cells[card.key]
            if at == row:
                height = _height(card, sides)
                placed.boxes[card.key] = (left[column], y, WIDTH, height)
                tall = max(tall, height)
        y += tall
    placed.height = y + 64
    for arrow, route in routes.items():
        start = _port(placed, sides, arrow.source, arrow, right=route.leaves > cells[arrow.source][0])
        end = _port(placed, sides, arrow.target, arrow, right=route.enters > cells[arrow.target][0])
        out = gutters[route.leaves] + LANE * (vertical[route.leaves].index((arrow, 0)) + 0.5)
        points = [start, (out, start[1])]
        if route.row is None:
            points += [(out, end[1]), end]
        else:
            across = gaps[route.row] + LANE * (horizontal[route.row].index(arrow) + 0.5)
            into = gutters[route.enters] + LANE * (vertical[route.enters].index((arrow, 1)) + 0.5)
            points += [(out, across), (into, across), (into, end[1]), end]
        placed.paths[arrow] = points
    return placed


@dataclass(frozen=True, slots=True)
class _Route:
    leaves: int
    enters: int
    row: int | None


def _cells(cards: Sequence[Card]) -> dict[str, tuple[int, int]]:
    taken = {PLACES[card.key] for card in cards if card.key in PLACES}
    cells = {}
    for card in cards:
        cell = PLACES.get(card.key)
        if cell is None:
            column = OUTSIDE if card.outside else 0
            cell = next((column, row) for row in range(1, len(cards) + 5) if (column, row) not in taken)
            taken.add(cell)
        cells[card.key] = cell
    return cells


def _route(source: tuple[int, int], target: tuple[int, int]) -> _Route:
    """Gutter number g is left of column g; row gap number r is above row r."""
    (a, up), (b, down) = source, target
    leaves = a if b < a else a + 1
    enters = b + 1 if b <= a else b
    if leaves == enters:
        return _Route(leaves, enters, None)
    return _Route(leaves, enters, down if up <= down else down + 1)


def _turn(cells: dict[str, tuple[int, int]], routes: dict[Arrow, _Route], arrow: Arrow, end: int) -> tuple[int, int, int, str]:
    """Order of lanes in a gutter: those that begin high turn late when they go down, so that they cross less."""
    up, down = cells[arrow.source][1], cells[arrow.target][1]
    return (end, -up if down >= up else up, down, arrow.target)


def _sides(
    arrows: Sequence[Arrow], cells: dict[str, tuple[int, int]], routes: dict[Arrow, _Route]
) -> dict[tuple[str, bool], list[Arrow]]:
    sides: dict[tuple[str, bool], list[Arrow]] = {}
    for arrow in arrows:
        sides.setdefault((arrow.source, routes[arrow].leaves > cells[arrow.source][0]), []).append(arrow)
        sides.setdefault((arrow.target, routes[arrow].enters > cells[arrow.target][0]), []).append(arrow)
    for (key, _), mine in sides.items():
        mine.sort(key=lambda a, key=key: (cells[a.target if a.source == key else a.source][1], a.target, a.source))  # type: ignore[misc]
    return sides


def _height(card: Card, sides: dict[tuple[str, bool], list[Arrow]]) -> float:
    ports = max(len(sides.get((card.key, True), ())), len(sides.get((card.key, False), ())))
    return max(HEAD + LINE * (len(card.lines) + bool(card.badges)), PORT * ports + 16)


def _port(
    placed: Placed, sides: dict[tuple[str, bool], list[Arrow]], key: str, arrow: Arrow, *, right: bool
) -> tuple[float, float]:
    x, y, width, height = placed.boxes[key]
    mine = sides[key, right]
    return (x + (width if right else 0), y + height * (mine.index(arrow) + 1) / (len(mine) + 1))
