"""`ballast alerts`: what alerts did."""

from __future__ import annotations

import json
import os
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.alerts import Hygiene

EPILOG = "Example: ballast alerts hygiene --from 30d --prometheus http://localhost:9090"
LOOK = {
    "always firing": "red",
    "flapping": "yellow",
    "unanswered": "yellow",
    "busy": "yellow",
    "gone": "dim",
    "never fired": "cyan",
}


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="What alerts did: pages, flaps, silence.")
    group.callback()(lambda: None)  # keeps the group a group while it has one command
    group.command(epilog=EPILOG)(hygiene)
    app.add_typer(group, name="alerts")


def hygiene(
    since: Annotated[str, typer.Option("--from", metavar="DURATION", help="How far to look back: 7d, 30d.")] = "30d",
    prometheus: Annotated[
        str, typer.Option(metavar="URL", envvar="BALLAST_PROMETHEUS_URL", help="Where ALERTS are recorded.")
    ] = "http://127.0.0.1:9090",
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
) -> None:
    """List pages by alert, and alerts that flap, always fire, never fired, or that nobody answers, each with a proposal.

    Acknowledgements come from the gateway's database where BALLAST_DATABASE_URL
    names it; without it they print as unknown. Exits 1 when an alert always
    fires, flaps, pages more than once a day or is answered by nobody.
    """
    from ballast.alerts import duration
    from ballast.alerts import hygiene as look
    from ballast.repo import CannotRun

    seconds = duration(since)
    if not seconds:
        raise CannotRun(f"--from {since}: write a duration such as 30d or 12h")
    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: there is text, json")
    found = look(prometheus, seconds, database=os.environ.get("BALLAST_DATABASE_URL", ""))
    if output == "json":
        print(json.dumps(found.data(), indent=2))
    else:
        _show(found, since)
    bad = {"always firing", "flapping", "unanswered", "busy"}
    raise typer.Exit(int(any(bad & set(alert.verdicts) for alert in found.alerts)))


def _show(found: Hygiene, since: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("alert", overflow="fold", ratio=1)
    for name in ("severity", "fired", "time", "flaps", "unanswered"):
        table.add_column(name, justify="left" if name == "severity" else "right", no_wrap=True)
    table.add_column("", overflow="fold")
    quiet = [alert for alert in found.alerts if alert.verdicts == ["never fired"]]
    for alert in found.alerts:
        if alert in quiet:
            continue
        asked = "unknown" if alert.unanswered is None else f"{alert.unanswered} of {alert.incidents}"
        verdict = ", ".join(alert.verdicts) or "sound"
        cells = (alert.severity or "-", str(alert.firings), f"{alert.firing:.1%}", str(alert.flaps), asked)
        table.add_row(alert.name, *cells, Text(verdict, LOOK.get(next(iter(alert.verdicts), ""), "green")))
    if table.row_count:
        console.print(table)
    wrong = [alert for alert in found.alerts if alert.verdicts and alert not in quiet]
    if wrong:
        console.print("\nProposals:", style="bold")
    for alert in wrong:
        text = textwrap.fill(
            f"{alert.name}: {alert.proposal}", console.width - 1, initial_indent="  ", subsequent_indent="    "
        )
        console.print(Text(text))
    for title, alerts in (
        ("Never fired, and serve an SLO (proven by alerts/tests, so they may stay):", [a for a in quiet if a.slo]),
        ("Never fired, on a raw threshold (show that they can, or archive them):", [a for a in quiet if not a.slo]),
    ):
        if alerts:
            console.print(f"\n{title}", style="bold")
            console.print("  " + ", ".join(sorted({alert.name for alert in alerts})), soft_wrap=False)
    covered = found.covered / max(found.until - found.since, 1)
    console.print(f"\n{found.pages} pages in {since}; Prometheus has data for {covered:.0%} of that time.")
    if not found.gateway:
        console.print("Acknowledgements are unknown: set BALLAST_DATABASE_URL to the gateway's database.", style="dim")
