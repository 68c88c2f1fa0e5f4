"""`ballast slo review`: a month's error budgets, pages and proposals, team by team."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballast.cli._slo_replay import progress
from ballast.cli.slo import Output, table, the_repository, wrapped, write_all

if TYPE_CHECKING:
    from ballast.incidents.review import Review
    from ballast.repo import Repository
    from ballast.slo.replay import Server


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("review", epilog="Example: ballast slo review --month 2026-10 --team team-payments --html build/review.html")(
        review_command
    )


def review_command(
    month: Annotated[str, typer.Option(help="YYYY-MM, in the budget policy's time zone.")],
    team: Annotated[str, typer.Option(help="Only this team's SLOs.")] = "",
    prometheus: Annotated[
        str, typer.Option(help="Ask it which routes or methods fail most, for proposals to split.", show_default=False)
    ] = "",
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown here.", dir_okay=False)] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page here.", dir_okay=False)] = None,
    output: Output = "text",
) -> None:
    """Prepare the error-budget review of a month: budgets, pages, false pages, and what to change, with the numbers.

    Budgets come from the ledger (`ballast budget collect`), pages from the
    gateway's database (BALLAST_DATABASE_URL), without which they print as
    unknown. Proposals to tighten or loosen are replays of other objectives
    over the ledger's minutes.
    """
    from datetime import UTC, datetime

    from ballast.budget import connect, month_of
    from ballast.gateway import incidents_between
    from ballast.incidents.review import fields, render_review, review
    from ballast.repo import CannotRun, find_root, read_budget_policy
    from ballast.slo import compile_repository, context_of

    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if match is None:
        raise CannotRun(f"--month {month}: write YYYY-MM")
    year, number = int(match[1]), int(match[2])
    repository = the_repository()
    policy, problems = read_budget_policy(find_root())
    if policy is None:
        raise CannotRun(str(problems[0]) if problems else "there is no alerts/budget-policy.yaml")
    database = os.environ.get("BALLAST_DATABASE_URL", "")
    incidents = incidents_between(database, *month_of(year, number, policy.time_zone)) if database else None
    with connect() as connection, progress() as said, _server(prometheus) as server:
        made = review(
            connection,
            incidents,
            compile_repository(repository),
            context_of(repository),
            year,
            number,
            policy.time_zone,
            datetime.now(UTC),
            team=team,
            server=server,
            by=_labels(repository),
            progress=said,
        )
    if markdown:
        write_all(markdown.parent, {markdown.name: render_review(made, "md")})
    if html:
        write_all(html.parent, {html.name: render_review(made, "html")})
    for path in (markdown, html):
        if path:
            print(f"wrote {path}", file=sys.stderr)
    if output == "json":
        sys.stdout.write(json.dumps(fields(made), indent=1) + "\n")
    elif not markdown and not html:
        _print(made)


def _labels(repository: Repository) -> dict[str, list[str]]:
    """The labels of each service that are worth splitting by."""
    return {name: list(document.model.signals.by) for name, document in repository.services.items() if document.model.signals}


@contextmanager
def _server(url: str) -> Iterator[Server | None]:
    if not url:
        yield None
        return
    from ballast.budget import Endpoint
    from ballast.slo.replay import Server

    with Endpoint.from_environment(url).client(timeout=120.0) as client:
        yield Server(client)


def _print(review: Review) -> None:
    from ballast.slo.replay.words import counted, percent

    for number, team in enumerate(review.teams):
        if number:
            typer.echo()
        typer.echo(f"{team.team}, {review.month}\n")
        rows = []
        for one in team.slos:
            balance = one.line.balance
            left = percent(balance.remaining) if balance.sum.known else "unknown"
            pages = [str(len(one.pages)), str(one.false), str(one.unanswered)] if review.pages_known else ["unknown"] * 3
            rows.append([balance.known.name, f"{balance.known.objective.normalize()}%", left, one.line.verdict, *pages])
        table(["SLO", "objective", "left", "", "pages", "false", "unanswered"], rows, right={1, 2, 4, 5, 6})
        if team.other:
            typer.echo(f"Of no SLO: {counted(len(team.other), 'page')}.")
        typer.echo()
        for one in team.slos:
            for proposal in one.proposals:
                wrapped(f"{one.line.balance.known.name}: {proposal.kind}: {proposal.what}. Because: {proposal.why}.", "- ")
    if not review.pages_known:
        typer.echo("\nPages are unknown: set BALLAST_DATABASE_URL to the gateway's database.")
