"""`ballast explain`: what a check finds, why it matters, and what mends it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

EPILOG = "Example: ballast explain alerts/comparison"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EPILOG)(explain)


def explain(
    check: Annotated[str, typer.Argument(help="The id of a check, as `ballast validate` prints it.")] = "",
    every: Annotated[bool, typer.Option("--list", help="List all checks.")] = False,
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
) -> None:
    """Print the page of a check, or a list of all."""
    from rich.console import Console

    from ballast.findings import checks
    from ballast.findings.pages import show_list, show_page
    from ballast.findings.select import unknown
    from ballast.repo import CannotRun

    pages = {id_: (page, c) for c in checks() for id_, page in c.pages.items() if page}
    if not every and check not in pages:
        raise CannotRun(unknown(check, pages) if check else "name a check, or use --list to see them all")
    shown = sorted(pages) if every else [check]
    if output == "json":
        entries = [{"id": i, "reported_by": pages[i][1].id, "page": pages[i][0]} for i in shown]
        print(json.dumps(entries if every else entries[0], indent=2, ensure_ascii=False))
    elif every:
        show_list({i: pages[i][0] for i in shown}, Console(highlight=False))
    else:
        show_page(check, pages[check][1], Console(highlight=False))
