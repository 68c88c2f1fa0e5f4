"""`ballast gateway events` and `ballast gateway deployed`: what is on its way to the bus, and what pages shall know of."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

Database = Annotated[str | None, typer.Option(help="PostgreSQL; default: BALLAST_DATABASE_URL.")]


def add(group: typer.Typer) -> None:
    """Add both commands to the group."""
    group.command(epilog="Example: ballast gateway events --since 2h --key 4f1c --output json")(events)
    group.command(epilog="Example: ballast gateway deployed checkout 1.4.2 --by ada --url https://ci.example/7")(deployed)


def events(
    key: Annotated[str, typer.Option(metavar="KEY", help="A dedup key, or its beginning.")] = "",
    since: Annotated[str, typer.Option(metavar="DURATION", help="How far back: 30m, 2h, 7d.")] = "24h",
    stream: Annotated[str, typer.Option(metavar="NAME", help="alerts or audit; both without it.")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that Kafka has not got yet.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the newest.")] = 50,
    database_url: Database = None,
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
) -> None:
    """What happened to incidents and deliveries, oldest first: the table from which events go to Kafka.

    Without Kafka it is the bus. With --output json an event is what a message holds, and where the relay put it.
    """
    from datetime import UTC, timedelta

    from ballast.alerts import duration
    from ballast.gateway.bus import events_of
    from ballast.repo import CannotRun

    seconds = duration(since)
    if not seconds:
        raise CannotRun(f"--since {since}: write a duration such as 30m or 7d")
    if stream not in ("", "alerts", "audit"):
        raise CannotRun(f"--stream {stream}: there is alerts, audit")
    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: there is text, json")
    begin = datetime.now(UTC) - timedelta(seconds=seconds)
    rows = events_of(_database(database_url), since=begin, key=key, stream=stream, waiting=waiting, limit=limit)
    if output == "json":
        print(json.dumps(rows, indent=2, default=str))
    else:
        _table(rows)


def deployed(
    service: Annotated[str, typer.Argument(help="As in alerts/services.")],
    version: Annotated[str, typer.Argument(help="What is running now.")],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="ISO 8601; default: now.")] = None,
    by: Annotated[str, typer.Option(help="Who deployed it.")] = "",
    url: Annotated[str, typer.Option(help="Where one can look it up.")] = "",
    database_url: Database = None,
) -> None:
    """Tell the gateway of a deploy: pages about the service name it for a day."""
    from datetime import UTC

    from ballast.gateway import record_deploy
    from ballast.repo import CannotRun

    try:
        moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
    except ValueError:
        raise CannotRun(f"--at {at}: write a time like 2026-12-24T03:00+01:00") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    new = record_deploy(_database(database_url), service, version, at=moment, by=by, url=url)
    print(f"{service} {version}: {'written down' if new else 'was known'}")


def _database(given: str | None) -> str:
    from ballast.gateway import VARIABLES, environment
    from ballast.repo import CannotRun

    url = given or environment().get(VARIABLES["database_url"], "")
    if not url:
        raise CannotRun(f"there is no database: set {VARIABLES['database_url']} or --database-url")
    return url


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("at", "key", "event", "about", "bus"):
        table.add_column(title, no_wrap=title != "about", overflow="fold" if title == "about" else "ellipsis")
    for row in rows:
        body = row["body"]
        about = body.get("title") or " ".join(str(body[name]) for name in ("action", "destination", "reason") if body.get(name))
        place = "waits" if row["relayed_at"] is None else f"{row['relay_partition']}:{row['relay_offset']}"
        at = row["created_at"].astimezone().strftime("%m-%d %H:%M:%S")
        kind = row["kind"].removeprefix("incident.").removeprefix("delivery.")
        table.add_row(at, row["dedup_key"][:8], f"{body.get('tier', '')} {kind}", about, place)
    console = Console(highlight=False)
    console.print(table if rows else "no events")
