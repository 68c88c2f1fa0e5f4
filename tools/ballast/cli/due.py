"""`ballast due`: what a date has made somebody's work."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ballast.findings import Due


def register(app: typer.Typer) -> None:
    """Add `due`."""
    app.command("due", epilog="Example: ballast due --within 30 --output markdown")(due)


def due(
    within: Annotated[int, typer.Option(help="Also what is due within so many days.", min=0, metavar="DAYS")] = 14,
    on: Annotated[str, typer.Option(help="As if today were that day (YYYY-MM-DD).", metavar="DAY")] = "",
    output: Annotated[
        Literal["text", "json", "markdown"], typer.Option("--output", "-o", help="For people, machines, or an issue.")
    ] = "text",
) -> None:
    """Rehearsals, reviews, exemptions and postmortems that are due. Dates are UTC.

    Exit code 0: nothing is due yet. 1: something is due. 2: could not run. No
    date ever fails `ballast validate`.
    """
    from ballast.findings import Tree, all_due
    from ballast.repo import CannotRun, find_root

    try:
        today = date.fromisoformat(on) if on else datetime.now(UTC).date()
    except ValueError:
        raise CannotRun(f"{on!r} is no day: write it as 2027-01-31") from None
    items = all_due(Tree.read(find_root()), today, within)
    if output == "json":
        rows = [{**asdict(item), "on": item.on.isoformat(), "overdue": _overdue(item, today)} for item in items]
        print(json.dumps(rows, indent=1))
    elif output == "markdown":
        print(_markdown(items, today))
    else:
        _text(items, today, within)
    raise typer.Exit(int(any(_overdue(item, today) for item in items)))


def _overdue(item: Due, today: date) -> bool:
    return item.on <= today and not item.ends


def _when(item: Due, today: date) -> str:
    days = (item.on - today).days
    if days == 0:
        return "today"
    return f"in {days} d" if days > 0 else f"{-days} d ago"


def _text(items: list[Due], today: date, within: int) -> None:
    from shutil import get_terminal_size
    from textwrap import fill

    width = min(get_terminal_size().columns, 100)
    for item in items:
        mark, colour = ("!", "red") if _overdue(item, today) else ("·", "yellow")
        typer.echo(
            f"{typer.style(mark, fg=colour)} {_when(item, today):>9}  {typer.style(item.subject, bold=True)}  {item.kind}"
        )
        text = f"{item.why}{f', owner {item.owner}' if item.owner else ''}. Mend: {item.mend}"
        typer.echo(fill(text, width, initial_indent=" " * 13, subsequent_indent=" " * 13, break_on_hyphens=False))
    late = sum(_overdue(item, today) for item in items)
    rest = len(items) - late
    typer.echo(f"{late} due, {rest} more within {within} days." if items else f"Nothing is due within {within} days.")


def _markdown(items: list[Due], today: date) -> str:
    if not items:
        return f"Nothing is due on {today}."
    lines = ["| due | what | why | do | owner |", "|---|---|---|---|---|"]
    for item in items:
        cells = (f"{item.on} ({_when(item, today)})", f"[{item.subject}]({item.path})", item.why, f"`{item.mend}`", item.owner)
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines)
