"""`ballast cost`: what the roots cost a month, what a plan changes, and the price file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ballast.release.cost import Estimate


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="What infrastructure costs a month: list prices × plan, as an interval.")
    app.add_typer(group, name="cost")

    @group.command("estimate")
    def estimate_command(
        roots: Annotated[list[Path] | None, typer.Argument(help="Roots; default: every root of terraform/environments")] = None,
        plan: Annotated[
            Path | None,
            typer.Option(help="A plan's JSON instead (tf plan --output json)", dir_okay=False),
        ] = None,
        output: Annotated[str, typer.Option(help="text, markdown, csv or json")] = "text",
    ) -> None:
        """The cost of roots as they would be built from nothing (hermetic), or the difference that --plan makes.

        Exit 1: a root is over its budget (terraform/environments/*/cost.tfvars).

        Example: ballast cost estimate terraform/environments/production/aws/cluster --output markdown
        """
        raise typer.Exit(_estimate(roots or [], plan, output))

    @group.command()
    def prices(output: Annotated[str, typer.Option(help="text or json")] = "text") -> None:
        """The price file: how many prices, of which regions, how old.

        Example: ballast cost prices
        """
        import json

        from ballast.release.cost import read_prices
        from ballast.repo import CannotRun, find_root

        if output not in ("text", "json"):
            raise CannotRun(f"--output {output}: write text or json")
        found = sorted(read_prices(find_root()), key=lambda p: (p.provider, p.region, p.item))
        if output == "json":
            fields = ("provider", "region", "item", "unit", "usd", "date", "source")
            typer.echo(json.dumps([{name: str(getattr(p, name)) for name in fields} for p in found], indent=1))
            return
        for price in found:
            typer.echo(f"{price.date}  {price.provider} {price.region:<13} {price.item:<24} {price.usd:f} / {price.unit}")

    @group.command("refresh")
    def refresh_command(
        provider: Annotated[str, typer.Option(help="aws, gcp or all")] = "all",
    ) -> None:
        """Ask the providers' catalogues about virtual machines again, and write terraform/prices.csv.

        Example: ballast cost refresh --provider aws
        """
        from ballast.release.cost import read_prices, refresh, write_prices
        from ballast.release.cost.refresh import ask_aws, ask_google
        from ballast.repo import CannotRun, find_root

        if provider not in ("aws", "gcp", "all"):
            raise CannotRun(f"--provider {provider}: write aws, gcp or all")
        root = find_root()
        aws = ask_aws() if provider in ("aws", "all") else None
        google = ask_google() if provider in ("gcp", "all") else None
        done = refresh(read_prices(root), aws=aws, google=google)
        write_prices(root, done.prices)
        for line in done.changed:
            typer.echo(line)
        typer.echo(
            f"{len(done.changed)} changed, {done.confirmed} confirmed, {done.kept} not asked for: read those on their pages."
        )


def _estimate(roots: list[Path], plan: Path | None, output: str) -> int:
    import json

    from ballast.release.cost import judge_cost, markdown, read_allowance, table, text
    from ballast.repo import CannotRun, find_root

    if output not in ("text", "markdown", "csv", "json"):
        raise CannotRun(f"--output {output}: write text, markdown, csv or json")
    repo = find_root(roots[0] if roots else None)
    found = list(_estimates(repo, roots, plan))
    verdicts = {one.root: judge_cost(one, read_allowance(repo, one.root)) for one in found}
    match output:
        case "json":
            judged = [
                one.as_dict() | {"verdict": verdicts[one.root].state, "reasons": verdicts[one.root].reasons} for one in found
            ]
            typer.echo(json.dumps(judged, indent=1))
        case "csv":
            typer.echo(table(found), nl=False)
        case "markdown":
            typer.echo(markdown(found, verdicts), nl=False)
        case _:
            typer.echo(text(found), nl=False)
            for root, verdict in verdicts.items():
                if verdict.state == "stop":
                    typer.echo(f"{root}: {'; '.join(verdict.reasons)}")
    return 1 if any(verdict.state == "stop" for verdict in verdicts.values()) else 0


def _estimates(repo: Path, roots: list[Path], plan: Path | None) -> list[Estimate]:
    import json

    from ballast.release.cost import estimate, read_allowance, read_prices
    from ballast.repo import CannotRun
    from ballast.terraform.roots import plan_roots

    prices = read_prices(repo)

    def one(made: dict[str, Any], root: str) -> Estimate:
        return estimate(made, prices, root=root, usage=read_allowance(repo, root).usage, repo=repo)

    if plan is not None:
        try:
            given = json.loads(plan.read_text())
            made = given.get("plan", given)
            if "resource_changes" not in made:
                raise ValueError("no resource_changes")
        except (OSError, ValueError, AttributeError) as error:
            raise CannotRun(f"{plan} is no plan in JSON ({error}): terraform show -json PLANFILE") from None
        return [one(made, _name(repo, roots[0]) if roots else "")]
    names = [_name(repo, root) for root in roots] or sorted(
        {path.parent.relative_to(repo).as_posix() for path in repo.glob("terraform/environments/*/*/*/versions.tf")}
    )
    planned = plan_roots(repo, names)
    for root in planned:
        if root.problems:
            raise CannotRun("; ".join(f"{position}: {words}" for position, words in root.problems))
    return [one(root.plan, root.root) for root in planned]


def _name(repo: Path, root: Path) -> str:
    from ballast.repo import CannotRun

    full = root.resolve()
    if not full.is_relative_to(repo) or not full.is_dir():
        raise CannotRun(f"{root} is no root of {repo}")
    return full.relative_to(repo).as_posix()
