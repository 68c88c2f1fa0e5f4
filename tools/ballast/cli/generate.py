"""`ballast generate`: writes what is made from what people write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

EPILOG = "Example: ballast generate --only alerts/rules"
WROTE = {"new": "wrote", "changed": "rewrote", "stale": "stale"}
WOULD = {"new": "would write", "changed": "would rewrite", "stale": "stale"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EPILOG)(generate)


def generate(
    only: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Only generators like this: alerts/rules.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when something would change.")] = False,
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="The repository; default: the one around here.")] = None,
) -> None:
    """Write rules, proofs, schemas and docs from services, SLOs and checks; all of them or, when one fails, none.

    Nothing is deleted: a file that nothing makes any more is named, with what to do about it (exit 1).
    """
    from rich.console import Console

    from ballast.findings import Finding, generators
    from ballast.findings.reports.text import show_finding
    from ballast.findings.select import named
    from ballast.findings.tree import Tree
    from ballast.findings.writing import compare, stale_hint, write
    from ballast.repo import CannotRun, Severity, find_root, load

    where = find_root(root)
    chosen = [g for g in generators() if not only or named(g.id, only)]
    if not chosen:
        raise CannotRun(f"no generator is like {' or '.join(only or [])}: there is {', '.join(g.id for g in generators())}")
    repository = load(where)
    broken = [Finding.of(p) for p in repository.problems if p.severity is Severity.ERROR]
    if broken:
        console = Console(stderr=True, highlight=False)
        for finding in broken:
            show_finding(finding, console, where)
        console.print("\nnothing was written: mend these first", style="bold red")
        raise typer.Exit(1)
    changes = compare(repository, Tree.read(where), chosen)
    if not check:
        write(where, changes)
    stale = [change for change in changes if change.kind == "stale"]
    if output == "json":
        print(json.dumps([{"path": c.path, "kind": c.kind, "generator": c.generator} for c in changes], indent=2))
    else:
        for change in changes:
            print(f"{(WOULD if check else WROTE)[change.kind]} {change.path}")
            if change in stale:
                print(f"  {stale_hint(change)}")
        done = len(changes) - len(stale)
        print(f"{done or 'no'} {'file' if done == 1 else 'files'} {'to write' if check else 'written'}, {len(stale)} stale")
    raise typer.Exit(int(bool(stale or (check and changes))))
