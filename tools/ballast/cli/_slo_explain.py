"""`ballast slo explain`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ballast.cli.slo import Output, table, the_repository

if TYPE_CHECKING:
    from ballast.slo import SloReport


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("explain")(explain_command)


def explain_command(
    name: Annotated[str, typer.Argument(help="SERVICE/SLO, as `ballast slo list` prints it.", metavar="SERVICE/SLO")],
    output: Output = "text",
) -> None:
    """Say what an SLO's alerts detect: thresholds, detection and reset times, budget spent meanwhile.

    Example: ballast slo explain checkout/availability
    """
    from dataclasses import asdict
    from difflib import get_close_matches

    from ballast.repo import CannotRun
    from ballast.slo import explain

    known = {
        f"{d.model.service}/{slo.name}": (d.model.service, slo) for d in the_repository().slo_files for slo in d.model.slos
    }
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`ballast slo list` prints them"
        raise CannotRun(f"there is no SLO {name}: {hint}")
    report = explain(*known[name])
    if output == "json":
        sys.stdout.write(json.dumps(asdict(report), indent=1) + "\n")
    else:
        _print_report(report)


def _print_report(report: SloReport) -> None:
    from ballast.slo import human_seconds, human_share

    typer.echo(f"{report.service}/{report.slo}  {report.description}".rstrip())
    typer.echo(
        f"{report.objective:.12g}% over {report.window}: {human_share(report.budget)} of events may fail, "
        f"as much as a full outage of {human_seconds(report.full_outage)}."
    )
    if report.minimum_traffic:
        typer.echo(f"No alert below {report.minimum_traffic:.4g} events/s over the pair's long window.")
    typer.echo()
    rows = [
        [
            row.severity,
            f"{row.long} + {row.short}",
            f"{row.factor:.4g}",
            human_share(row.threshold),
            human_share(row.spent) if row.reachable else "-",
            human_seconds(row.detect_outage),
            human_seconds(row.detect_burn10),
            human_seconds(row.detect_threshold),
            human_seconds(row.reset_outage) if row.reachable else "-",
        ]
        for row in report.pairs
    ]
    head = [
        "alert",
        "windows",
        "factor",
        "errors\nabove",
        "budget\nspent",
        "100%\nfailing",
        "burn\nrate 10",
        "just\nabove",
        "resolves\nafter",
    ]
    table(head, rows, right=set(range(2, 9)))
    typer.echo(
        "\nTimes run from the first error (all failing; ten times the sustainable rate; 1%\n"
        "above the pair's own threshold) until both windows exceed it, with constant\n"
        "traffic and a clean history. `resolves after`: from healing after a full outage.\n"
        "Add one scrape and one evaluation interval. Formulas: docs/slo.md."
    )
    if unreachable := [row for row in report.pairs if not row.reachable]:
        pairs = ", ".join(f"{row.long} + {row.short}" for row in unreachable)
        typer.echo(f"\nLeft out of the alerts: {pairs}. Above 100% of events cannot fail.")
