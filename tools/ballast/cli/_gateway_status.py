"""What `ballast gateway status` asks and prints."""

from __future__ import annotations

from typing import Any

STYLES = {"delivered": "green", "pending": "yellow", "parked": "bold red", "skipped": "dim"}
TIERS = {"P1": "bold red", "P2": "red", "P3": "yellow", "P4": ""}


def asked(database_url: str, url: str, limit: int) -> dict[str, Any]:
    """From PostgreSQL where its URL is given, else from the gateway at `url`. Raises CannotRun."""
    import asyncio

    import httpx

    from ballast.gateway import status
    from ballast.repo import CannotRun

    if database_url:
        return asyncio.run(status(database_url, limit))
    try:
        answer = httpx.get(f"{url.rstrip('/')}/v1/status", timeout=10)
        found: dict[str, Any] = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise CannotRun(f"no gateway answers at {url}: {error}; --database-url asks PostgreSQL itself") from None
    for name in ("incidents", "parked", "deliveries"):
        found[name] = found[name][:limit]
    return found


def show(found: dict[str, Any]) -> None:
    """Print it."""
    from functools import partial

    from rich.console import Console

    from ballast.gateway import ago

    console = Console(highlight=False)
    rest = f", the oldest for {ago(found['oldest_seconds'])}" if found["pending"] else ""
    console.print(f"{found['open']} open, {found['pending']} waiting to be sent{rest}, {len(found['parked'])} refused in a day")
    for title, rows, draw in (
        ("open incidents", found["incidents"], _incidents),
        ("waiting", found["lanes"], _lanes),
        ("refused: somebody has to look", found["parked"], _deliveries),
        ("newest deliveries", found["deliveries"], partial(_deliveries, reasons=False)),
        ("replicas", found["replicas"], _replicas),
    ):
        if rows:
            console.print(f"\n[bold]{title}[/bold]")
            draw(console, rows)
    if not found["replicas"]:
        console.print("\nno replica has reported within a minute: nothing is being sent", style="bold red")


def _incidents(console: Any, rows: list[dict[str, Any]]) -> None:
    from ballast.gateway import ago

    table = _table("tier", "state", "for", "service", "what")
    for row in rows:
        who = f" by {row['acknowledged_by']}" if row["acknowledged_by"] else ""
        table.add_row(*_plain(row["tier"], row["status"] + who, ago(row["age_seconds"]), row["service"] or "", row["title"]),
                      style=TIERS[row["tier"]])  # fmt: skip
    console.print(table)


def _lanes(console: Any, rows: list[dict[str, Any]]) -> None:
    from ballast.gateway import ago

    table = _table("tier", "to", "rows", "oldest")
    for row in rows:
        table.add_row(row["tier"], row["destination"], str(row["pending"]), ago(row["oldest_seconds"]))
    console.print(table)


def _deliveries(console: Any, rows: list[dict[str, Any]], *, reasons: bool = True) -> None:
    from datetime import UTC, datetime

    table = _table("received", "tier", "to", "what", "state", "took", "alert")
    today = datetime.now().astimezone().date()
    for row in rows:
        at = datetime.fromtimestamp(row["received"], UTC).astimezone()
        received = at.strftime("%H:%M:%S" if at.date() == today else "%m-%d %H:%M")
        took = "" if row["finished"] is None else f"{row['finished'] - row['received']:.2f} s"
        tries = f" ×{row['attempts']}" if row["attempts"] > 1 else ""
        cells = (received, row["tier"], row["destination"], row["action"], row["state"] + tries, took, row["alert"])
        table.add_row(*_plain(*cells), style=STYLES[row["state"]])
    console.print(table)
    for row in rows if reasons else []:
        if row["reason"] and row["state"] != "delivered":
            console.print(f"{row['state']} {row['alert']}: {row['reason']}", markup=False)


def _replicas(console: Any, rows: list[dict[str, Any]]) -> None:
    from ballast.gateway import ago

    for row in rows:
        open_ones = [
            f"{name} {state.replace('_', ' ')}" for name, state in row["facts"]["breakers"].items() if state != "closed"
        ]
        words = ", ".join(open_ones) or "every dependency answers"
        line = f"{row['owner']}  seen {ago(row['seen_seconds_ago'])} ago  {words}"
        console.print(line, markup=False, style="bold red" if open_ones else "")


def _table(*titles: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, justify="right" if title in ("took", "rows", "oldest") else "left", overflow="fold",
                         no_wrap=title in ("received", "tier", "for", "took"))  # fmt: skip
    return table


def _plain(*cells: str) -> list[Any]:
    from rich.text import Text

    return [Text(cell) for cell in cells]
