"""Panels over time: lines, state timeline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

from ballast.dashboards.model import Panel, listing, mapping, text
from ballast.dashboards.palette import SERIES
from ballast.dashboards.preview.ask import Answer, Asked
from ballast.dashboards.preview.canvas import Box, Canvas, width_of
from ballast.dashboards.preview.fields import Field, field_of, number
from ballast.dashboards.preview.legend import Entry, draw_legend
from ballast.dashboards.preview.marks import mark
from ballast.dashboards.preview.span import Span
from ballast.dashboards.preview.units import written

MOST_SERIES = 60
_TICKS = (
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 604800,
    1209600, 2592000, 7776000, 31536000,
)  # fmt: skip
Drawn = tuple[Asked, Field, str]


def lines(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    """A time series panel: lines, bars or points; stacked, filled, on two axes, with thresholds and a legend."""
    drawn: list[Drawn] = []
    for index, one in enumerate(answer.series[:MOST_SERIES]):
        found = field_of(panel, one.name, one.ref)
        if mapping(found.custom.get("hideFrom")).get("viz") is not True:
            colour = found.fixed or (found.stage(one.last) if found.config.get("color", {}) == {"mode": "thresholds"} else "")
            drawn.append((one, found, canvas.see(colour or SERIES[index % len(SERIES)])))
    entries = [Entry(one.name, colour, one.values, found, text(mapping(found.custom.get("lineStyle")).get("fill")))
               for one, found, colour in drawn]  # fmt: skip
    box = draw_legend(canvas, box, panel, entries, len(answer.series) - MOST_SERIES)
    drawn = _shares(drawn)
    left = [d for d in drawn if d[1].custom.get("axisPlacement") != "right"]
    right = [d for d in drawn if d[1].custom.get("axisPlacement") == "right"]
    scales = [(_Scale(canvas, group, panel), group, side) for group, side in ((left, "left"), (right, "right")) if group]
    gutters = {side: scale.gutter for scale, _, side in scales}
    plot = box.inside(gutters.get("left", 8), 6, gutters.get("right", 8), 20)
    for first, (scale, group, side) in enumerate(scales):
        axes = canvas.axes(plot)
        axes.set_xlim(answer.span.start, answer.span.end)
        axes.set_ylim(scale.low, scale.high)
        if scale.log:
            axes.set_yscale("log")
        scale.write(plot, side, grid=first == 0)
        _plot(axes, group, answer.step, scale.low)
        if first == 0:
            _thresholds(canvas, axes, group[0][1] if group else field_of(panel, ""), scale)
    clock(canvas, plot, answer.span)
    mark(canvas, plot, panel, answer, scales[0][0].part if scales else None)


def _shares(drawn: Sequence[Drawn]) -> list[Drawn]:
    """Series that are stacked to 100 % as their shares of each moment's total; others as they are."""
    total: dict[float, float] = {}
    for one, found, _ in drawn:
        if _stacking(found) == "percent":
            for t, v in zip(one.times, one.values, strict=True):
                total[t] = total.get(t, 0.0) + (v if math.isfinite(v) else 0.0)
    shares: list[Drawn] = []
    for one, found, colour in drawn:
        if _stacking(found) == "percent":
            values = [v / total[t] if total[t] else 0.0 for t, v in zip(one.times, one.values, strict=True)]
            one, found = (
                replace(one, values=values),
                replace(found, unit="percentunit", decimals=0, low=0.0, high=1.0, steps=[]),
            )
        shares.append((one, found, colour))
    return shares


def _stacking(found: Field) -> str:
    return text(mapping(found.custom.get("stacking")).get("mode"))


