"""`ballast slo suggest`: which objective a service could promise, by its past."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ballast.cli._slo_replay import (
    From,
    OpenMetrics,
    Parquet,
    Prometheus,
    Spec,
    To,
    chosen,
    histories,
    progress,
    span,
)
from ballast.cli.slo import Output, compiled_of, table, the_context

if TYPE_CHECKING:
    from ballast.slo.replay import Candidate


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("suggest", epilog="Example: ballast slo suggest alerts/slos/checkout.yaml --slo availability")(
        suggest_command
    )


def suggest_command(
    spec: Spec,
    start: From = "",
    end: To = "",
    prometheus: Prometheus = "",
    openmetrics: OpenMetrics = None,
    parquet: Parquet = None,
    slo: Annotated[list[str] | None, typer.Option(help="Only these SLOs of the file.", metavar="NAME")] = None,
    spent: Annotated[float, typer.Option(help="Most of its budget that a proposed objective has spent, percent.", min=0)] = 80,
    pages: Annotated[float, typer.Option(help="Most pages in 30 days that a proposed objective sends.", min=0)] = 4,
    output: Output = "text",
) -> None:
    """Propose an objective (and a latency threshold) from the last 30 days, with the pages each candidate would have sent.

    Proposed is the strictest candidate that keeps within --spent and --pages.
    It is what the service can do, which is the least to know before promising
    what its users need.
    """
    from dataclasses import asdict

    from ballast.slo.replay import suggest

    services, context = compiled_of([spec]), the_context()
    found: dict[str, list[Candidate]] = {}
    days = 0.0
    with histories(prometheus, openmetrics, parquet) as history_of, progress() as said:
        for one in chosen(services, slo or []):
            history = history_of(one)
            first, last = span(history, start, end, default="30d")
            days = max(days, (last - first) / 86400)
            found[f"{one.service}/{one.slo.name}"] = suggest(
                one, history, first, last, context, most_spent=spent / 100, most_pages=pages, progress=said
            )
    if output == "json":
        rows = [{"slo": name, "candidates": [asdict(one) for one in candidates]} for name, candidates in found.items()]
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        return
    for number, (name, candidates) in enumerate(found.items()):
        if number:
            typer.echo()
        _print(name, candidates, days)


def _print(name: str, candidates: list[Candidate], days: float) -> None:
    from ballast.slo.replay.words import percent

    typer.echo(f"{name}, {days:.3g} days\n")
    present = next((one for one in candidates if one.now), None)
    thresholds = {one.threshold for one in candidates}
    # Of other thresholds only what is proposed: nine lines of each are for --output json.
    shown = [one for one in candidates if present is None or one.threshold == present.threshold or one.proposed]
    rows = []
    for one in shown:
        mark = " ".join(word for word, said in (("now", one.now), ("proposed", one.proposed)) if said)
        within = [f"{one.threshold * 1000:g} ms"] if one.threshold is not None else []
        good = "unknown" if one.good is None else f"{100 * one.good:.5g}%"
        row = [*within, f"{one.objective:.6g}%", good, percent(one.spent, 0), str(one.pages), str(one.tickets)]
        rows.append([*row, ", ".join(filter(None, (mark, one.why)))])
    heads = [*(["within"] if thresholds != {None} else []), "objective", "good", "spent", "pages", "tickets", ""]
    table(heads, rows, right=set(range(len(heads) - 1)))
    if not any(one.proposed for one in candidates):
        typer.echo("\nNo candidate keeps within the limits: see --spent and --pages.")
