"""`ballast slo explain`: how an SLO's alerts decide, in general and at a moment."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballast.cli._slo_replay import OpenMetrics, Parquet, Prometheus
from ballast.cli.slo import Output, table, the_repository, wrapped

if TYPE_CHECKING:
    from ballast.slo import Compiled, CompiledSlo, Context, SloReport
    from ballast.slo.replay import Moment, MomentText


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("explain")(explain_command)


def explain_command(
    name: Annotated[
        str, typer.Argument(help="SERVICE/SLO, as `ballast slo list` prints it, or an alert's name.", metavar="SLO|ALERT")
    ],
    at: Annotated[str, typer.Option(help="A moment (RFC 3339): the numbers then, what resolves it, what pages earlier.")] = "",
    prometheus: Prometheus = "",
    openmetrics: OpenMetrics = None,
    parquet: Parquet = None,
    back: Annotated[str, typer.Option(help="How much history before the moment other windows are tried on.")] = "7d",
    html: Annotated[Path | None, typer.Option(help="Write the page here.", dir_okay=False)] = None,
    output: Output = "text",
) -> None:
    """Say how an SLO's alerts decide: thresholds, detection and reset times, budget spent; with --at, at that moment.

    Example: ballast slo explain checkout/availability

    Example: ballast slo explain CheckoutAvailabilityErrorBudgetBurn --at 2026-11-03T09:15:00Z --html page.html
    """
    from dataclasses import asdict

    from ballast.slo import compile_repository, context_of, explain

    repository = the_repository()
    services = compile_repository(repository)
    compiled = _find(services, name)
    general = explain(compiled.service, compiled.slo)
    moment: Moment | None = None
    if at:
        moment = _moment(services, context_of(repository), compiled, at, (prometheus, openmetrics, parquet), back)
    if html:
        _write_page(html, general, moment, compiled)
    if output == "json":
        fields = asdict(general)
        if moment:
            fields["moment"] = {k: v for k, v in asdict(moment).items() if k != "told"}
        sys.stdout.write(json.dumps(fields, indent=1) + "\n")
    elif moment:
        from ballast.slo.replay import moment_text

        _print_moment(general, moment_text(moment))
    else:
        _print_report(general)


def _find(services: list[Compiled], name: str) -> CompiledSlo:
    """By its own name, or by an alert's."""
    from difflib import get_close_matches

    from ballast.repo import CannotRun

    found: dict[str, CompiledSlo] = {}
    for compiled in services:
        for one in compiled.slos:
            found |= {alert.alert: one for alert in one.alerts}
            found[f"{one.service}/{one.slo.name}"] = one
    if name not in found:
        near = get_close_matches(name, found, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`ballast slo list` prints them"
        raise CannotRun(f"there is no SLO or alert {name}: {hint}")
    return found[name]


def _moment(
    services: list[Compiled],
    context: Context,
    compiled: CompiledSlo,
    at: str,
    source: tuple[str, Path | None, Path | None],
    back: str,
) -> Moment:
    import time

    from ballast.cli._slo_replay import histories, moment_of, progress
    from ballast.repo import CannotRun, seconds
    from ballast.slo.replay import explain_at

    try:
        length = int(seconds(back))
    except ValueError as error:
        raise CannotRun(f"--back {back}: {error}") from error
    now = int(time.time())
    with histories(*source) as history_of, progress() as said:
        return explain_at(
            compiled,
            history_of(compiled),
            moment_of(at, now),
            context,
            back=length,
            together=services,
            last=now,
            progress=said,
        )


def _write_page(path: Path, general: SloReport, moment: Moment | None, compiled: CompiledSlo) -> None:
    import tempfile

    from ballast.cli.slo import write_all
    from ballast.slo import html_page

    if moment is None:
        text = html_page(general)
    else:
        from ballast.slo.replay import compare, moment_text
        from ballast.slo.replay.picture import draw
        from ballast.slo.replay.words import alt_text

        change = compare(None, moment.told)
        with tempfile.TemporaryDirectory(prefix="ballast-explain-") as folder:
            drawn = Path(folder) / "picture.png"
            draw(change, compiled.slo, drawn, at=moment.at)
            text = html_page(general, moment_text(moment), drawn.read_bytes(), alt_text(change))
    write_all(path.parent, {path.name: text})
    print(f"wrote {path}", file=sys.stderr)


def _print_moment(general: SloReport, text: MomentText) -> None:
    from ballast.slo import SOURCE, budget_line
    from ballast.slo.replay import EARLIER_HEADS, PAIR_HEADS

    typer.echo(f"{general.service}/{general.slo} at {text.title}")
    wrapped(text.verdict)
    typer.echo()
    table(list(PAIR_HEADS), text.pairs, right={2, 3, 4})
    typer.echo()
    wrapped(budget_line(general))
    for line in text.arithmetic:
        typer.echo(f"  {line}")
    if text.resolves:
        typer.echo("\nWhat resolves it:")
        for line in text.resolves:
            wrapped(line, "- ")
    if text.earlier:
        typer.echo("\nWhat it would take to page earlier:")
        table(list(EARLIER_HEADS), text.earlier, right={1, 2})
        wrapped(f"By replay of {text.stretch}.")
    typer.echo()
    wrapped(f"Source: {SOURCE}. Formulas: docs/explain.md.")


def _print_report(report: SloReport) -> None:
    from ballast.slo import human_seconds, human_share, window_words

    typer.echo(f"{report.service}/{report.slo}  {report.description}".rstrip())
    typer.echo(
        f"{report.objective:.12g}% over {window_words(report.window)}: {human_share(report.budget)} of events may fail, "
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
