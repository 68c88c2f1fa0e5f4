"""`ballast security`: proof over a rendered platform."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Who may reach what on the platform, proven from its plan.")
    app.add_typer(group, name="security")
    group.command()(report)

    @group.callback()
    def root() -> None:
        """Keeps `report` a sub-command while it is alone."""


def report(
    root: Annotated[Path, typer.Argument(help="A platform root", exists=True, file_okay=False)],
    plan: Annotated[Path | None, typer.Option(help="A plan as JSON (terraform show -json) instead of a hermetic one")] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Only rows that do not hold")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for unproven cells as well")] = False,
    output: Annotated[str, typer.Option(help="text or json")] = "text",
) -> None:
    """TLS and callers of every listener, network flows, cloud roles, images, secrets, sign-in of people: a cell each.

    Reads the root's plan, and the content and cluster roots beside it. Exit 1: a cell is broken. A cell that rests on what a
    chart chooses by itself prints unproven, and is never counted as holding.

    Example: ballast security report terraform/environments/staging/aws/platform --brief
    """
    import json

    from ballast.repo import CannotRun, find_root
    from ballast.terraform.beside import read_roots
    from ballast.terraform.security import as_json, as_text, prove

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: write text or json")
    roots = read_roots(find_root(None), root, plan, content=True, cluster=True)
    proof = prove(roots.platform, roots.cluster)
    typer.echo(json.dumps(as_json(proof), indent=1) if output == "json" else as_text(proof, brief=brief).rstrip("\n"))
    raise typer.Exit(1 if proof.broken or (strict and proof.open) else 0)
