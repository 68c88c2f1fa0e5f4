"""`ballast dashboards preview`: a dashboard as PNG and HTML, without Grafana."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Theme(StrEnum):
    """Grafana's themes."""

    light = "light"
    dark = "dark"
    both = "both"


class Sight(StrEnum):
    """Which kinds of colour vision."""

    normal = "normal"
    all = "all"


def register(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(epilog="Example: ballast dashboards preview dashboards/overview.json --prometheus http://127.0.0.1:9090")
    def preview(
        file: Annotated[Path, typer.Argument(help="A dashboard in classic JSON.", exists=True, dir_okay=False)],
        prometheus: Annotated[str, typer.Option(metavar="URL", help="The Prometheus to ask.")],
        past: Annotated[str, typer.Option(metavar="DURATION", help="How far back: 6h, 7d.")] = "6h",
        to: Annotated[float | None, typer.Option(metavar="UNIX", help="The end, in Unix seconds; default: now.")] = None,
        var: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable; default: all values.")] = None,
        theme: Annotated[Theme, typer.Option(help="Grafana's theme.")] = Theme.dark,
        colour_vision: Annotated[Sight, typer.Option(help="all: simulated colour blindness too.")] = Sight.normal,
        out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("build/preview"),
    ) -> None:
        """Draw a dashboard as Grafana would, with a Prometheus' data, as PNG and HTML."""
        import time

        from ballast.dashboards.palette import THEMES, VISIONS
        from ballast.dashboards.preview import Span
        from ballast.dashboards.preview import preview as draw
        from ballast.repo import CannotRun, seconds

        pairs = [text.partition("=") for text in var or []]
        if any(not separator for _, separator, _ in pairs):
            raise CannotRun("a variable is given as NAME=VALUE, as in --var job=checkout")
        end = time.time() if to is None else to
        files = draw(
            file,
            prometheus,
            out,
            Span(end - seconds(past), end),
            values={name: value for name, _, value in pairs},
            themes=[t for t in THEMES if theme.value in (t, "both")],
            visions=VISIONS if colour_vision is Sight.all else ("normal",),
        )
        for path in files:
            print(path)
