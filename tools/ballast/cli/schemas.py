"""`ballast schemas`: what providers look like, kept in terraform/schemas/."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Provider schema snapshots in terraform/schemas/.")
    app.add_typer(group, name="schemas")

    @group.command()
    def add(
        types: Annotated[list[str], typer.Argument(help="aws_vpc, data:aws_region, ephemeral:aws_eks_cluster_auth")],
        source: Annotated[Path, typer.Option("--from", help="A folder of full schemas, NAMESPACE-NAME-VERSION.json")],
        note: Annotated[str, typer.Option(help="Where those schemas come from")] = "provider bindings published on npm",
        folder: Annotated[Path, typer.Option(help="The snapshots")] = Path("terraform/schemas"),
    ) -> None:
        """Put types into the snapshots.

        Example: ballast schemas add aws_vpc data:aws_region --from ../schemas
        """
        from ballast.terraform import snapshots

        for line in snapshots.add(folder, [snapshots.TypeRef.parse(t) for t in types], source, note):
            typer.echo(line)
