"""`ballast validate`: every check of the repository."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.findings import Report
    from ballast.findings.runner import Progress as Tick

MOST = 20  # findings of one check on a terminal; the other formats, and --only, show all
EPILOG = "Example: ballast validate --only 'alerts/*' --changed --base origin/main"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EPILOG)(validate)


def validate(
    only: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Only checks like this: slo/*, alerts, an id.")] = None,
    skip: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="All checks but those like this.")] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only what reads a file that differs from --base.")] = False,
    base: Annotated[str, typer.Option(metavar="COMMIT", help="What --changed compares with.")] = "HEAD",
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text, json, sarif, junit or github.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report there, and text to the terminal.")] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Checks at a time; 0 is one a core.")] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Believe no result of an earlier run.")] = False,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="The repository; default: the one around here.")] = None,
) -> None:
    """Check the repository: SLOs, rules, proofs, runbooks, generated files, code.

    Exits 0 when there is nothing to mend (notes do not count), 1 with errors or warnings, 2 when a check could not run.
    """
    from ballast.findings import REPORTERS, changed_files, checks, narrow, run, select
    from ballast.repo import CannotRun, find_root

    if output not in REPORTERS:
        raise CannotRun(f"--output {output}: there is {', '.join(REPORTERS)}")
    where = find_root(root)
    only, skip = only or [], skip or []
    chosen = select(checks(), only, skip)
    paths = changed_files(where, base) if changed else None
    with Progress() as progress:
        report = run(where, chosen, changed=paths, jobs=jobs or None, fresh=fresh, progress=progress)
    report = narrow(report, only, skip)
    deliver(report, output, out, most=None if only else MOST)
    raise typer.Exit(report.exit_code)


def deliver(report: Report, output: str, out: Path | None, most: int | None, command: str = "ballast validate --only") -> None:
    """Print the report, or write it to a file and print the text; GitHub's annotations come with the text, for the log."""
    from rich.console import Console

    from ballast.findings import REPORTERS
    from ballast.findings.reports.text import show
    from ballast.repo import CannotRun

    if out:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            part = out.with_name(f"{out.name}.{os.getpid()}.part")
            part.write_text(REPORTERS[output](report))
            part.replace(out)
        except OSError as error:
            raise CannotRun(f"{out} could not be written: {error.strerror}") from None
    if out or output in ("text", "github"):
        show(report, Console(highlight=False), most=most, command=command)
    if not out and output != "text":
        sys.stdout.write(REPORTERS[output](report))


class Progress:
    """A bar on standard error while checks run: on a terminal, and not in CI."""

    def __enter__(self) -> Tick | None:
        self.bar = None
        if os.environ.get("CI") or not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self.bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self.bar.start()
        self.task = self.bar.add_task("", total=None)
        return self._at

    def _at(self, done: int, total: int, running: list[str]) -> None:
        if self.bar:
            self.bar.update(self.task, completed=done, total=total, description=" ".join(dict.fromkeys(running)))

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()
