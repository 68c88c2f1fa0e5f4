"""`ballast tf graph`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(group: typer.Typer) -> None:
    """Add the command."""

    @group.command()
    def graph(
        root: Annotated[Path, typer.Argument(help="A root or module directory", exists=True, file_okay=False)],
        out: Annotated[Path | None, typer.Option(help="Write here; default: standard output")] = None,
        output: Annotated[str, typer.Option(help="svg, text (a sentence a flow) or json")] = "svg",
    ) -> None:
        """A root's modules and what flows between them, drawn.

        Example: ballast tf graph terraform/environments/staging/aws/cluster --out cluster.svg
        """
        import json
        import os
        from dataclasses import asdict

        from ballast.repo import CannotRun
        from ballast.terraform.graph import draw, read

        found = read(root)
        match output:
            case "svg":
                text = draw(found)
            case "text":
                text = "\n".join(found.words()) + "\n"
            case "json":
                text = json.dumps(asdict(found), indent=1) + "\n"
            case _:
                raise CannotRun(f"--output {output}: write svg, text or json")
        if out is None:
            typer.echo(text, nl=False)
            return
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        try:
            part.write_text(text)
            part.replace(out)
        except OSError as error:
            raise CannotRun(f"{out} could not be written: {error.strerror}") from None
