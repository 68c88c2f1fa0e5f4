"""`ballast gateway`: run the alert gateway, ask how it is, archive what is old."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ballast.cli import _gateway_events

Text = Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Webhooks in, PostgreSQL, PagerDuty and others out.")
    app.add_typer(group, name="gateway")
    group.command(epilog="Example: BALLAST_PAGERDUTY_ROUTING_KEY=… ballast gateway serve --port 9095")(serve)
    group.command("run", hidden=True)(serve)  # its name until there was more than one thing to run
    group.command(epilog="Example: ballast gateway status --output json")(status)
    group.command(epilog="Example: ballast gateway archive --before 2026-06 --dry-run")(archive)
    _gateway_events.add(group)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default 9095.")] = None,
    database_url: Annotated[str | None, typer.Option(help="PostgreSQL; default: one of our own in .ballast/gateway.")] = None,
    pagerduty_url: Annotated[str | None, typer.Option(help="Where events go; default: PagerDuty.")] = None,
) -> None:
    """Run one gateway until SIGTERM or Ctrl-C; then it sends what is due and ends.

    Options win over BALLAST_* variables, which win over .env. Keys come from there or from Vault, never from options. Which
    tier is told where says BALLAST_GATEWAY_ROUTING, or else alerts/routing.yaml where there is one.
    """
    from contextlib import ExitStack
    from pathlib import Path

    from ballast.gateway import VARIABLES, environment, read_settings
    from ballast.gateway import serve as serve_gateway
    from ballast.stack import Stack, home

    given = {"host": host, "port": port, "database_url": database_url, "pagerduty_url": pagerduty_url}
    environ = environment() | {VARIABLES[name]: str(value) for name, value in given.items() if value is not None}
    if Path("alerts/routing.yaml").is_file():
        environ.setdefault(VARIABLES["routing"], "alerts/routing.yaml")
    database = VARIABLES["database_url"]
    with ExitStack() as until_end:
        if not environ.get(database):
            read_settings(environ | {database: "to come"})  # whatever else is wrong is said before a server is started
            stack = until_end.enter_context(Stack(home() / ".ballast" / "gateway"))
            environ[database] = stack.database("gateway").url
        serve_gateway(read_settings(environ))


def status(
    database_url: Annotated[str | None, typer.Option(help="PostgreSQL; default: BALLAST_DATABASE_URL.")] = None,
    url: Annotated[
        str | None, typer.Option(help="Ask a running gateway instead; default without a database: loopback.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many incidents and deliveries at most.")] = 20,
    output: Text = "text",
) -> None:
    """Open incidents, what waits and for how long, what was refused and why, and the circuit breakers of each replica.

    Asks PostgreSQL, so it works while no gateway runs. Exit 1 when a delivery was refused for good within the last day.
    """
    from ballast.cli._gateway_status import asked, show
    from ballast.gateway import VARIABLES, environment

    database = database_url or ("" if url else environment().get(VARIABLES["database_url"], ""))
    found = asked(database, url or "http://127.0.0.1:9095", limit)
    if output == "json":
        print(json.dumps(found, indent=2))
    else:
        show(found)
    raise typer.Exit(int(bool(found["parked"])))


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
