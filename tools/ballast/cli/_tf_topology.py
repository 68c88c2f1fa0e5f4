"""`ballast tf topology`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(group: typer.Typer) -> None:
    """Add the command."""

    @group.command()
    def topology(
        root: Annotated[Path, typer.Argument(help="A platform root", exists=True, file_okay=False)],
        out: Annotated[Path | None, typer.Option(help="Write here; default: standard output")] = None,
        plan: Annotated[Path | None, typer.Option(help="A plan as JSON (terraform show -json), not a hermetic one")] = None,
        output: Annotated[str, typer.Option(help="svg, text (a sentence an arrow) or json")] = "svg",
    ) -> None:
        """A platform's components and what flows between them, drawn from its plan.

        Reads the content root beside it as well, where no plan is given: Vault's connections stand there.

        Example: ballast tf topology terraform/environments/production/aws/platform --out docs/platform.svg
        """
        import json
        import os
        from dataclasses import asdict

        from ballast.repo import CannotRun, find_root
        from ballast.terraform.beside import read_roots
        from ballast.terraform.topology import draw, scene

        if output not in ("svg", "text", "json"):
            raise CannotRun(f"--output {output}: write svg, text or json")
        found = scene(read_roots(find_root(None), root, plan, content=plan is None).platform)
        match output:
            case "text":
                text = "\n".join(found.words()) + "\n"
            case "json":
                text = json.dumps(asdict(found), indent=1) + "\n"
            case _:
                text = draw(found)
        if out is None:
            typer.echo(text, nl=False)
            return
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        try:
            part.write_text(text)
            part.replace(out)
        except OSError as error:
            raise CannotRun(f"{out} could not be written: {error.strerror}") from None
