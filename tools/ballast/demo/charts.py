"""The report's plots, as SVG text: burn rates against their thresholds, with the steps of the timeline marked.

Each plot is drawn for light and for dark pages. Lines differ in dash and label as well as in colour (Okabe and Ito's palette,
made for colour-blind readers).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from ballast.demo.result import Result
from ballast.demo.timeline import Step
from ballast.demo.truth import Floats


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a plot: what is written, lines behind the data, and the three kinds of data."""

    ink: str
    faint: str
    long: str
    short: str
    good: str


LIGHT = Theme(ink="#1c2430", faint="#c9d1da", long="#0072b2", short="#c04d00", good="#7fb7d9")
DARK = Theme(ink="#e3e8ee", faint="#47515e", long="#6cc0f0", short="#f5a65b", good="#33678a")

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ballast",
    "font.family": "sans-serif",
    "font.sans-serif": ["system-ui", "Segoe UI", "Helvetica Neue", "Arial", "DejaVu Sans"],
    "font.size": 10,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One plot in both themes, with the sentence that says what it shows to somebody who cannot see it."""

    title: str
    caption: str
    light: str
    dark: str


def drawings(result: Result) -> list[Drawing]:
    """The plots of a run: up to the page, the whole cycle, and the events themselves."""
    failed = result.timeline.at(Step.FAILED)
    if failed is None or len(result.events.table()) < 2:
        return []
    last = result.marks[-1].at
    page = result.timeline.at(Step.PAGED) or last
    start, end = float(result.events.table()[0, 0]), min(float(result.events.table()[-1, 0]), last + 10)
    lead = max(2.0, 0.15 * (page - failed))
    return [
        _drawn(
            "From failure to page",
            "Burn rate of the pair that pages, second by second, with what happened when.",
            lambda axes, theme: _burn(axes, theme, result, max(start, failed - lead), min(end, page + lead), named=True),
            height=3.8,
        ),
        _drawn(
            "The whole cycle",
            "The same to the resolved page. The page resolves when the short window has forgotten the failure.",
            lambda axes, theme: _burn(axes, theme, result, max(start, failed - 15), end, named=False),
            height=3.1,
        ),
        _drawn(
            "Events per second",
            "All events and bad ones, as read at their source.",
            lambda axes, theme: _rates(axes, theme, result, max(start, failed - 15), end),
            height=2.3,
        ),
    ]


def _drawn(title: str, caption: str, draw: Callable[[Axes, Theme], None], height: float) -> Drawing:
    svgs = []
    for theme in (LIGHT, DARK):
        with mpl.rc_context(_STYLE):
            figure = Figure(figsize=(8.6, height), layout="constrained")
            axes = figure.add_subplot()
            axes.set_facecolor("none")
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            for side in ("left", "bottom"):
                axes.spines[side].set_color(theme.faint)
            axes.tick_params(colors=theme.ink, which="both")
            draw(axes, theme)
            text = io.StringIO()
            figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        svg = text.getvalue()
        svgs.append(svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1))
    return Drawing(title, caption, svgs[0], svgs[1])


def _burn(axes: Axes, theme: Theme, result: Result, start: float, end: float, *, named: bool) -> None:
    subject, failed = result.subject, result.timeline.at(Step.FAILED) or start
    at = np.linspace(start, end, 700)
    pair = subject.pairs[0]
    for window, colour, dash in ((pair.long, theme.long, "-"), (pair.short, theme.short, (0, (5, 1.5)))):
        burn = result.events.ratio(window, at) / subject.budget
        axes.plot(at - failed, burn, color=colour, linestyle=dash, linewidth=2, label=f"{span(window)} window")
    axes.axhline(pair.factor, color=theme.ink, linewidth=1, linestyle=":", label=f"pages when both are above {pair.factor:g}×")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(0, (300 if named else 3) / subject.budget)  # room for the names above the curves
    axes.set_yticks([0, *(10.0**n for n in range(7) if 10.0**n <= 1.01 / subject.budget)])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}×"))
    axes.set_ylabel("burn rate", color=theme.ink)
    _clock(axes, theme, start - failed, end - failed)
    marks = [m for m in result.marks if start <= m.at <= end]
    for number, mark in enumerate(marks, 1):
        x = mark.at - failed
        axes.axvline(x, color=theme.ink, linewidth=0.8, alpha=0.55)
        if named:
            left = x > 0.4 * (end - failed)
            axes.annotate(
                f"{number} {mark.step} {x:+.1f} s", (x, 1), xycoords=("data", "axes fraction"),
                xytext=(-4 if left else 4, -2 - 13 * (number - 1)), textcoords="offset points",
                ha="right" if left else "left", va="top", color=theme.ink, fontsize=9,
            )  # fmt: skip
    if not named:
        for x, text in _numbers([m.at - failed for m in marks], near=0.02 * (end - start)):
            axes.annotate(
                text, (x, 1), xycoords=("data", "axes fraction"), xytext=(0, 4), textcoords="offset points",
                ha="center", color=theme.ink, fontsize=9,
            )  # fmt: skip
    _legend(axes, theme)


def _numbers(at: list[float], near: float) -> list[tuple[float, str]]:
    """Where to write the numbers of the marks: `3–5` once for those that stand too near each other."""
    groups: list[list[int]] = []
    for i, x in enumerate(at):
        if groups and x - at[groups[-1][-1]] < near:
            groups[-1].append(i)
        else:
            groups.append([i])
    return [((at[g[0]] + at[g[-1]]) / 2, str(g[0] + 1) if len(g) == 1 else f"{g[0] + 1}–{g[-1] + 1}") for g in groups]


def _legend(axes: Axes, theme: Theme) -> None:
    axes.figure.legend(loc="outside lower right", frameon=False, labelcolor=theme.ink, fontsize=9, ncols=3)


def _rates(axes: Axes, theme: Theme, result: Result, start: float, end: float) -> None:
    failed = result.timeline.at(Step.FAILED) or start
    rows = result.events.table()
    edges = np.arange(start, end, max(1.0, (end - start) / 240))

    def per_second(column: int) -> Floats:
        rate: Floats = np.diff(np.interp(edges, rows[:, 0], rows[:, column])) / np.diff(edges)
        return rate

    middle = (edges[1:] + edges[:-1]) / 2 - failed
    axes.fill_between(middle, per_second(2), step="mid", color=theme.good, alpha=0.7, linewidth=0, label="all")
    axes.plot(middle, per_second(1), color=theme.short, linewidth=2, drawstyle="steps-mid", label="bad")
    axes.set_ylim(0, 1.15 * max(1.0, float(per_second(2).max())))
    axes.set_ylabel("events/s", color=theme.ink)
    _clock(axes, theme, start - failed, end - failed)
    _legend(axes, theme)


def _clock(axes: Axes, theme: Theme, start: float, end: float) -> None:
    axes.set_xlim(start, end)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g} s"))
    axes.set_xlabel("seconds since the failure began", color=theme.ink)
    axes.grid(axis="y", color=theme.faint, linewidth=0.5, alpha=0.6)


def span(seconds: float) -> str:
    """A length of time as Prometheus writes it: 300 is 5m, 90 is 90s."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
