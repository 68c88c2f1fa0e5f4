"""`ballast gateway`: run the alert gateway, or ask a running one what it has delivered."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

Text = Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Alertmanager's webhook in, PostgreSQL, PagerDuty out.")
    app.add_typer(group, name="gateway")
    group.command(epilog="Example: BALLAST_PAGERDUTY_ROUTING_KEY=… ballast gateway run --port 9095")(run)
    group.command(epilog="Example: ballast gateway status --url http://127.0.0.1:9095")(status)
    group.command(epilog="Example: ballast gateway archive --before 2026-06 --dry-run")(archive)


def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default 9095.")] = None,
    database_url: Annotated[str | None, typer.Option(help="PostgreSQL; default: one of our own in .ballast/gateway.")] = None,
    pagerduty_url: Annotated[str | None, typer.Option(help="Where events go; default: PagerDuty.")] = None,
) -> None:
    """Run one gateway until SIGTERM or Ctrl-C; then it sends what is due and ends.

    Options win over BALLAST_* variables, which win over .env. PagerDuty's routing key comes from BALLAST_PAGERDUTY_ROUTING_KEY,
    in the environment or .env, and from nowhere else.
    """
    from contextlib import ExitStack

    from ballast.gateway import VARIABLES, environment, read_settings, serve
    from ballast.stack import Stack, home

    given = {"host": host, "port": port, "database_url": database_url, "pagerduty_url": pagerduty_url}
    environ = environment() | {VARIABLES[name]: str(value) for name, value in given.items() if value is not None}
    database = VARIABLES["database_url"]
    with ExitStack() as until_end:
        if not environ.get(database):
            read_settings(environ | {database: "to come"})  # whatever else is wrong is said before a server is started
            stack = until_end.enter_context(Stack(home() / ".ballast" / "gateway"))
            environ[database] = stack.database("gateway").url
        serve(read_settings(environ))


def status(
    url: Annotated[str, typer.Option(help="A running gateway.")] = "http://127.0.0.1:9095",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the newest deliveries.")] = 20,
    output: Text = "text",
) -> None:
    """The newest deliveries of a running gateway, newest first. Exit 1 when one is parked: PagerDuty refused it for good."""
    import httpx

    from ballast.repo import CannotRun

    try:
        answer = httpx.get(f"{url.rstrip('/')}/v1/deliveries", params={"limit": limit}, timeout=10)
        rows: list[dict[str, Any]] = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise CannotRun(f"no gateway answers at {url}: {error}") from None
    if output == "json":
        print(json.dumps(rows, indent=2))
    else:
        _table(rows)
    raise typer.Exit(int(any(row["state"] == "parked" for row in rows)))


def archive(
    before: Annotated[str, typer.Option(metavar="YYYY-MM", help="Archive the months before this one.")],
    database_url: Annotated[str | None, typer.Option(help="PostgreSQL; default: BALLAST_DATABASE_URL.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be archived.")] = False,
    output: Text = "text",
) -> None:
    """Detach whole months of inbox, outbox and events into the schema `archive`. Nothing is deleted: views there show all.

    Refuses (exit 2) while rows of such a month still wait to be sent or relayed.
    """
    import asyncio
    from datetime import UTC, datetime

    from ballast.gateway import VARIABLES, archive_months, environment
    from ballast.repo import CannotRun

    url = database_url or environment().get(VARIABLES["database_url"], "")
    if not url:
        raise CannotRun(f"there is no database: set {VARIABLES['database_url']} or --database-url")
    try:
        month = datetime.strptime(before, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise CannotRun(f"--before {before} is not a month: write it like 2026-06") from None
    done = asyncio.run(archive_months(url, month, dry_run=dry_run))
    if output == "json":
        print(json.dumps([{"table": m.table, "month": m.label, "rows": m.rows, "archived": not dry_run} for m in done]))
        return
    if not done:
        print(f"nothing to archive before {before}")
        return
    for one in done:
        print(f"{one.label}  {one.table:<16}{one.rows:>12,} rows")
    what = "month of a table" if len(done) == 1 else "months of tables"
    print(f"would be archived: {len(done)} {what}" if dry_run else f"archived: {len(done)} {what}")


def _table(rows: list[dict[str, Any]]) -> None:
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("received", "tier", "action", "state", "took", "alert"):
        table.add_column(title, justify="right" if title == "took" else "left", no_wrap=title != "alert")
    for row in rows:
        received = datetime.fromtimestamp(row["received"], UTC).astimezone().strftime("%m-%d %H:%M:%S")
        took = "" if row["finished"] is None else f"{row['finished'] - row['received']:.2f} s"
        state = row["state"] if row["attempts"] < 2 else f"{row['state']} (try {row['attempts']})"
        alert = row["alertname"] or row["group_key"]
        style = {"delivered": "", "pending": "yellow", "parked": "bold red", "skipped": "dim"}[row["state"]]
        table.add_row(received, row["tier"], row["action"], state, took, alert, style=style)
    console = Console(highlight=False)
    console.print(table if rows else "nothing delivered yet")
    for row in rows:
        if row["reason"] and row["state"] != "delivered":
            console.print(f"\n{row['state']} {row['alertname'] or row['group_key']}: {row['reason']}", markup=False)
