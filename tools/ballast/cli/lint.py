"""`ballast lint`: rule files, dashboards and runbooks from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.findings import Tree

EPILOG = "Example: ballast lint ~/monitoring/rules --only 'promql/*' --output github"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EPILOG)(lint)


def lint(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files and folders; what they are is found by content.")],
    only: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Only checks like this: promql/*, an id.")] = None,
    skip: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="All checks but those like this.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A lint.yaml; default: alerts/lint.yaml of the repository around here.")
    ] = None,
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text, json, sarif, junit or github.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report there, and text to the terminal.")] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 is one a core.")] = 0,
) -> None:
    """Check rule files, PrometheusRule resources, dashboards and runbooks of any origin.

    Exits 0 when there is nothing to mend (notes do not count), 1 with errors or
    warnings, 2 when something could not be read.
    """
    from ballast.cli.validate import MOST, Progress, deliver
    from ballast.findings import REPORTERS, checks, lintable, narrow, select
    from ballast.findings import lint as run
    from ballast.repo import CannotRun

    if output not in REPORTERS:
        raise CannotRun(f"--output {output}: there is {', '.join(REPORTERS)}")
    only, skip = only or [], skip or []
    try:
        chosen = select(lintable(), only, skip)
    except CannotRun:  # a pattern that means a check of another kind, or none
        chosen = select(checks(), only, skip)
    report = run(paths, chosen, besides=_besides(paths, config), jobs=jobs or None, progress=Progress)
    report = narrow(report, only, skip)
    deliver(report, output, out, most=None if only else MOST, command="ballast lint … --only")
    raise typer.Exit(report.exit_code)


def _besides(paths: list[str], config: Path | None) -> Tree:
    """The repository around here, if the files lie in it; of others only the configuration is read besides."""
    from ballast.alerts import LINT, config_problems
    from ballast.findings import File, Tree
    from ballast.repo import CannotRun, find_root

    try:
        root = find_root()
    except CannotRun:
        root = None
    files: list[File] = []
    if root and all(Path(path).resolve().is_relative_to(root) for path in paths):
        files = [file for file in Tree.read(root) if file.path != LINT]
    if config is None and root and (root / LINT).exists():
        config = root / LINT
    if config:
        try:
            data = config.read_bytes()
        except OSError as error:
            raise CannotRun(f"{config} cannot be read: {error.strerror}") from None
        for problem in config_problems(data):
            raise CannotRun(f"{config}:{problem.position.line}:{problem.position.column}: {problem.message}")
        files.append(File(root or Path.cwd(), LINT, data))
    return Tree(root or Path.cwd(), files)
