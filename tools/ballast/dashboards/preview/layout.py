"""Where panels are on Grafana's grid of 24 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from ballast.dashboards.model import Panel
from ballast.dashboards.preview.repeat import COLUMNS, Copy
from ballast.dashboards.preview.variables import Values

TALLEST = 60
"""Grid rows; a panel that says more is cut."""


class Place(NamedTuple):
    """A panel (or the heading of a row, with the number of panels that are folded into it) in grid units.

    `scope` is what variables are in this copy of a panel or row alone.
    """

    panel: Panel | None
    heading: str
    folded: int
    x: int
    y: int
    width: int
    height: int
    scope: Values = MappingProxyType({})


def places(copies: Sequence[Copy]) -> Iterator[Place]:
    """Row by row in the order of the file; within a row panels move up until they meet another, as in Grafana.

    A panel without a place follows the one before it.
    """
    top = 0
    for (_, folded), found in groupby(copies, key=lambda c: (c.row, c.panel.folded)):
        inside = list(found)
        row = inside[0].panel
        if row.row or folded:
            scope = {row.row_repeat: inside[0].scope[row.row_repeat]} if row.row_repeat in inside[0].scope else {}
            yield Place(None, row.row, len(inside) if folded else 0, 0, top, COLUMNS, 1, scope)
            top += 1
        if folded:
            continue
        heights = [top] * COLUMNS
        for copy, x, width, height in _ordered(inside):
            y = max(heights[x : x + width])
            heights[x : x + width] = [y + height] * width
            yield Place(copy.panel, "", 0, x, y, width, height, copy.scope)
        top = max(heights)


def _ordered(copies: Sequence[Copy]) -> Iterator[tuple[Copy, int, int, int]]:
    """Panels with column, width and height, from top to bottom."""
    if all(c.panel.width > 0 and c.panel.height > 0 for c in copies):
        for copy in sorted(copies, key=lambda c: (c.panel.y, c.panel.x)):
            panel = copy.panel
            x = min(max(panel.x, 0), COLUMNS - 1)
            yield copy, x, min(panel.width, COLUMNS - x), min(panel.height, TALLEST)
        return
    x = 0
    for copy in copies:  # of `rows`, or with a part of their place missing
        width = min(max(copy.panel.width, 0), COLUMNS) or COLUMNS // 2
        x = x if x + width <= COLUMNS else 0
        yield copy, x, width, min(max(copy.panel.height, 0), TALLEST) or 8
        x += width
