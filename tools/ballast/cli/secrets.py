"""`ballast secrets check`: look for secrets where they may have leaked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.findings import Report
    from ballast.secrets import Search


def register(app: typer.Typer) -> None:
    """Add the group `secrets`."""
    group = typer.Typer(no_args_is_help=True, help="Secrets: where they may have leaked.")
    group.command(epilog="Example: ballast secrets check --github acme/ballast")(check)
    app.add_typer(group, name="secrets")


def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Only these files, folders, archives, bundles and images.")] = None,
    staged: Annotated[bool, typer.Option("--staged", help="Only what the next commit brings.")] = False,
    history: Annotated[bool, typer.Option(help="Look into every commit too.")] = True,
    github: Annotated[str, typer.Option(metavar="OWNER/REPO", help="List what GitHub keeps, through gh.")] = "",
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text, json, sarif, junit or github.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report there, and text to the terminal.")] = None,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="The repository; default: the one around here.")] = None,
) -> None:
    """Look for secrets in files, history, plans, state and images.

    Without paths: every file, every commit, and state, plans and built files that Git ignores. Never prints a secret.
    Exits 0 when there is none, 1 with findings (an exception that has ended is one), 2 when something could not be looked at.
    """
    import time
    from datetime import UTC, datetime

    from ballast.cli.validate import deliver
    from ballast.findings import REPORTERS
    from ballast.repo import CannotRun, find_root
    from ballast.secrets import Search
    from ballast.secrets import github as ask_github

    if output not in REPORTERS:
        raise CannotRun(f"--output {output}: there is {', '.join(REPORTERS)}")
    if sum(map(bool, (paths, staged))) > 1:
        raise CannotRun("--staged looks at the index: it takes no paths")
    began = time.monotonic()
    where = find_root(root)
    search = Search.of(where, datetime.now(UTC).date())
    if paths:
        _paths(search, paths)
    elif staged:
        search.index()
    else:
        _everything(search, history)
    search.exceptions_file(unused=not paths and not staged and history)
    if github:
        found, looked = ask_github(github, search.exceptions, search.today)
        search.findings += found
        search.looked += looked
    report = _report(search, time.monotonic() - began, partial=bool(staged or paths))
    deliver(report, output, out, most=None, command="ballast secrets check")
    raise typer.Exit(report.exit_code)


def _everything(search: Search, history: bool) -> None:
    from ballast.findings import Tree

    search.files(Tree.read(search.root))
    search.left_behind()
    if history:
        search.past()


def _paths(search: Search, paths: list[Path]) -> None:
    """Plan bundles are opened with their key; everything else is looked at as it is."""
    from ballast.release import bundle_members

    for path in paths:
        inside = bundle_members(search.root, path)
        if inside is None:
            search.paths([path.absolute().relative_to(search.root) if path.absolute().is_relative_to(search.root) else path])
        for name, data in (inside or {}).items():
            search.data(f"{path}!{name}", data)


def _report(search: Search, seconds: float, *, partial: bool) -> Report:
    from dataclasses import replace

    from ballast.findings import Outcome, Report, registered

    leak = registered("secrets/leak")
    found = [finding if finding.check else replace(finding, check=leak.id) for finding in search.findings]
    outcome = Outcome(leak, units=search.looked, seconds=seconds, findings=found)
    return Report(search.root, [outcome], seconds, partial)
