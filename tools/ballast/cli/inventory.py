"""`ballast inventory`: every alert with its runbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer


def register(app: typer.Typer) -> None:
    """Add `inventory`."""
    app.command("inventory", epilog="Example: ballast inventory --output html --out build/inventory.html")(inventory)


def inventory(
    output: Annotated[
        Literal["markdown", "json", "html"], typer.Option("--output", "-o", help="For documents, machines, or print.")
    ] = "markdown",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there instead of printing.")] = None,
) -> None:
    """Every alert with owner, tier, SLO, runbook, dashboard, and the last rehearsal of its page with the result."""
    from ballast.cli.graph import deliver
    from ballast.findings import Tree
    from ballast.graph import build, inventory
    from ballast.repo import find_root

    rows = inventory.inventory(build(Tree.read(find_root())))
    if output == "json":
        text = json.dumps(inventory.data(rows), indent=1, ensure_ascii=False) + "\n"
    else:
        text = {"markdown": inventory.markdown, "html": inventory.html}[output](rows)
    deliver(text, out)
