"""Heatmaps: counts by bucket over time."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, to_hex

from ballast.dashboards.model import Panel, mapping, text
from ballast.dashboards.preview.ask import Answer, Asked
from ballast.dashboards.preview.canvas import Box, Canvas, width_of
from ballast.dashboards.preview.fields import field_of, number
from ballast.dashboards.preview.graphs import clock
from ballast.dashboards.preview.marks import mark
from ballast.dashboards.preview.units import written


def heatmap(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    """Buckets over time, bright for many; the scale is below."""
    found = field_of(panel, "")
    unit = text(mapping(panel.options.get("yAxis")).get("unit")) or found.unit
    names, grid, times = _counted(answer) if panel.options.get("calculate") is True else _buckets(answer)
    if not grid.size or not np.nanmax(grid, initial=0) > 0:
        canvas.text(box.x + box.width / 2, box.y + box.height / 2, "no data", 15, canvas.faint, align="center")
        return
    labels = [written(n, unit) if math.isfinite(n) else "∞" for n in names]
    gutter = max(width_of(label, 10.5) for label in labels) + 14
    plot = box.inside(gutter, 6, 8, 40)
    axes = canvas.axes(plot)
    scheme = text(mapping(panel.options.get("color")).get("scheme")).lower()
    table = colormaps[scheme if scheme in ("viridis", "magma", "inferno", "plasma", "cividis", "turbo") else "viridis"]
    shades = [canvas.see(to_hex(table(i / 63))) for i in range(64)]
    power = number(mapping(panel.options.get("color")).get("exponent")) or 0.5
    most = float(np.nanmax(grid))
    shown = np.ma.masked_less(grid, min(0.5, most / 200))
    edges = np.append(times, times[-1] + answer.step)
    axes.pcolormesh(edges, np.arange(len(names) + 1), (shown / most) ** min(max(power, 0.05), 10), cmap=ListedColormap(shades),
                    vmin=0, vmax=1, rasterized=True)  # fmt: skip
    axes.set_xlim(answer.span.start, answer.span.end)
    axes.set_ylim(0, len(names))
    every = max(math.ceil(len(names) * 13 / plot.height), 1)
    for i, label in enumerate(labels):
        if i % every == 0:
            canvas.text(
                plot.x - 6, plot.y + plot.height * (1 - (i + 0.5) / len(names)), label, 10.5, canvas.faint, align="right"
            )
    clock(canvas, plot, answer.span)
    mark(canvas, plot, panel, answer, lambda value: _height(names, value))
    x, y = plot.x, plot.y + plot.height + 26
    x += canvas.text(x, y + 4, "0", 10.5, canvas.faint) + 6
    for i, shade in enumerate(shades[::2]):
        canvas.rect(Box(x + i * 4, y, 4.2, 8), shade)
    canvas.text(x + 32 * 4 + 6, y + 4, f"{most:.4g} in {written(answer.step, 's')}", 10.5, canvas.faint)


def _height(bounds: list[float], value: float) -> float:
    """How high (0 to 1) a value is among buckets with these upper bounds; within one it is measured evenly."""
    row = min(bisect_left(bounds, value), len(bounds) - 1)
    low, high = bounds[row - 1] if row else 0.0, bounds[row]
    inside = (value - low) / (high - low) if math.isfinite(high) and high > low else 0.5
    return (row + min(max(inside, 0.0), 1.0)) / len(bounds)


def _buckets(answer: Answer) -> tuple[list[float], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Upper bounds, counts by bucket and time, times. Prometheus' buckets are cumulative."""
    bounds: dict[float, Asked] = {}
    for one in answer.series:
        try:
            bounds[float(one.labels.get("le", one.name).replace("+Inf", "inf"))] = one
        except ValueError:
            continue
    times = np.array(sorted({t for one in bounds.values() for t in one.times}))
    names = sorted(b for b in bounds if not math.isnan(b))
    rows = []
    for name in names:
        held = dict(zip(bounds[name].times, bounds[name].values, strict=True))
        rows.append([held.get(t, 0.0) for t in times])
    grid = np.array(rows, dtype=float)
    if len(rows) > 1 and any("le" in one.labels for one in bounds.values()):
        grid[1:] = np.maximum(grid[1:] - grid[:-1], 0)
    return names, np.where(np.isfinite(grid), grid, 0), times


def _counted(answer: Answer) -> tuple[list[float], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The same where the panel counts: how many series are in each of twenty equal buckets of their values, by time."""
    points = [(t, v) for one in answer.series for t, v in zip(one.times, one.values, strict=True) if math.isfinite(v)]
    if not points:
        return [], np.zeros((0, 0)), np.array([])
    at, values = np.array(points).T
    times, column = np.unique(at, return_inverse=True)
    edges = np.histogram_bin_edges(values, bins=20)
    row = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, 19)
    grid = np.zeros((20, len(times)))
    np.add.at(grid, (row, column), 1)
    return [float(edge) for edge in edges[1:]], grid, times
