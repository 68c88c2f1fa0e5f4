"""`ballast slo traffic`: what an SLO's traffic means for its alerts, and what mends it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballast.cli.slo import Output, documents_of, table

if TYPE_CHECKING:
    from ballast.repo import Slo
    from ballast.slo import TrafficAdvice


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("traffic")(traffic_command)


def traffic_command(
    files: Annotated[list[Path], typer.Argument(help="SLO files, or folders of them.", metavar="SPEC…")],
    rate: Annotated[float | None, typer.Option(help="Events per second; default: `low_traffic.expected`.")] = None,
    prometheus: Annotated[str, typer.Option(help="Ask this Prometheus for the quietest hour of a week.", metavar="URL")] = "",
    slo: Annotated[str, typer.Option(help="Only this SLO.", metavar="NAME")] = "",
    output: Output = "text",
) -> None:
    """Say what few events mean: whether one failure pages, which outage is too short, what would mend it.

    Example: ballast slo traffic alerts/slos/checkout.yaml --rate 0.02

    Example: ballast slo traffic alerts/slos --prometheus http://127.0.0.1:9090 --output json
    """
    from dataclasses import asdict

    from ballast.repo import CannotRun
    from ballast.slo import traffic_advice

    if rate is not None and not rate > 0:
        raise CannotRun("--rate is not above 0: give the events per second of a quiet hour")
    chosen = [
        (document.model.service, one)
        for document in documents_of(files)
        for one in document.model.slos
        if one.status == "active" and slo in ("", one.name)
    ]
    if not chosen:
        raise CannotRun(f"there is no active SLO{f' named {slo}' if slo else ''} in {', '.join(map(str, files))}")
    found: list[TrafficAdvice] = []
    unknown: list[dict[str, str]] = []
    for service, one in chosen:
        events, why = _rate(one, rate, prometheus)
        if events is None:
            unknown.append({"slo": f"{service}/{one.name}", "why": why})
        else:
            found.append(traffic_advice(service, one, events))
    if output == "json":
        sys.stdout.write(json.dumps({"slos": [asdict(one) for one in found], "unknown": unknown}, indent=1) + "\n")
        return
    for advice in found:
        _show(advice)
    for each in unknown:
        typer.echo(f"{each['slo']}: unknown, {each['why']}")


def _rate(slo: Slo, rate: float | None, prometheus: str) -> tuple[float | None, str]:
    """Events per second that the SLI counts, or None and why they are not known."""
    from ballast.slo import sli_queries

    query = sli_queries(slo.sli).total
    if query is None:
        return None, "its SLI is a ratio and counts no events"
    if rate is not None:
        return rate, ""
    if prometheus:
        value = _ask(prometheus, f"min(min_over_time(({query('1h')})[7d:1h]))")
        if value is None:
            return None, f"{prometheus} has no such events in the last week"
        return (value, "") if value > 0 else (None, "an hour of the last week had no event at all: give --rate")
    if slo.low_traffic and slo.low_traffic.expected:
        return slo.low_traffic.expected + slo.low_traffic.synthetic, ""
    return None, "give --rate or --prometheus, or write `low_traffic.expected`"


def _ask(url: str, query: str) -> float | None:
    import httpx

    from ballast.repo import CannotRun

    try:
        answer = httpx.post(f"{url.rstrip('/')}/api/v1/query", data={"query": query}, timeout=60)
        body = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CannotRun(f"{url} does not answer as a Prometheus: {error}") from error
    if body.get("status") != "success":
        raise CannotRun(f"{url} refused the query {query}: {body.get('error', answer.status_code)}")
    result = body["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def _show(advice: TrafficAdvice) -> None:
    from ballast.slo import human_seconds

    name = f"{advice.service}/{advice.slo}"
    typer.echo(
        f"{name}, objective {advice.objective:.12g}%, at {advice.rate:.4g} events/s ({advice.rate * 3600:.4g} an hour)\n"
    )
    rows = [
        [
            f"{pair.severity} {pair.pair}",
            f"{pair.long_events:.4g}",
            f"{pair.threshold * 100:.4g}%",
            f"{pair.needed}",
            _chance(pair.one_fires),
            _chance(pair.by_chance),
            human_seconds(pair.outage),
        ]
        for pair in advice.pairs
    ]
    heads = [
        "pair",
        "events in\nlong window",
        "more bad\nthan",
        "bad\nneeded",
        "one failure\nfires",
        "by\nchance",
        "shortest\noutage",
    ]
    table(heads, rows, right=set(range(1, 7)))
    typer.echo("")
    if advice.one_pages < 0.001:
        typer.echo("A single failure does not page.\n")
        return
    typer.echo(f"A single failure pages: {_chance(advice.one_pages)} of lone failures do. Choose one:")
    typer.echo(f"- low_traffic: {{minimum_bad: {advice.minimum_bad}}} pages when that many failed;")
    then, now = human_seconds(advice.outage_then), human_seconds(advice.outage)
    typer.echo(f"  the shortest total outage that pages is {then} instead of {now}.")
    typer.echo(f"- Probes that the SLI counts, {advice.probes:.3g} a second more: one failure is not enough.")
    typer.echo("- A lower objective, or longer windows (burn_rates): all pages come later.\n")


def _chance(value: float) -> str:
    return "0" if value < 0.00005 else f"{value:.2%}" if value < 0.1 else f"{value:.0%}"
