"""Colours: the ones that our dashboards use, Grafana's names, and what a person with less colour vision can tell apart.

Distances are CIEDE2000 (CIE 142-2001) between colours in CIE Lab; about 2 is just noticeable side by side, and below `MERGE`
two lines or cells a few centimetres apart are taken for one. Colour vision is simulated after Machado, Oliveira and Fernandes
(2009) at full severity. Contrast is WCAG 2.2's ratio of relative luminances.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Final, Literal, NamedTuple, get_args

Vision = Literal["normal", "protanopia", "deuteranopia", "tritanopia"]
VISIONS: Final[tuple[Vision, ...]] = get_args(Vision)

LIGHT: Final = "#ffffff"
"""What a panel of Grafana's light theme is drawn on."""
DARK: Final = "#181b1f"
"""What a panel of Grafana's dark theme is drawn on."""

MERGE: Final = 10.0
"""Distances below this are findings."""
TEXT: Final = 4.5
"""WCAG AA for text (1.4.3)."""
GRAPHIC: Final = 3.0
"""WCAG AA for large text (1.4.3) and for graphics (1.4.11)."""

# Found by search over sRGB: each at least 3:1 on white and on the dark theme's grey, the least distance over all kinds of
# colour vision as large as that allows (tests/dashboards/test_palette.py measures them).
GOOD: Final = "#308cf6"
"""All is well. Blue, because green and red are the pair that most colour-blind people cannot tell apart."""
WARNING: Final = "#826817"
BAD: Final = "#ed3b87"
NEUTRAL: Final = "#6c6c6c"
STATES: Final = (GOOD, WARNING, BAD)
"""The three states; at least 20.9 apart for everybody."""
SERIES: Final = ("#455ed2", "#829821", "#ae4538", "#5d9d6b", "#8c5587", "#6381f8", "#af75a9", "#6c6c6c")
"""Colours of series in order of use; at least 11.9 apart for everybody. More than eight lines cannot be told apart."""

_SHADES = ("super-light", "light", "", "semi-dark", "dark")
_DARK_THEME = {
    "red": "ffa6b0 ff7383 f2495c e02f44 c4162a",
    "orange": "ffcb7d ffb357 ff9830 ff780a fa6400",
    "yellow": "fff899 ffee52 fade2a f2cc0c e0b400",
    "green": "c8f2c2 96d98d 73bf69 56a64b 37872d",
    "blue": "c0d8ff 8ab8ff 5794f2 3274d9 1f60c4",
    "purple": "deb6f2 ca95e5 b877d9 a352cc 8f3bb8",
}
_LIGHT_THEME = {
    "red": "ff7383 f2495c e02f44 c4162a ad0317",
    "orange": "ffb357 ff9830 ff780a fa6400 e55400",
    "yellow": "ffee52 fade2a f2cc0c e0b400 cc9d00",
    "green": "96d98d 73bf69 56a64b 37872d 19730e",
    "blue": "8ab8ff 5794f2 3274d9 1f60c4 1250b0",
    "purple": "ca95e5 b877d9 a352cc 8f3bb8 7c2ea3",
}
_FILTERS = {"protanopia": "protan", "deuteranopia": "deutan", "tritanopia": "tritan"}
_BACKGROUNDS = {"light": LIGHT, "dark": DARK}
Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)


def _named(theme: dict[str, str]) -> dict[str, str]:
    return {
        f"{shade}-{hue}".lstrip("-"): f"#{value}"
        for hue, values in theme.items()
        for shade, value in zip(_SHADES, values.split(), strict=True)
    }


NAMED: Final[dict[Theme, dict[str, str]]] = {
    "light": {**_named(_LIGHT_THEME), "white": "#ffffff", "black": "#000000"},
    "dark": {**_named(_DARK_THEME), "white": "#ffffff", "black": "#000000"},
}
"""Grafana's colour names in its two themes."""


@lru_cache(maxsize=4096)
def resolve(colour: str, theme: Theme = "dark") -> str | None:
    """A colour as Grafana writes it (a name, `#rgb`, `rgba(…)`) as `#rrggbb` over the theme's background.

    None for what is no colour, and for `text` and `transparent`, which always fit the theme.
    """
    from coloraide import Color

    written = NAMED[theme].get(colour, colour)
    if written in ("transparent", "text"):
        return None
    try:
        found = Color(written).convert("srgb")
    except ValueError:
        return None
    if found.alpha() < 1:
        found = Color.layer([found, Color(_BACKGROUNDS[theme])], space="srgb")
    return found.fit("srgb").to_string(hex=True, alpha=False)


@lru_cache(maxsize=4096)
def contrast(colour: str, background: str) -> float:
    """The contrast ratio of two `#rrggbb` colours: 1 (none) to 21."""
    from coloraide import Color

    return float(Color(colour).contrast(background, method="wcag21"))


@lru_cache(maxsize=4096)
def simulate(colour: str, vision: Vision) -> str:
    """What somebody with that colour vision sees, as `#rrggbb`."""
    from coloraide import Color

    if vision == "normal":
        return colour
    return Color(_seen(colour, vision)).convert("srgb").clip().to_string(hex=True)


@lru_cache(maxsize=4096)
def _seen(colour: str, vision: Vision) -> str:
    """The same without rounding."""
    from coloraide import Color

    if vision == "normal":
        return colour
    return Color(colour).filter(_FILTERS[vision], method="machado").clip("srgb").to_string()


@lru_cache(maxsize=16384)
def distance(one: str, other: str, vision: Vision = "normal") -> float:
    """CIEDE2000 between two `#rrggbb` colours as that vision sees them."""
    from coloraide import Color

    return float(Color(_seen(one, vision)).delta_e(_seen(other, vision), method="2000"))


class Pair(NamedTuple):
    """Two colours, and the vision under which they are closest."""

    one: str
    other: str
    vision: Vision
    distance: float


def closest(colours: tuple[str, ...]) -> Pair | None:
    """The two colours (`#rrggbb`) that are the hardest to tell apart for anybody; None where there are not two."""
    pairs = combinations(dict.fromkeys(colours), 2)
    found = (Pair(one, other, vision, distance(one, other, vision)) for one, other in pairs for vision in VISIONS)
    return min(found, key=lambda pair: pair.distance, default=None)


def backgrounds(theme: str = "") -> dict[Theme, str]:
    """What to measure contrast against: both themes, or the one to which a dashboard is bound (`light` or `dark`)."""
    return {name: _BACKGROUNDS[name] for name in THEMES if theme in ("", name)}
