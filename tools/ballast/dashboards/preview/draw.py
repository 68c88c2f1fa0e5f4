"""A dashboard as one picture: Grafana's grid of 24 columns, a set of axes a panel."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ballast.dashboards.palette import DARK, LIGHT, SERIES, Theme, Vision, resolve, simulate
from ballast.dashboards.preview.ask import Asked
from ballast.dashboards.preview.units import written

CELL, ROW, DPI = 50.0, 38.0, 100.0
TEXT = {"dark": "#d5d7dc", "light": "#24292e"}
PAGE = {"dark": "#111217", "light": "#f4f5f5"}
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "ballast", "font.family": "DejaVu Sans", "font.size": 8}


class Picture:
    """Colours of a theme as somebody sees them, and the panels drawn in them."""

    def __init__(self, theme: Theme, vision: Vision) -> None:
        self.theme, self.vision = theme, vision

    def see(self, color: str) -> str:
        """A colour of the dashboard."""
        return simulate(resolve(color, self.theme) or TEXT[self.theme], self.vision)

    def draw(self, title: str, panels: Sequence[tuple[Mapping[str, Any], list[Asked]]]) -> Figure:
        """The figure of all panels with their answers."""
        rows = max((p["gridPos"]["y"] + p["gridPos"]["h"] for p, _ in panels), default=1)
        width, height = 24 * CELL, rows * ROW + 40
        with rc_context(STYLE):
            figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=self.see(PAGE[self.theme]))
            ink = self.see(TEXT[self.theme])
            figure.text(10 / width, 1 - 24 / height, title, color=ink, fontsize=13, weight="bold")
            for panel, series in panels:
                at = panel["gridPos"]
                x, y = at["x"] * CELL + 4, height - 40 - (at["y"] + at["h"]) * ROW + 4
                w, h = at["w"] * CELL - 8, at["h"] * ROW - 8
                place = (x / width, y / height, w / width, h / height)
                if panel["type"] == "row":
                    figure.text(place[0], place[1] + place[3] / 3, panel["title"], color=ink, fontsize=10, weight="bold")
                    continue
                card = Rectangle(place[:2], place[2], place[3], transform=figure.transFigure, zorder=-1)
                card.set_facecolor(self.see(DARK if self.theme == "dark" else LIGHT))
                card.set_edgecolor(self.see("#808080"))
                card.set_linewidth(0.3)
                figure.add_artist(card)
                figure.text(place[0] + 8 / width, place[1] + place[3] - 18 / height, panel["title"], color=ink, fontsize=8.5)
                inner = ((x + 60) / width, (y + 42) / height, (w - 76) / width, max(h - 74, 10) / height)
                full = ((x + 8) / width, (y + 6) / height, (w - 16) / width, max(h - 34, 10) / height)
                graph = panel["type"] in ("timeseries", "state-timeline", "heatmap")
                axes = figure.add_axes(inner if graph and series else full, facecolor="none")
                self._panel(axes, panel, series, w)
        return figure

    def _panel(self, axes: Axes, panel: Mapping[str, Any], series: list[Asked], width: float) -> None:
        axes.tick_params(colors=self.see(TEXT[self.theme]), length=0, labelsize=7)
        for spine in axes.spines.values():
            spine.set_visible(False)
        kind = panel["type"]
        if kind == "text":
            self._words(axes, panel["options"]["content"], width)
        elif not series:
            self._message(axes, panel["fieldConfig"]["defaults"].get("noValue", "no data"))
        elif kind in ("stat", "gauge"):
            self._message(axes, self._text(panel, series[0].values[-1]), self._stage(panel, series[0].values[-1]), 22)
        elif kind == "bargauge":
            self._bars(axes, panel, series)
        elif kind == "timeseries":
            self._lines(axes, panel, series)
        elif kind == "state-timeline":
            self._states(axes, panel, series)
        elif kind == "table":
            self._table(axes, panel, series)
        else:
            self._message(axes, f"{kind}: not drawn by the preview")

    def _text(self, panel: Mapping[str, Any], value: float) -> str:
        defaults = panel["fieldConfig"]["defaults"]
        for mapping in defaults.get("mappings", []):
            if found := mapping.get("options", {}).get(f"{value:g}"):
                return str(found["text"])
        return written(value, defaults.get("unit", ""), defaults.get("decimals"))

    def _stage(self, panel: Mapping[str, Any], value: float) -> str:
        color = TEXT[self.theme]
        for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", []):
            if step["value"] is None or value >= step["value"]:
                color = step["color"]
        return self.see(color)

    def _message(self, axes: Axes, text: str, color: str = "", size: float = 11) -> None:
        axes.set_axis_off()
        ink = color or self.see(TEXT[self.theme])
        axes.text(0.5, 0.5, text, ha="center", va="center", color=ink, fontsize=size, transform=axes.transAxes)

    def _words(self, axes: Axes, markdown: str, width: float) -> None:
        axes.set_axis_off()
        plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown).replace("*", "")
        lines = [line for part in plain.split("\n") for line in textwrap.wrap(part, max(int(width / 6.2), 10)) or [""]]
        ink = self.see(TEXT[self.theme])
        axes.text(0, 1, "\n".join(lines), va="top", color=ink, fontsize=8, transform=axes.transAxes, linespacing=1.4)

    def _color(self, panel: Mapping[str, Any], name: str, index: int) -> str:
        for override in panel["fieldConfig"].get("overrides", []):
            if override["matcher"]["options"] == name:
                for prop in override["properties"]:
                    if prop["id"] == "color":
                        return self.see(prop["value"]["fixedColor"])
        return self.see(SERIES[index % len(SERIES)])

    def _lines(self, axes: Axes, panel: Mapping[str, Any], series: list[Asked]) -> None:
        defaults = panel["fieldConfig"]["defaults"]
        custom = defaults.get("custom", {})
        for i, one in enumerate(series[:20]):
            last = self._text(panel, one.values[-1])
            axes.plot(one.times, one.values, color=self._color(panel, one.name, i), lw=1.2, label=f"{one.name}  {last}")
        if custom.get("thresholdsStyle", {}).get("mode", "off") != "off":
            for step in defaults.get("thresholds", {}).get("steps", [])[1:]:
                axes.axhline(step["value"], color=self.see(step["color"]), ls="--", lw=1)
        axes.set_ylim(defaults.get("min"), defaults.get("max"))
        axes.yaxis.set_major_formatter(lambda v, _: written(v, defaults.get("unit", "")))
        self._clock(axes, series)
        axes.grid(color=self.see("#808080"), alpha=0.25, lw=0.5)
        legend = axes.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncol=4, frameon=False, fontsize=7)
        for text in legend.get_texts():
            text.set_color(self.see(TEXT[self.theme]))

    def _clock(self, axes: Axes, series: list[Asked]) -> None:
        start, end = min(s.times[0] for s in series), max(s.times[-1] for s in series)
        axes.set_xlim(start, max(end, start + 1))
        axes.set_xticks([start + (end - start) * i / 4 for i in range(5)])
        form = "%H:%M" if end - start < 2 * 86400 else "%m/%d"
        axes.xaxis.set_major_formatter(lambda v, _: datetime.fromtimestamp(v, UTC).strftime(form))

    def _bars(self, axes: Axes, panel: Mapping[str, Any], series: list[Asked]) -> None:
        axes.set_axis_off()
        top = panel["fieldConfig"]["defaults"].get("max") or max(max(s.values[-1] for s in series), 1e-9)
        ink = self.see(TEXT[self.theme])
        for i, one in enumerate(series):
            value = one.values[-1]
            axes.add_patch(Rectangle((0.3, -i - 0.3), 0.52, 0.6, color=self.see("#808080"), alpha=0.2, lw=0))
            width = 0.52 * min(max(value / top, 0), 1)
            axes.add_patch(Rectangle((0.3, -i - 0.3), width, 0.6, color=self._stage(panel, value), lw=0))
            axes.text(0.29, -i, one.name, ha="right", va="center", color=ink, fontsize=8)
            axes.text(0.83, -i, self._text(panel, value), va="center", color=ink, fontsize=8)
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(series) + 0.4, 0.6)

    def _states(self, axes: Axes, panel: Mapping[str, Any], series: list[Asked]) -> None:
        words = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
        for i, one in enumerate(series):
            begin = 0
            for j in range(1, len(one.times) + 1):
                if j == len(one.times) or one.values[j] != one.values[begin]:
                    state = words.get(f"{one.values[begin]:g}", {"color": "#808080", "text": f"{one.values[begin]:g}"})
                    until = one.times[min(j, len(one.times) - 1)]
                    box = Rectangle((one.times[begin], -i - 0.4), until - one.times[begin], 0.8, alpha=0.8, lw=0)
                    box.set_facecolor(self.see(state["color"]))
                    axes.add_patch(box)
                    axes.text(one.times[begin], -i, f" {state['text']}", va="center", fontsize=7, clip_on=True, color="white")
                    begin = j
        axes.set_yticks([-i for i in range(len(series))], [one.name for one in series])
        axes.set_ylim(-len(series) + 0.4, 0.6)
        self._clock(axes, series)

    def _table(self, axes: Axes, panel: Mapping[str, Any], series: list[Asked]) -> None:
        axes.set_axis_off()
        columns: dict[str, str] = next(
            (t["options"]["renameByName"] for t in panel.get("transformations", []) if t["id"] == "organize"), {}
        )
        merged: dict[tuple[str, ...], dict[str, float]] = {}
        labels = [c for c in columns if not c.startswith("Value")]
        for one in series:
            merged.setdefault(tuple(one.labels.get(c, "") for c in labels), {})[f"Value #{one.ref}"] = one.values[-1]
        forms: dict[str, dict[str, Any]] = {}
        for o in panel["fieldConfig"]["overrides"]:
            forms.setdefault(o["matcher"]["options"], {}).update({p["id"]: p["value"] for p in o["properties"]})
        order = (panel["options"].get("sortBy") or [{}])[0]
        by = next((field for field, heading in columns.items() if heading == order.get("displayName")), "")
        table = sorted(merged.items(), key=lambda r: (r[1].get(by, 0.0), r[0]), reverse=bool(order.get("desc")))
        ink = self.see(TEXT[self.theme])
        for y, (key, values) in enumerate([((), {}), *table[:18]]):
            cells = dict(zip(labels, key, strict=False))
            for x, (field, heading) in enumerate(columns.items()):
                form = forms.get(heading, {})
                text = cells.get(field, "") if y and field in labels else heading
                if y and field not in labels:
                    text = written(values[field], form.get("unit", ""), form.get("decimals")) if field in values else ""
                weight = "normal" if y else "bold"
                axes.text(x / len(columns), -y, text, color=ink, fontsize=8, va="center", weight=weight)
        axes.set_xlim(0, 1)
        axes.set_ylim(-max(len(table[:18]), 8) - 0.5, 0.5)
