"""`ballast schemas`: what providers look like, kept in terraform/schemas/."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path | None, typer.Option(help="The snapshots; default: terraform/schemas of the repository around here")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Provider schema snapshots in terraform/schemas/.")
    app.add_typer(group, name="schemas")
    group.command()(add)
    group.command()(check)
    group.command()(prune)
    group.command()(update)


def add(
    types: Annotated[list[str], typer.Argument(help="aws_vpc, data:aws_region, ephemeral:aws_eks_cluster_auth")],
    source: Annotated[Path, typer.Option("--from", help="A folder of full schemas, NAMESPACE-NAME-VERSION.json")],
    note: Annotated[str, typer.Option(help="Where those schemas come from")] = "provider bindings published on npm",
    folder: Folder = None,
) -> None:
    """Put types into the snapshots.

    Example: ballast schemas add aws_vpc data:aws_region --from ../schemas
    """
    from ballast.terraform import snapshots

    for line in snapshots.add(_folder(folder), [snapshots.TypeRef.parse(t) for t in types], source, note):
        typer.echo(line)


def check(output: Annotated[str, typer.Option(help="text or json")] = "text") -> None:
    """What modules use that the snapshots lack, and what nothing uses. Part of `ballast validate`.

    Example: ballast schemas check
    """
    from ballast.findings import REPORTERS, checks, run
    from ballast.repo import CannotRun, find_root

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: write text or json")
    report = run(find_root(None), [c for c in checks() if c.id == "terraform/schemas"])
    typer.echo(REPORTERS[output](report), nl=False)
    raise typer.Exit(report.exit_code)


def prune(
    sources: Annotated[list[str] | None, typer.Argument(help="Providers (hashicorp/aws); default: all")] = None,
    folder: Folder = None,
) -> None:
    """Drop the types that no Terraform file uses.

    Example: ballast schemas prune hashicorp/aws hashicorp/google
    """
    from ballast.terraform import snapshots

    where = _folder(folder).resolve()
    for line in snapshots.prune(where, snapshots.used(where.parent.parent), sources or ()):
        typer.echo(f"dropped {line}")


def update(
    constraint: Annotated[list[str] | None, typer.Option("--version", help="SOURCE=CONSTRAINT, as in hashicorp/aws=<7")] = None,
    folder: Folder = None,
) -> None:
    """Take the types in use anew from real providers (needs a provider registry or mirror).

    Example: ballast schemas update --version 'hashicorp/aws=< 7'
    """
    import os

    from ballast.repo import CannotRun
    from ballast.terraform import find_core, snapshots

    pairs = [text.partition("=") for text in constraint or []]
    if bad := next((name for name, sign, _ in pairs if not sign), None):
        raise CannotRun(f"--version {bad}: write SOURCE=CONSTRAINT, as in 'hashicorp/aws=< 7'")
    done = snapshots.refresh(_folder(folder), find_core(), os.environ, {name: value for name, _, value in pairs})
    for result in done:
        typer.echo(f"{result.source} {result.version}: {len(result.changed)} types changed")
        for ref in result.changed:
            typer.echo(f"  changed {ref}")
        for ref in result.lost:
            typer.echo(f"  gone    {ref}: the provider has it no more")
    raise typer.Exit(1 if any(result.lost for result in done) else 0)


def _folder(given: Path | None) -> Path:
    from ballast.repo import find_root

    return given or find_root(None) / "terraform" / "schemas"