class _Scale:
    """The range of a value axis and its labels."""

    def __init__(self, canvas: Canvas, group: Sequence[Drawn], panel: Panel) -> None:
        self.canvas, self.field = canvas, group[0][1]
        custom = self.field.custom
        self.log = mapping(custom.get("scaleDistribution")).get("type") == "log"
        values = [v for one, _, _ in group for v in one.values if math.isfinite(v)] or [0.0]
        if _stacking(self.field) == "normal":
            heights: dict[float, float] = {}
            for one, _, _ in group:
                for t, v in zip(one.times, one.values, strict=True):
                    heights[t] = heights.get(t, 0.0) + (v if math.isfinite(v) else 0.0)
            values = [*values, *heights.values(), 0.0]
        low, high = min(values), max(values)
        if custom.get("drawStyle") == "bars" or custom.get("fillOpacity") or self.log:
            low = min(low, 0.0) if not self.log else low
        for key in ("axisSoftMin", "axisSoftMax"):
            soft = number(custom.get(key))
            if soft is not None:
                low, high = (min(low, soft), high) if key == "axisSoftMin" else (low, max(high, soft))
        if text(mapping(custom.get("thresholdsStyle")).get("mode")) not in ("", "off"):
            near = [at for at, _ in self.field.limits() if at <= high + 2 * (high - low)]
            low, high = min([low, *near]), max([high, *near])
        spread = high - low
        pad = spread * 0.06 if spread > abs(high) * 1e-9 else abs(high) * 0.1 or 1.0
        self.low = (
            self.field.low if self.field.low is not None else low - pad if low < 0 or spread < low else max(low - pad, 0.0)
        )
        self.high = self.field.high if self.field.high is not None else high + pad
        if self.field.low is not None and self.low == low:  # a flat line on the edge is still seen
            self.low -= (self.high - self.low) * 0.015
        if self.field.high is not None and self.high == high:
            self.high += (self.high - self.low) * 0.015
        if not self.high > self.low:
            self.low, self.high = self.low - 1, self.low + 1
        if self.log:
            positive = [v for v in values if v > 0] or [1.0]
            self.low, self.high = min(positive) / 1.5, max(*positive, min(positive) * 10) * 1.5
            ticks = LogLocator(numticks=6).tick_values(self.low, self.high)
        else:
            whole = _whole(self.field.unit, max(abs(self.low), abs(self.high)))
            locator = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])
            ticks = [t * whole for t in locator.tick_values(self.low / whole, self.high / whole)]
        unit = self.field.unit
        self.ticks = [(float(t), _label(float(t), unit, self.field)) for t in ticks if self.low <= t <= self.high]
        self.gutter = max([24, *(width_of(label, 10.5) + 14 for _, label in self.ticks)])

    def part(self, value: float) -> float:
        """How high a value is: 0 at the bottom of the plot, 1 at its top."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low) if value > 0 else 0.0
        return (value - self.low) / (self.high - self.low)

    def write(self, plot: Box, side: str, *, grid: bool) -> None:
        """The labels, beside the plot, and maybe the lines."""
        for at, label in self.ticks:
            y = plot.y + plot.height * (1 - self.part(at))
            if grid:
                self.canvas.stroke(plot.x, y, plot.x + plot.width, y, self.canvas.line, 0.8)
            x = plot.x - 6 if side == "left" else plot.x + plot.width + 6
            self.canvas.text(x, y, label, 10.5, self.canvas.faint, align="right" if side == "left" else "left")


def _whole(unit: str, most: float) -> float:
    """What ticks are multiples of: one larger unit where units do not grow by ten (KiB, minutes)."""
    if unit in ("bytes", "bits", "binBps", "kbytes", "mbytes"):
        return float(1024 ** int(math.log(max(most, 1), 1024)))
    if unit == "s":
        return next((size for size in (86400.0, 3600.0, 60.0) if most >= 2 * size), 1.0)
    return 1.0


def _label(value: float, unit: str, field: Field) -> str:
    """A tick's text: as many decimals as it takes to tell ticks apart."""
    scaled = value * 100 if unit == "percentunit" else value
    if unit in ("percentunit", "percent", "none", "") or unit.startswith(("suffix:", "prefix:")):
        for places in range(7):
            if abs(round(scaled, places) - scaled) <= 1e-9 * max(abs(scaled), 1e-9):
                return written(value, unit, places) if abs(scaled) < 10_000 else written(value, unit)
    return written(value, unit)


def _plot(axes: Axes, group: Sequence[Drawn], step: float, floor: float) -> None:
    base: dict[float, float] = {}
    for one, found, colour in group:
        custom = found.custom
        times, values = _gaps(one, step, custom.get("spanNulls") is True)
        opacity = min((number(custom.get("fillOpacity")) or 0) / 100, 1)
        width = min(max(number(custom.get("lineWidth")) or 1.0, 0.5), 10) * 0.72
        style = mapping(custom.get("lineStyle"))
        pattern = [number(part) or 1 for part in listing(style.get("dash"))][:6]
        dash: Any = (0, pattern if len(pattern) > 1 else [6, 4]) if style.get("fill") == "dash" else "-"
        dash = ":" if style.get("fill") == "dot" else dash
        under = [0.0] * len(times) if floor <= 0 else [floor] * len(times)
        if _stacking(found) in ("normal", "percent"):
            under = [base.get(t, 0.0) for t in times]
            values = [u + v for u, v in zip(under, values, strict=True)]
            base |= {t: v for t, v in zip(times, values, strict=True) if math.isfinite(v)}
        steps = {"stepBefore": "steps-pre", "stepAfter": "steps-post"}.get(text(custom.get("lineInterpolation")), "default")
        if custom.get("drawStyle") == "bars":
            axes.bar(
                times,
                [v - u for u, v in zip(under, values, strict=True)],
                step * 0.8,
                under,
                color=colour,
                alpha=max(opacity, 0.6),
            )
            continue
        if opacity and len(times) > 1:
            side: Any = {"steps-pre": "pre", "steps-post": "post"}.get(steps)
            axes.fill_between(times, under, values, color=colour, alpha=opacity, lw=0, step=side)
        points = custom.get("drawStyle") == "points" or len(times) == 1
        marker = "o" if points or custom.get("showPoints") == "always" else ""
        line = "" if custom.get("drawStyle") == "points" else dash
        axes.plot(times, values, color=colour, lw=width, ls=line or "none", marker=marker, ms=3, drawstyle=steps, clip_on=True)


