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


EPILOG = """Example: ballast dashboards preview dashboards/overview.json --prometheus http://127.0.0.1:9090

In a pull request: ballast dashboards preview --changed --against origin/main"""


def register(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(epilog=EPILOG)
    def preview(
        files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="Dashboards, in any form.")] = None,
        prometheus: Annotated[str, typer.Option(metavar="URL", help="The Prometheus to ask; default: synthetic data.")] = "",
        loki: Annotated[str, typer.Option(metavar="URL", help="The Loki to ask for log lines; default: synthetic ones.")] = "",
        past: Annotated[str, typer.Option(metavar="DURATION", help="How far back: 6h, 7d.")] = "6h",
        start: Annotated[str, typer.Option("--from", metavar="TIME", help="now-6h, ISO 8601 or Unix seconds.")] = "",
        to: Annotated[str, typer.Option(metavar="TIME", help="The end, likewise.")] = "now",
        var: Annotated[
            list[str] | None,
            typer.Option(metavar="NAME=VALUE", help="A variable, once for each of its values; default: as saved."),
        ] = None,
        annotations: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Grafana's own annotations, as its /api/annotations answers.")
        ] = None,
        theme: Annotated[Theme, typer.Option(help="Grafana's theme.")] = Theme.dark,
        colour_vision: Annotated[Sight, typer.Option(help="all: simulated colour blindness too.")] = Sight.normal,
        against: Annotated[str, typer.Option(metavar="REV", help="Show how it was in this Git revision beside it.")] = "",
        changed: Annotated[bool, typer.Option("--changed", help="Dashboards that differ from --against (HEAD).")] = False,
        out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("build/preview"),
        output: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
    ) -> None:
        """Draw dashboards as Grafana would, as PNG and HTML, with a Prometheus' data or synthetic data that fits.

        Without --prometheus, made-up series that fit the queries are put into a
        Prometheus of its own, and the pictures say "synthetic data"; time then ends
        at 2026-01-05 12:00 UTC, so the same dashboard makes the same bytes.
        """
        import json

        from ballast.dashboards.palette import THEMES, VISIONS
        from ballast.dashboards.preview import Request, changed_files, draw_files
        from ballast.repo import CannotRun

        pairs = [text.partition("=") for text in var or []]
        if any(not separator for _, separator, _ in pairs):
            raise CannotRun("a variable is given as NAME=VALUE, as in --var job=checkout")
        values: dict[str, tuple[str, ...]] = {}
        for name, _, value in pairs:
            values[name] = (*values.get(name, ()), value)
        if output not in ("text", "json"):
            raise CannotRun(f"--output {output}: there is text and json")
        against = against or ("HEAD" if changed else "")
        chosen = [*(files or []), *(changed_files(against) if changed else [])]
        if not chosen and not changed:
            raise CannotRun("name a dashboard's file, or give --changed")
        request = Request(
            prometheus=prometheus,
            loki=loki,
            start=start or f"now-{past}",
            end=to,
            values=values,
            events=annotations,
            themes=[t for t in THEMES if theme.value in (t, "both")],
            visions=VISIONS if colour_vision is Sight.all else ("normal",),
            against=against,
        )
        written = draw_files(chosen, request, out)
        if output == "json":
            typer.echo(json.dumps({"files": [str(path) for path in written]}, indent=1))
        else:
            for path in written:
                typer.echo(str(path))
            if changed and not chosen:
                typer.echo(f"no dashboard differs from {against}")
