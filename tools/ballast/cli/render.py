"""`ballast render`: what a root would deploy, as files, and whether each application would read its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(render)


def render(
    root: Annotated[Path, typer.Argument(help="A platform root", exists=True, file_okay=False)],
    into: Annotated[Path | None, typer.Option(help="Folder to write; default: build/render/<root>")] = None,
    plan: Annotated[Path | None, typer.Option(help="A plan as JSON (terraform show -json) instead of a hermetic one")] = None,
    output: Annotated[str, typer.Option(help="text or json")] = "text",
) -> None:
    """Write out values, manifests and application configuration of a root's plan, and check the configuration.

    Prometheus, Alertmanager, rules and Thanos are checked by their own programs, the others against schemas.

    Example: ballast render terraform/environments/staging/aws/platform
    """
    import time

    import orjson

    from ballast.findings import REPORTERS, Report, checks
    from ballast.findings.report import Outcome
    from ballast.repo import CannotRun, find_root
    from ballast.terraform.platform import read_plan
    from ballast.terraform.platform.render import render as rendered
    from ballast.terraform.platform.render import write
    from ballast.terraform.platform.verify import ID, verify
    from ballast.terraform.roots import plan_roots

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: write text or json")
    repo, began = find_root(None), time.monotonic()
    resolved = root.resolve()
    if not resolved.is_relative_to(repo):
        raise CannotRun(f"{root} is not in {repo}: name a root of this repository")
    name = resolved.relative_to(repo).as_posix()
    if plan is not None:
        try:
            data = orjson.loads(plan.read_bytes())
        except (OSError, ValueError) as error:
            raise CannotRun(f"{plan} is no plan as JSON: {error}") from None
    else:
        planned = plan_roots(repo, [name])[0]
        if not planned.plan:
            place, said = planned.problems[0]
            raise CannotRun(f"{name} cannot be planned: {place}: {said}")
        data = planned.plan
    platform = read_plan(data, name)
    folder = into or repo / "build" / "render" / name.removeprefix("terraform/environments/")
    files = rendered(platform, repo / "terraform" / "schemas")
    write(files, folder)
    typer.echo(f"ballast: {len(files)} files in {folder}", err=True)
    outcome = Outcome(next(c for c in checks() if c.id == ID), units=len(files))
    outcome.findings = [f.stamped(ID, f.severity) for f in verify(repo, name, data, platform)]
    report = Report(repo, [outcome], time.monotonic() - began)
    typer.echo(REPORTERS[output](report), nl=False)
    raise typer.Exit(report.exit_code)