def _gaps(one: Asked, step: float, span: bool) -> tuple[list[float], list[float]]:
    """Times and values with a hole where the answer has one."""
    times: list[float] = []
    values: list[float] = []
    for t, v in zip(one.times, one.values, strict=True):
        if times and not span and t - times[-1] > 1.5 * step:
            times.append(t - step / 2)
            values.append(math.nan)
        times.append(t)
        values.append(v if math.isfinite(v) else math.nan)
    return times, values


def _thresholds(canvas: Canvas, axes: Axes, found: Field, scale: _Scale) -> None:
    mode = text(mapping(found.custom.get("thresholdsStyle")).get("mode"))
    for at, colour in found.limits() if mode not in ("", "off") else ():
        if "area" in mode:
            axes.axhspan(at, max(scale.high, at), color=canvas.see(colour), alpha=0.1, lw=0)
        if mode != "area" and scale.low <= at <= scale.high:
            axes.axhline(at, color=canvas.see(colour), ls=(0, (6, 4)) if "dash" in mode else "-", lw=1.1)


def clock(canvas: Canvas, plot: Box, span: Span) -> None:
    """Times below a plot, in UTC, at round moments."""
    room = max(int(plot.width / 78), 1)
    step = next((s for s in _TICKS if span.length / s <= room), span.length)
    form = "%H:%M:%S" if step < 60 else "%H:%M" if span.length <= 86400 * 1.5 else "%m-%d %H:%M" if step < 86400 else "%m-%d"
    form = "%Y-%m-%d" if span.length > 400 * 86400 else form
    at = math.ceil(span.start / step) * step
    last = -math.inf
    while at <= span.end:
        try:
            label = datetime.fromtimestamp(at, UTC).strftime(form)
        except (ValueError, OverflowError, OSError):
            return
        half = width_of(label, 10.5) / 2
        x = plot.x + plot.width * (at - span.start) / span.length
        if x - half > max(last, plot.x - 16) and x + half < plot.x + plot.width + 16:
            canvas.text(x, plot.y + plot.height + 11, label, 10.5, canvas.faint, align="center")
            last = x + half + 10
        at += step


def states(canvas: Canvas, box: Box, panel: Panel, answer: Answer) -> None:
    """A bar each series, in the colour and with the word of each state."""
    series = answer.series[: max(int((box.height - 20) / 14), 1)]
    gutter = min(max(width_of(one.name[:80], 11) for one in series) + 14, box.width * 0.35)
    plot = box.inside(gutter, 4, 12, 22)
    height = plot.height / len(series)
    scale = plot.width / answer.span.length
    for row, one in enumerate(series):
        found, middle = field_of(panel, one.name, one.ref), plot.y + height * (row + 0.5)
        canvas.text(plot.x - 8, middle, one.name, 11, align="right", room=gutter - 12)
        begin = 0
        for i in range(1, len(one.times) + 1):
            ends = i == len(one.times) or one.times[i] - one.times[i - 1] > 1.5 * answer.step
            if not ends and one.values[i] == one.values[begin]:
                continue
            start = max(one.times[begin], answer.span.start)
            until = min(one.times[i - 1] + answer.step if ends else one.times[i], answer.span.end)
            value = one.values[begin]
            colour = canvas.see(found.color(value) or SERIES[row % len(SERIES)])
            bar = Box(
                plot.x + (start - answer.span.start) * scale,
                middle - height * 0.4,
                max((until - start) * scale, 1),
                height * 0.8,
            )
            canvas.rect(bar, colour)
            word = found.show(value)
            if bar.width > width_of(word, 10.5) + 10:
                canvas.text(bar.x + 5, middle, word, 10.5, canvas.on(colour))
            begin = i
    clock(canvas, plot, answer.span)
    mark(canvas, plot, panel, answer)
