"""A figure in pixels from its top left corner, in the colours of a theme as somebody sees them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.textpath import text_to_path

from ballast.dashboards.palette import DARK, LIGHT, Theme, Vision, contrast, resolve, simulate

DPI = 100.0
_LINK = re.compile(r"(?:https?://|mailto:|[/?#.]|[\w%-]+(?:[/?#]|$))", re.IGNORECASE)
"""Links that a page may hold: of the web, or to the same site; no `javascript:` nor `data:`."""
INK = {"dark": "#d5d7dc", "light": "#24292e"}
FAINT = {"dark": "#9da1a9", "light": "#5b626b"}
PAGE = {"dark": "#111217", "light": "#f4f5f5"}
CARD = {"dark": DARK, "light": LIGHT}
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ballast",
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
    "text.hinting": "no_hinting",  # so that texts are as wide as `width_of` says
}


class Box(NamedTuple):
    """A rectangle in pixels; `y` counts from the top."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Box:
        """What is left when margins are taken off; never less than a pixel."""
        return Box(self.x + left, self.y + top, max(self.width - left - right, 1), max(self.height - top - bottom, 1))


class Canvas:
    """What panels draw on. Sizes of text are pixels too."""

    def __init__(self, width: float, height: float, theme: Theme, vision: Vision) -> None:
        self.width, self.height, self.theme, self.vision = width, height, theme, vision
        self.figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=self.see(PAGE[theme]))
        self.ink, self.faint, self.card = self.see(INK[theme]), self.see(FAINT[theme]), self.see(CARD[theme])
        self.line = self.see("#2f333a" if theme == "dark" else "#dcdee1")
        self.page = self.figure.add_axes((0, 0, 1, 1), facecolor="none")
        self.page.set_xlim(0, width)
        self.page.set_ylim(height, 0)
        self.page.set_axis_off()
        self.hints: list[str] = []
        """What a page says of a mark when somebody points at it; number `n` of the mark whose id is `hint-n`."""

    def hint(self, shape: Artist, words: str) -> None:
        """Say more of a mark where a mouse points at it."""
        shape.set_gid(f"hint-{len(self.hints)}")
        self.hints.append(words)

    def see(self, color: str) -> str:
        """A colour of the dashboard as this vision sees it; the text's for what is no colour."""
        return simulate(resolve(color, self.theme) or INK[self.theme], self.vision)

    def on(self, fill: str) -> str:
        """The colour of text on a fill."""
        return max("#ffffff", "#111217", key=lambda ink: contrast(ink, fill))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 12,
        color: str = "",
        *,
        bold: bool = False,
        align: str = "left",
        room: float = 0,
        url: str = "",
        mono: bool = False,
    ) -> float:
        """Write a line with its middle at `y`; cut with … where it is longer than `room`. Returns its width."""
        words = fit(words, room, size, bold, mono) if room else clean(words)
        family = "DejaVu Sans Mono" if mono else "DejaVu Sans"
        style: Any = {"ha": align, "va": "center", "weight": "bold" if bold else "normal", "family": family}
        found = self.page.text(x, y, words, fontsize=size * 72 / DPI, color=color or self.ink, **style)
        if _LINK.match(url):
            found.set_url(url)
        return width_of(words, size, bold, mono)

    def rect(self, box: Box, color: str, *, alpha: float = 1, edge: str = "", radius: float = 0) -> None:
        """Fill a rectangle."""
        style: dict[str, Any] = {
            "facecolor": color,
            "alpha": alpha,
            "edgecolor": edge or "none",
            "linewidth": 0.6 if edge else 0,
        }
        if radius:
            shape = f"round,pad=0,rounding_size={radius}"
            self.page.add_patch(FancyBboxPatch((box.x, box.y), box.width, box.height, boxstyle=shape, **style))
        else:
            self.page.add_patch(Rectangle((box.x, box.y), box.width, box.height, **style))

    def stroke(self, x0: float, y0: float, x1: float, y1: float, color: str, width: float = 1, dash: str = "-") -> None:
        """Draw a line."""
        self.page.plot(
            [x0, x1], [y0, y1], color=color, lw=width * 72 / DPI, ls=dash, solid_capstyle="butt", scalex=False, scaley=False
        )

    def axes(self, box: Box) -> Axes:
        """Axes without frame and ticks that fill the box."""
        place = (box.x / self.width, 1 - (box.y + box.height) / self.height, box.width / self.width, box.height / self.height)
        found = self.figure.add_axes(place, facecolor="none")
        found.set_axis_off()
        return found


def clean(words: str) -> str:
    """Without control characters and the like, and in one line."""
    return "".join(" " if c in "\n\t\r" else c for c in words if c in "\n\t\r" or unicodedata.category(c)[0] != "C")


@lru_cache(maxsize=8192)
def width_of(words: str, size: float = 12, bold: bool = False, mono: bool = False) -> float:
    """How wide a text is."""
    if not words:
        return 0.0
    font = FontProperties(family="DejaVu Sans Mono" if mono else "DejaVu Sans", weight="bold" if bold else "normal", size=size)
    return float(text_to_path.get_text_width_height_descent(words, font, False)[0])


def fit(words: str, room: float, size: float = 12, bold: bool = False, mono: bool = False) -> str:
    """As much of a text as there is room for."""
    words = clean(words)[:400]
    if width_of(words, size, bold, mono) <= room:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(words[:middle] + "…", size, bold, mono) <= room else (low, middle - 1)
    return words[:low].rstrip() + "…"
