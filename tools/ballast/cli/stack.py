"""`ballast stack`: the demo's stack, started and left running; and whatever else of Ballast runs on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.stack import Entry

Output = Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Start, show and stop the demo's stack on this machine.")
    app.add_typer(group, name="stack")
    group.command(epilog="Example: ballast stack up && ballast stack status")(up)
    group.command(epilog="Example: ballast stack status --output json")(status)
    group.command(epilog="Example: ballast stack down")(down)


def up(output: Output = "text") -> None:
    """Start services under load, Prometheus, Alertmanager, the gateway, PostgreSQL and a receiver that stands for PagerDuty.

    They stay until `ballast stack down`. Each start begins with fresh data in .ballast/up. Does nothing when they run already.
    """
    import shutil

    from ballast.demo import Stage
    from ballast.stack import Stack, entries, home, run_directory, sweep

    if not any(entry.detached for entry in entries()):
        sweep()
        place = run_directory().parent / "up"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with Stack(place, detach=True) as stack, _progress() as progress:
            Stage(stack, home(), progress=progress)
    _show([entry for entry in entries() if entry.detached], output)


def status(output: Output = "text") -> None:
    """Every process of Ballast on this machine: what it is, where it answers, and who stops it."""
    from ballast.stack import entries

    _show(entries(), output)


def down(output: Output = "text") -> None:
    """Stop what `ballast stack up` started, and what a killed test or demo left behind. A running one is not touched."""
    from ballast.stack import down as stop_all

    stopped = stop_all()
    if output == "json":
        print(json.dumps([_fields(entry) for entry in stopped], indent=2))
    else:
        print(f"stopped {len(stopped)}: {', '.join(e.name for e in stopped)}" if stopped else "nothing was running")


def _fields(entry: Entry) -> dict[str, object]:
    kept = "ballast stack down" if entry.detached else "nobody: orphan" if entry.orphan else f"process {entry.owner_pid}"
    return {"name": entry.name, "pid": entry.pid, "address": entry.url, "stopped_by": kept, "log": entry.log}


def _show(entries: list[Entry], output: str) -> None:
    rows = [_fields(entry) for entry in entries]
    if output == "json":
        print(json.dumps(rows, indent=2))
        return
    if not rows:
        print("nothing runs; start the stack with: ballast stack up")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("name", "pid", "address", "stopped by"):
        table.add_column(title, justify="right" if title == "pid" else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(str(row[key]) for key in ("name", "pid", "address", "stopped_by")))
    Console(highlight=False).print(table)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A spinner on a terminal; silence in CI and in pipes."""
    import os

    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal or os.environ.get("CI"):
        yield lambda _: None
        return
    with console.status("starting") as spinner:
        yield lambda text: spinner.update(text)
