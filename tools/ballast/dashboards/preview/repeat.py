"""Panels and rows that Grafana draws once for each chosen value of a variable.

As Grafana lays them out: copies beside each other share the whole width, at most `maxPerRow` of them a line (4 where the
panel does not say), copies below each other keep the panel's width, and what stands below moves down. A repeated row is drawn
with all its panels for each value. Inside a copy the variable has that one value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from ballast.dashboards.model import Panel
from ballast.dashboards.preview.variables import Value, Values

COLUMNS = 24
MOST = 200
"""Copies of one panel or row; no picture is so long."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A panel to draw: `scope` is what its variables are in this copy alone, `row` which copy of which row it is in."""

    panel: Panel
    scope: Values = field(default_factory=dict)
    row: tuple[int, int] = (0, 0)


def repeated(panels: Sequence[Panel], values: Values) -> Iterator[Copy]:
    """All copies, row by row; a panel that does not repeat is its only copy."""
    for (number, variable), found in groupby(panels, key=lambda p: (p.row_number, p.row_repeat)):
        inside = list(found)
        for copy, scope in enumerate(_scopes(variable, values) or [{}]):
            yield from (Copy(panel, held, (number, copy)) for panel, held in _row(inside, values, scope))


def _scopes(variable: str, values: Values) -> list[Values]:
    """One for each chosen value; none where the variable is not known, or what it may be is not."""
    chosen = values.get(variable)
    return [{variable: Value((value,), chosen.pattern)} for value in chosen.values[:MOST]] if chosen else []


def _row(panels: Sequence[Panel], values: Values, scope: Values) -> Iterator[tuple[Panel, Values]]:
    grown: list[tuple[int, int]] = []
    placed = all(panel.width > 0 and panel.height > 0 for panel in panels)
    for panel in sorted(panels, key=lambda p: (p.y, p.x)) if placed else panels:
        y = panel.y + sum(more for bottom, more in grown if panel.y >= bottom)
        scopes = _scopes(panel.repeat.variable, {**values, **scope}) if panel.repeat else []
        if not scopes or panel.repeat is None:
            yield replace(panel, y=y), scope
            continue
        columns = min(len(scopes), panel.repeat.most, COLUMNS) if panel.repeat.across else 1
        for number, own in enumerate(scopes):
            line, column = divmod(number, columns)
            x, end = (round(COLUMNS * n / columns) for n in (column, column + 1))
            if not panel.repeat.across:
                x, end = panel.x, panel.x + panel.width
            yield replace(panel, x=x, y=y + line * panel.height, width=end - x), {**scope, **own}
        grown.append((panel.y + panel.height, (len(scopes) - 1) // columns * panel.height))
