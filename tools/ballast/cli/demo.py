"""`ballast demo`: an SLO breach becomes a page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Windows(StrEnum):
    """Which burn-rate table the failing SLO uses."""

    short = "short"
    standard = "standard"


class Which(StrEnum):
    """What fails."""

    checkout = "checkout"
    gateway = "gateway"
    prometheus = "prometheus"


class Output(StrEnum):
    """For people or for machines."""

    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        windows: Annotated[
            Windows, typer.Option(help="short: a demo table, under three minutes. standard: the real one, about eight.")
        ] = Windows.short,
        fault: Annotated[Which, typer.Option(help="What fails.")] = Which.checkout,
        out: Annotated[Path, typer.Option(help="Where report.html and result.json go.")] = Path("build/demo"),
        output: Annotated[Output, typer.Option(help="json prints result.json on standard output.")] = Output.text,
    ) -> None:
        """Run real services, Prometheus, Alertmanager and gateway; let one fail; show its SLO breach become a page.

        Exit code 1 when no page came within 30 seconds of the condition being true.

        Example: ballast demo --windows short --fault gateway
        """
        import json
        import os
        import sys

        from rich.console import Console

        from ballast.demo import FAULTS, SHORT, View, run, write_report
        from ballast.repo import find_root
        from ballast.stack import Stack

        console = Console(file=sys.stderr if output is Output.json else sys.stdout)
        view = View(console, live=console.is_terminal and "CI" not in os.environ)
        with Stack() as stack, view.running():
            result = run(stack, FAULTS[fault.value], SHORT if windows is Windows.short else None, root=find_root(), show=view)
        report = write_report(result, out)
        view.result(result, report)
        if output is Output.json:
            print(json.dumps(result.document(), indent=1))
        if result.problems:
            raise typer.Exit(1)
