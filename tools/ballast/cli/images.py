"""`ballast images`: bills of materials of our images, and the list of all that run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ballast.cli.slo import write_all

Root = Annotated[Path | None, typer.Option("--root", metavar="DIR", help="The repository; default: the one around here.")]


def register(app: typer.Typer) -> None:
    """Add the group `images`."""
    group = typer.Typer(no_args_is_help=True, help="Container images: ours, and those that the platform runs.")
    group.command(epilog="Example: ballast images sbom gateway --format cyclonedx --out build/gateway.cdx.json")(sbom)
    group.command(
        "list", epilog="Example: ballast images list | xargs -n 1 trivy image --exit-code 1 --severity HIGH,CRITICAL"
    )(listing)
    app.add_typer(group, name="images")


def sbom(
    name: Annotated[str, typer.Argument(help="gateway or cli.")],
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="spdx (2.3) or cyclonedx (1.6).")] = "spdx",
    base: Annotated[str, typer.Option(metavar="NAME@sha256:…", help="The base image, if it is to be in it.")] = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of printing it.")] = None,
    root: Root = None,
) -> None:
    """Write the bill of materials of one of our images, from its lock. The same commit and base give the same bytes."""
    import json
    from datetime import UTC, datetime

    from ballast.repo import CannotRun, find_root, git
    from ballast.secrets import FORMATS, image

    if form not in FORMATS:
        raise CannotRun(f"--format {form}: there is {', '.join(FORMATS)}")
    where = find_root(root)
    try:
        revision, seconds = git(where, "log", "-1", "--format=%H %ct").decode().split()
    except (CannotRun, ValueError):
        raise CannotRun(f"{where} has no commit to name in it: Git says which revision this is") from None
    made = datetime.fromtimestamp(int(seconds), UTC)
    text = json.dumps(FORMATS[form](image(where, name, revision, made, base)), indent=2) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    write_all(out.parent, {out.name: text})
    typer.echo(f"{out}: {text.count(chr(10))} lines, {form}")


def listing(
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text (one a line) or json (by name).")] = "text",
    root: Root = None,
) -> None:
    """Print every image that the platform runs, as pinned in terraform/modules/images.json: what a scanner is to look at."""
    import json

    from ballast.repo import CannotRun, find_root

    path = find_root(root) / "terraform/modules/images.json"
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CannotRun(f"{path} cannot be read: {error}") from None
    typer.echo(json.dumps(found, indent=2) if output == "json" else "\n".join(sorted(set(found.values()))))
