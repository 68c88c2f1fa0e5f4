"""What lies over a plot over time: annotations as lines and bands, exemplars as diamonds."""

from __future__ import annotations

import math
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from ballast.dashboards.model import Panel, mapping, text
from ballast.dashboards.preview.ask import Answer
from ballast.dashboards.preview.canvas import Box, Canvas

EXEMPLAR = "#6381f8"
TRIANGLE = 4.0
"""Pixels: half the width of an annotation's mark, and of an exemplar's."""


def mark(canvas: Canvas, plot: Box, panel: Panel, answer: Answer, height: Callable[[float], float] | None = None) -> None:
    """Draw the annotations of an answer, and its exemplars where `height` says how high (0 to 1) a value is."""
    if not answer.events and not (answer.exemplars and height):
        return
    axes = canvas.axes(plot)
    axes.set_xlim(0, plot.width)
    axes.set_ylim(plot.height, 0)
    scale = plot.width / answer.span.length
    for colour, event in sorted(answer.events, key=lambda held: (held[1].start - held[1].end, held[1].start)):
        left, right = ((t - answer.span.start) * scale for t in (event.start, event.end))
        if right >= 0 and left <= plot.width:
            _annotation(canvas, axes, plot, left, right, canvas.see(colour), event.text)
    if height is None:
        return
    colour = canvas.see(text(mapping(panel.options.get("exemplars")).get("color")) or EXEMPLAR)
    for one in answer.exemplars:
        x, y = (one.at - answer.span.start) * scale, plot.height * (1 - min(max(height(one.value), 0), 1))
        if 0 <= x <= plot.width and math.isfinite(y):
            size = TRIANGLE - 1.5
            corners = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]
            shape = Polygon(corners, facecolor=colour, edgecolor=canvas.card, lw=0.5, clip_on=False)
            axes.add_patch(shape)
            canvas.hint(shape, f"{one.value:.4g} {one.labels}")


def _annotation(canvas: Canvas, axes: Axes, plot: Box, left: float, right: float, colour: str, words: str) -> None:
    """A dashed line with a triangle under it; a band with a bar under it where it has a length."""
    bottom = plot.height
    for x in sorted({left, right}):
        if 0 <= x <= plot.width:
            axes.plot([x, x], [0, bottom], color=colour, lw=0.8, ls=(0, (4, 3)), clip_on=False)
    left, right = max(left, 0), min(right, plot.width)
    if right - left >= 2:
        axes.add_patch(Rectangle((left, 0), right - left, bottom, facecolor=colour, alpha=0.1, lw=0))
        foot = Rectangle((left, bottom), right - left, TRIANGLE - 1, facecolor=colour, lw=0, clip_on=False)
    else:
        corners = [(left, bottom - 1), (left + TRIANGLE, bottom + TRIANGLE + 1), (left - TRIANGLE, bottom + TRIANGLE + 1)]
        foot = Polygon(corners, facecolor=colour, lw=0, clip_on=False)  # type: ignore[assignment]
    axes.add_patch(foot)
    canvas.hint(foot, words)
