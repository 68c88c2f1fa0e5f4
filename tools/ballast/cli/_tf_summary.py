"""`ballast tf summary`, and what `ballast tf plan --summary` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ballast.terraform.summary import Summary


def register(group: typer.Typer) -> None:
    """Add the command."""

    @group.command()
    def summary(
        plan: Annotated[
            Path,
            typer.Argument(help="What terraform show -json PLANFILE or ballast tf plan --output json printed", exists=True),
        ],
        root: Annotated[str, typer.Option(help="The root's path, for the heading and for policies on production")] = "",
        output: Annotated[str, typer.Option(help="markdown (at most 65,536 characters) or json")] = "markdown",
        policies: Annotated[bool, typer.Option(help="Judge the plan by the policies (20 s; needs scripts/checkov.sh)")] = True,
    ) -> None:
        """A plan as a comment for a pull request: destroys first, then identities, exposure, the rest. Exit 1: a broken policy.

        Example: ballast tf summary plan.json --root terraform/environments/staging/aws/cluster
        """
        import json

        from ballast.repo import CannotRun

        try:
            given: Any = json.loads(plan.read_text())
        except ValueError as error:
            raise CannotRun(f"{plan} is no JSON: {error}") from None
        if not isinstance(given, dict):
            raise CannotRun(f"{plan} is no plan: terraform show -json PLANFILE")
        inner = given.get("plan", given)
        told = show(inner, root, str(given.get("result", "")), output, policies)
        raise typer.Exit(bool(told.policies))


def show(
    plan: dict[str, Any], root: str, result: str, output: str, policies: bool, refused: list[str] | None = None
) -> Summary:
    """Print a plan's summary; what was printed."""
    import json

    from ballast.repo import CannotRun
    from ballast.terraform.summary import markdown, summarise, with_policies
    from ballast.terraform.workspace import repository

    if output not in ("markdown", "json"):
        raise CannotRun(f"--output {output}: write markdown or json")
    told = summarise(plan, root=root, result=result)
    told.refused = refused or []
    if policies:
        told = with_policies(told, plan, repository(Path.cwd()))
    typer.echo(json.dumps(told.as_dict(), indent=1) if output == "json" else markdown(told))
    return told
