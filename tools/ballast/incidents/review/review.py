"""Puts a month's review together: the ledger's report, the gateway's incidents, and replays of other objectives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ballast.budget import Line, minutes, monthly, number, totals
from ballast.incidents.review.model import Page, Review, SloReview, TeamReview
from ballast.incidents.review.propose import Share, propose
from ballast.repo import CannotRun
from ballast.slo import Compiled, CompiledSlo, Context, sli_queries
from ballast.slo.replay import Candidate, Grid, Ledger, Server, suggest

if TYPE_CHECKING:
    import psycopg

    from ballast.gateway import Incident

__all__ = ["FALSE", "review"]

FALSE = 0.01
"""The share of a month's budget below which a page was for nothing: half of what the fastest window pair stands for (2 %)."""
BEFORE = timedelta(hours=1)
"""How long before a page its budget was already burning, at most: the long window of the fastest pair."""
NOBODY = "nobody's"
WARM = 3 * 1440


def review(
    connection: psycopg.Connection,
    incidents: Sequence[Incident] | None,
    services: Sequence[Compiled],
    context: Context,
    year: int,
    month: int,
    zone: str,
    now: datetime,
    *,
    team: str = "",
    server: Server | None = None,
    by: Mapping[str, Sequence[str]] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Review:
    """The month of every team, or of `team`. `incidents` are the gateway's in that month, None where it was not asked.

    `services` are the compiled SLOs of the repository, for proposals; `server` a Prometheus and `by` the labels of each service
    that are worth splitting by. CannotRun for a team that has no SLO in the ledger.
    """
    report = monthly(connection, year, month, zone, now)
    specs = {(one.service, one.slo.name): one for each in services for one in each.slos}
    lines: dict[str, list[Line]] = {}
    for line in report.lines:
        lines.setdefault(line.balance.known.owner or NOBODY, []).append(line)
    if team and team not in lines:
        raise CannotRun(f"the ledger has no SLO of {team}: its teams are {', '.join(sorted(lines)) or 'none'}")
    calls = [one for one in incidents or () if one.pages]
    teams = []
    for name in [team] if team else sorted(lines):
        reviews = []
        for line in lines[name]:
            known = line.balance.known
            progress(known.name)
            pages = [_page(connection, one, line, report.end) for one in calls if _of(one) == (known.service, known.slo)]
            spec = specs.get((known.service, known.slo))
            shares = _shares(spec, server, by or {}, report.start, report.end) if spec and server else []
            reviews.append(SloReview(line, pages, propose(line, pages, _candidates(connection, line, spec, context), shares)))
        known_names = {(line.balance.known.service, line.balance.known.slo) for line in report.lines}
        other = [one for one in calls if _of(one) not in known_names and one.labels.get("owner", NOBODY) == name]
        teams.append(TeamReview(name, reviews, [_page(connection, one, None, report.end) for one in other]))
    return Review(report.month, zone, report.start, report.end, teams, incidents is not None)


def _of(incident: Incident) -> tuple[str, str]:
    return incident.labels.get("service", ""), incident.labels.get("slo", "")


def _page(connection: psycopg.Connection, one: Incident, line: Line | None, end: datetime) -> Page:
    spent: float | None = None
    if line is not None:
        known = line.balance.known
        first, last = number(one.opened - BEFORE), number(min(one.resolved or end, end)) + 1
        sums = totals(connection, [known.id], first, last)[known.id]
        allowed = float(line.balance.sum.total * known.budget)
        if sums.known and allowed:
            spent = sums.bad / allowed
    return Page(
        incident=one.id,
        title=one.title,
        opened=one.opened,
        lasted=(one.resolved - one.opened).total_seconds() if one.resolved else None,
        acknowledged=(one.acknowledged - one.opened).total_seconds() if one.acknowledged else None,
        spent=spent,
        false=None if spent is None else spent < FALSE,
    )


def _candidates(
    connection: psycopg.Connection, line: Line, spec: CompiledSlo | None, context: Context
) -> Callable[[], list[Candidate]]:
    """Replays of other objectives over the ledger's minutes; none where the spec is gone or cannot be replayed so."""

    def work_out() -> list[Candidate]:
        if spec is None:
            return []
        first, last = number(line.balance.start), number(line.balance.end)
        held = minutes(connection, line.balance.known.id, first - WARM, last)
        rows = [(at, one.total, one.bad, not one.known) for at, one in held.items()]
        if not rows:
            return []
        try:
            return suggest(spec, Ledger(rows, spec), first * 60, last * 60, context)
        except CannotRun:
            return []

    return work_out


def _shares(spec: CompiledSlo, server: Server, by: Mapping[str, Sequence[str]], start: datetime, end: datetime) -> list[Share]:
    """What each value of a label has of the month's bad and of all events."""
    found: list[Share] = []
    window = f"{int((end - start).total_seconds())}s"
    moment = Grid(int(end.timestamp()) // 60 * 60, 60, 1)
    for label in by.get(spec.service, ()):
        queries = sli_queries(spec.slo.sli, by=[label])
        if queries.error is None or queries.total is None or queries.good:
            return []
        bad, every = (
            {dict(k).get(label, ""): float(line.values[0]) for k, line in server.ask(query(window), moment).items()}
            for query in (queries.error, queries.total)
        )
        all_bad, all_events = sum(bad.values()), sum(every.values())
        if len(every) > 1 and all_bad > 0 and all_events > 0:
            found += [(label, value, count / all_bad, every.get(value, 0.0) / all_events) for value, count in bad.items()]
    return found
