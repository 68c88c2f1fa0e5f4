"""`ballast tf example`: the outputs of a root, committed for the roots that read its state."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(example)


def example(
    roots: Annotated[list[Path], typer.Argument(help="Roots whose outputs others read", exists=True, file_okay=False)],
) -> None:
    """Apply roots hermetically, in a throw-away place, and write their outputs beside them (outputs.example.json).

    Roots that read a root's state are planned with this file where there is no cloud. Run it when outputs change.

    Example: ballast tf example terraform/environments/staging/aws/cluster
    """
    import json

    from ballast.repo import CannotRun
    from ballast.terraform.examples import outputs
    from ballast.terraform.workspace import EXAMPLE

    for root in roots:
        text = json.dumps(outputs(root), indent=2, sort_keys=True) + "\n"
        path = root / EXAMPLE
        old = path.read_text() if path.is_file() else ""
        try:
            new = path.with_suffix(".new")
            new.write_text(text)
            new.replace(path)
        except OSError as error:
            raise CannotRun(f"{path} cannot be written: {error.strerror}") from None
        typer.echo(f"{path}: {'unchanged' if text == old else 'written'}")
