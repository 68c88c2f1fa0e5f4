"""`ballast runbooks`: the pages, when they were last rehearsed, and rehearsals."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ballast.runbooks import Record, Runbook
    from ballast.stack import Stack

type Outcome = Literal["passed", "failed", "refused", "unproven", "not rehearsed"]
Output = Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="For people or for machines.")]
MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "refused": ("!", "yellow"),
    "unproven": ("?", "yellow"),
    "not rehearsed": ("·", "yellow"),
    "partial": ("!", "yellow"),
    "never": ("·", "yellow"),
}
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "refused", "unproven", "not rehearsed")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Runbooks: list them, and rehearse their steps.")
    app.add_typer(group, name="runbooks")
    group.command("list", epilog="Example: ballast runbooks list --output json")(list_)
    group.command(epilog="Example: ballast runbooks rehearse CheckoutAvailabilityErrorBudgetBurn")(rehearse)


def list_(output: Output = "text") -> None:
    """Every active page, its alerts, and what its last rehearsal came to."""
    from ballast.findings import Tree
    from ballast.repo import find_root
    from ballast.runbooks import last_records, pages_of

    root = find_root()
    records = last_records(Tree.read(root))
    rows = [
        {
            "page": page.name,
            "path": page.source.path,
            "alerts": page.front.alerts if page.front else [],
            "owner": page.front.owner if page.front else "",
            "rehearsed": str(records[page.name].day) if page.name in records else None,
            "result": records[page.name].result if page.name in records else "never",
        }
        for page in pages_of(root)
    ]
    if output == "json":
        print(json.dumps(rows, indent=1))
        return
    width = max(len(str(row["page"])) for row in rows) if rows else 0
    for row in rows:
        typer.echo(f"{_mark(str(row['result']))} {row['page']:<{width}}  {row['rehearsed'] or 'never':<10}  {row['result']}")


def rehearse(
    names: Annotated[list[str] | None, typer.Argument(help="Pages or alerts; default: all.", metavar="NAME…")] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Do destructive steps too (here, in the sandbox).")] = False,
    record: Annotated[bool, typer.Option("--record", help="Write a dated record under runbooks/rehearsals/.")] = False,
    output: Output = "text",
) -> None:
    """Do every step of runbooks where it can be done, and say whether it comes out as the page says.

    Queries go to a real Prometheus on which the alert fires; commands run in a
    sandbox, where kubectl and its like are stubs that check their arguments;
    http goes to the local stack; manual steps are asked at a terminal. Nothing
    outside this machine is touched. Exit code 1: a step failed. 2: could not
    run.
    """
    from ballast.repo import find_root
    from ballast.runbooks import Nobody, Rehearsal, Somebody, pages_of, write_record
    from ballast.runbooks import rehearse as run
    from ballast.stack import Stack

    root = find_root()
    pages = pages_of(root, names or [])
    people = (
        Somebody() if output == "text" and sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI") else Nobody()
    )
    with Stack() as stack, _progress(quiet=isinstance(people, Somebody)) as progress:
        progress("starting the services that the pages ask")
        addresses = _services(stack, pages)
        records = run(Rehearsal(root, pages, confirm, people, addresses, progress), stack)
    paths = [write_record(root, each) for each in records] if record else []
    if output == "json":
        print(json.dumps([{"result": each.result, **asdict(each)} for each in records], indent=1))
    else:
        _show(records, [path.relative_to(root) for path in paths])
    raise typer.Exit(int(any(each.result == "failed" for each in records)))


def _services(stack: Stack, pages: list[Runbook]) -> dict[str, str]:
    """Start what the pages ask by http, and nothing else: the demo's services, and the gateway with its database."""
    from ballast.gateway import GatewayProcess
    from ballast.stack import PagerDuty, Program

    text = "\n".join(block.text for page in pages for block in page.blocks if block.language == "http")
    found: dict[str, str] = {}
    for name in ("checkout", "catalog", "identity"):
        if f"${name.upper()}/" in text:
            words: list[str | Path] = [sys.executable, "-m", "ballast.demo.service", name, "--port", "{port}"]
            found[name.upper()] = stack.start(Program(name, stack.directory / name, words, ready="/healthz")).url
    if "$GATEWAY/" in text:
        pagerduty = stack.start(PagerDuty(stack.directory / "pagerduty"))
        database = stack.database("gateway")
        gateway = GatewayProcess(stack.directory / "gateway", database_url=database.url, pagerduty_url=pagerduty.events_url)
        found["GATEWAY"] = stack.start(gateway).url
    return found


def _show(records: list[Record], paths: list[Path]) -> None:
    for each in records:
        fired = f"  ({', '.join(each.fired)} fires)" if each.fired and list(each.fired) != [each.page] else ""
        fired = "  (its alert fires)" if list(each.fired) == [each.page] else fired
        typer.echo(f"{_mark(each.result)} {typer.style(each.page, bold=True)}: {each.result}{fired}")
        for step in each.steps:
            if step.outcome != "passed":
                where = f"{step.section} {step.number}, {step.kind}, line {step.line}"
                typer.echo(f"    {_mark(step.outcome)} {where}: {step.outcome}")
                if step.outcome != "not rehearsed":
                    typer.echo(f"        {step.detail}")
    counts = {name: sum(each.count(name) for each in records) for name in OUTCOMES}
    said = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    typer.echo(f"\n{len(records)} pages, {sum(counts.values())} steps: {said}")
    if counts["not rehearsed"]:
        typer.echo("What was not rehearsed needs a person: run it at a terminal.")
    if paths:
        typer.echo(f"{len(paths)} records written under runbooks/rehearsals/")


def _mark(result: str) -> str:
    mark, colour = MARKS[result]
    return typer.style(mark, fg=colour)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A spinner on a terminal; silence in CI, in pipes, and where a person is asked."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal or os.environ.get("CI"):
        yield lambda _: None
        return
    with console.status("starting") as spinner:
        yield lambda text: spinner.update(text)
