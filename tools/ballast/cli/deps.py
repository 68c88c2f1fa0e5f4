"""`ballast deps audit`: known vulnerabilities of what is pinned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.findings import Finding
    from ballast.secrets import Audit


def register(app: typer.Typer) -> None:
    """Add the group `deps`."""
    group = typer.Typer(no_args_is_help=True, help="What is pinned, and what is known to be wrong with it.")

    @group.callback()
    def whole() -> None:
        """Keeps `ballast deps audit` a sub-command while it is the only one."""

    group.command(epilog="Example: ballast deps audit --output sarif --out build/deps.sarif")(audit)
    app.add_typer(group, name="deps")


def audit(
    url: Annotated[str, typer.Option(metavar="URL", envvar="BALLAST_OSV_URL", help="Where OSV is, or a mirror of it.")] = "",
    binaries: Annotated[bool, typer.Option("--binaries", help="Let govulncheck look at the toolchain's binaries too.")] = False,
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text, json, sarif, junit or github.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report there, and text to the terminal.")] = None,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="The repository; default: the one around here.")] = None,
) -> None:
    """Ask OSV about every pinned Python package and Go module.

    Exits 1 when one has a HIGH or CRITICAL advisory that images/exceptions.yaml does not accept, 2 when OSV cannot be asked:
    then it is unproven, and no gate may pass.
    """
    import time
    from dataclasses import replace
    from datetime import UTC, datetime

    from ballast.cli.validate import deliver
    from ballast.findings import REPORTERS, Outcome, Report, registered
    from ballast.repo import CannotRun, find_root
    from ballast.secrets import audit_dependencies, reachable

    if output not in REPORTERS:
        raise CannotRun(f"--output {output}: there is {', '.join(REPORTERS)}")
    began, where = time.monotonic(), find_root(root)
    done = audit_dependencies(where, datetime.now(UTC).date(), *([url] if url else []))
    if binaries:
        _binaries(done, where, reachable)
    check = registered("deps/exceptions")
    found = [
        replace(finding, check="deps/advisory" if finding.position.path != "images/exceptions.yaml" else check.id)
        for finding in done.findings
    ]
    seconds = time.monotonic() - began
    report = Report(where, [Outcome(replace(check, id="deps/advisory"), done.packages, 0, seconds, found)], seconds)
    deliver(report, output, out, most=None, command="ballast deps audit")
    raise typer.Exit(report.exit_code)


def _binaries(done: Audit, root: Path, reachable: Callable[[Path], tuple[list[Finding], int]]) -> None:
    """Add what govulncheck says; what it cannot say is unproven."""
    from ballast.findings import Finding
    from ballast.repo import CannotRun, Position

    try:
        found, looked = reachable(root)
    except CannotRun as error:
        done.findings.append(Finding("", Position(""), str(error), "", unproven=True))
        return
    done.findings += found
    done.packages += looked
