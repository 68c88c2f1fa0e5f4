"""`ballast tf reap`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(group: typer.Typer) -> None:
    """Add the command."""

    @group.command("reap")
    def reap_command(
        kept: Annotated[bool, typer.Option(help="Also what was left on purpose (BALLAST_TF_SKIP=destroy)")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is there")] = False,
        output: Annotated[str, typer.Option(help="text or json")] = "text",
    ) -> None:
        """Destroy what tests applied and could not destroy because they were killed. Exit 1: something is still there.

        Example: ballast tf reap --dry-run
        """
        import json
        from dataclasses import asdict

        from ballast.repo import CannotRun
        from ballast.terraform.testing import Ledger, reap
        from ballast.terraform.workspace import repository

        if output not in ("text", "json"):
            raise CannotRun(f"--output {output}: write text or json")
        repo = repository(Path.cwd())
        if dry_run:
            found = [(entry, "in use" if entry.alive else "kept" if entry.kept else "left") for entry in Ledger(repo).entries()]
        else:
            found = [(entry, error or "destroyed") for entry, error in reap(repo, kept=kept)]
        if output == "json":
            typer.echo(json.dumps([asdict(entry) | {"result": result} for entry, result in found], indent=1))
        for entry, result in found if output == "text" else ():
            typer.echo(f"{entry.name} ({entry.mode}, {entry.test or entry.module}): {result}")
        if output == "text" and not found:
            typer.echo("nothing was left behind")
        raise typer.Exit(any(result not in ("destroyed", "in use", "kept") for _, result in found))
