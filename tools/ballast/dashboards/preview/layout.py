"""Where panels are on Grafana's grid of 24 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ballast.dashboards.model import Panel

COLUMNS = 24
TALLEST = 60
"""Grid rows; a panel that says more is cut."""


class Place(NamedTuple):
    """A panel (or the heading of a row, with the number of panels that are folded into it) in grid units."""

    panel: Panel | None
    heading: str
    folded: int
    x: int
    y: int
    width: int
    height: int


def places(panels: Sequence[Panel]) -> Iterator[Place]:
    """Row by row in the order of the file; within a row panels move up until they meet another, as in Grafana.

    A panel without a place follows the one before it.
    """
    top = 0
    for (row, folded), found in groupby(panels, key=lambda p: (p.row, p.folded)):
        inside = list(found)
        if row or folded:
            yield Place(None, row, len(inside) if folded else 0, 0, top, COLUMNS, 1)
            top += 1
        if folded:
            continue
        heights = [top] * COLUMNS
        for panel, x, width, height in _ordered(inside):
            y = max(heights[x : x + width])
            heights[x : x + width] = [y + height] * width
            yield Place(panel, "", 0, x, y, width, height)
        top = max(heights)


def _ordered(panels: Sequence[Panel]) -> Iterator[tuple[Panel, int, int, int]]:
    """Panels with column, width and height, from top to bottom."""
    if all(p.width > 0 and p.height > 0 for p in panels):
        for panel in sorted(panels, key=lambda p: (p.y, p.x)):
            x = min(max(panel.x, 0), COLUMNS - 1)
            yield panel, x, min(panel.width, COLUMNS - x), min(panel.height, TALLEST)
        return
    x = 0
    for panel in panels:  # of `rows`, or with a part of their place missing
        width = min(max(panel.width, 0), COLUMNS) or COLUMNS // 2
        x = x if x + width <= COLUMNS else 0
        yield panel, x, width, min(max(panel.height, 0), TALLEST) or 8
        x += width
