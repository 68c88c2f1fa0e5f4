"""`ballast availability`: what would stop a page, and how often that is to be expected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(availability)


def availability(
    root: Annotated[Path, typer.Argument(help="A platform root", exists=True, file_okay=False)],
    plan: Annotated[Path | None, typer.Option(help="A plan as JSON (terraform show -json) instead of a hermetic one")] = None,
    everything: Annotated[bool, typer.Option("--all", help="List all workloads")] = False,
    zone: Annotated[float, typer.Option(help="How often a zone works, a ratio", min=0, max=1)] = 0.9995,
    replica: Annotated[float, typer.Option(help="How often one replica works, a ratio", min=0, max=1)] = 0.998,
    output: Annotated[str, typer.Option(help="text or json")] = "text",
) -> None:
    """Single points of failure of a platform's plan, and the computed availability of its page path.

    Exit 1: less than 99.99 %, or one failure stops pages.

    Example: ballast availability terraform/environments/production/aws/platform
    """
    import json

    from ballast.repo import CannotRun, find_root
    from ballast.terraform.availability import Assumptions, as_json, as_text, walk
    from ballast.terraform.beside import read_roots

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: write text or json")
    report = walk(read_roots(find_root(None), root, plan).platform, Assumptions(zone=zone, replica=replica))
    text = json.dumps(as_json(report), indent=1) if output == "json" else as_text(report, everything=everything).rstrip("\n")
    typer.echo(text)
    raise typer.Exit(0 if report.holds else 1)
