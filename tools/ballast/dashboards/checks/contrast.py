"""A colour is too close to the background.

WCAG AA asks for 4.5:1 for text and for 3:1 for large text, lines and bars. Grafana's green is 2.2:1 on a white panel. A
dashboard is read in the theme of whoever opens it, so colours are measured on both.

Mend: take a colour with more contrast: `ballast.dashboards.palette` has some that hold in both themes.

    - "color": {"mode": "fixed", "fixedColor": "#73BF69"}
    + "color": {"mode": "fixed", "fixedColor": "#308cf6"}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.colours import shown
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.palette import GRAPHIC, TEXT, backgrounds, contrast, resolve
from ballast.dashboards.rule import check


@check("dashboards/contrast")
def low_contrast(dashboard: Dashboard) -> Iterator[Issue]:
    """Measure each colour that a panel shows, once a panel."""
    themes = backgrounds(dashboard.theme)
    for panel in dashboard.panels:
        told: set[str] = set()
        for colour in shown(panel):
            need = TEXT if colour.small_text else GRAPHIC
            for theme, background in themes.items():
                value = resolve(colour.written, theme)
                if value is None or colour.written in told or colour.fills:
                    continue
                ratio = contrast(value, background)
                if ratio < need:
                    told.add(colour.written)
                    message = (
                        f"{colour.written} has a contrast of {ratio:.2f}:1 on the {theme} theme; WCAG AA asks for {need:g}:1"
                    )
                    mend = "a darker colour" if theme == "light" else "a lighter colour"
                    yield Issue(message, colour.path, f"{mend}, such as {_like(need)}", panel=panel)


def _like(need: float) -> str:
    return "the theme's own `text`" if need == TEXT else "#308cf6, #826817 or #ed3b87, which hold in both themes"
