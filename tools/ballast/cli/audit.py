"""`ballast audit`: show the audit log, and verify that nobody changed it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Log = Annotated[Path | None, typer.Option("--log", help="The log; default BALLAST_AUDIT_LOG or .ballast/audit.jsonl.")]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="text or json.")]


def register(app: typer.Typer) -> None:
    """Add the group `audit`."""
    group = typer.Typer(no_args_is_help=True, help="Who did what, when, why, and with what result.")
    group.command(epilog="Example: ballast audit show --last 5")(show)
    group.command(epilog="Example: ballast audit verify --head 41:9f86d0…")(verify)
    app.add_typer(group, name="audit")


def show(
    last: Annotated[int, typer.Option(help="How many of the newest entries; 0 for all.")] = 20,
    what: Annotated[str, typer.Option(help="Only acts that begin with this, such as budget/.")] = "",
    log: Log = None,
    output: Output = "text",
) -> None:
    """Print entries, the newest last."""
    from dataclasses import asdict

    from ballast.audit import read, record_of
    from ballast.repo import CannotRun

    records = []
    for number, line in enumerate(read(log), 1):
        try:
            records.append(record_of(line))
        except ValueError as error:
            raise CannotRun(f"line {number} of the audit log {error}: run `ballast audit verify`") from error
    records = [r for r in records if r.what.startswith(what)][-last if last else None :]
    if output == "json":
        print(json.dumps([asdict(r) for r in records], indent=1))
        return
    for r in records:
        print(f"{r.sequence:>5}  {r.at[:19]}Z  {r.what}: {r.subject}: {r.result}")
        print(f"       by {r.who}{', because ' + r.why if r.why else ''}")


def verify(
    head: Annotated[str, typer.Option(metavar="N:HASH", help="An entry that you keep elsewhere: finds a cut-off end.")] = "",
    log: Log = None,
    output: Output = "text",
) -> None:
    """Check every line's hash and the chain. Prints the newest entry's N:HASH, for somebody to keep elsewhere."""
    from ballast.audit import problems, read, record_of
    from ballast.repo import CannotRun

    number, _, digest = head.partition(":")
    if head and not (number.isdecimal() and digest):
        raise CannotRun(f"--head {head}: write N:HASH, as `ballast audit verify` prints it")
    lines = list(read(log))
    found = list(problems(lines, (int(number), digest) if head else None))
    newest = ""
    if lines and not found:
        record = record_of(lines[-1])
        newest = f"{record.sequence}:{record.hash}"
    if output == "json":
        print(json.dumps({"entries": len(lines), "problems": found, "head": newest}, indent=1))
    elif found:
        print("\n".join(found))
    else:
        print(f"{len(lines)} entries, each as it was written. Head: {newest or 'none'}")
    raise typer.Exit(1 if found else 0)
