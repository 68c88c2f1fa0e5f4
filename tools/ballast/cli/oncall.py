"""`ballast oncall`: who is on call, when, and whether it is fair."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ballast.incidents import Load, Shift
    from ballast.repo import OnCall

Output = Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="For people or for machines.")]
Name = Annotated[str, typer.Argument(help="Schedule or team; all schedules, if left out.", metavar="[NAME]")]
Start = Annotated[str, typer.Option("--from", help="First moment (RFC 3339, or a day); now, unless given.", metavar="TIME")]
Days = Annotated[int, typer.Option(help="How many days from there.", min=1, max=400)]


def register(app: typer.Typer) -> None:
    """Add the group `oncall`."""
    group = typer.Typer(no_args_is_help=True, help="Who is on call, when, and whether it is fair (alerts/oncall.yaml).")
    for command, name, example in (
        (who, "who", "who team-payments --at 2026-12-24T20:00:00+01:00"),
        (show, "show", "show platform --days 28"),
        (ics, "ics", "ics platform --person ada --out build/ada.ics"),
        (diff, "diff", "diff origin/main --days 60"),
        (load, "load", "load --from 2026-10-01 --days 92"),
    ):
        group.command(name, epilog=f"Example: ballast oncall {example}")(command)
    app.add_typer(group, name="oncall")


def who(
    name: Name = "",
    at: Annotated[str, typer.Option(help="Moment (RFC 3339); now, unless given.", metavar="TIME")] = "",
    output: Output = "text",
) -> None:
    """Who is called, and who next: of a team step by step, of a schedule its person.

    Exit code 1: in some step nobody is on call.
    """
    from ballast.incidents import who as whose

    oncall, moment = _read(), _moment(at)
    teams = {key: team for key, team in oncall.teams.items() if name in ("", key)}
    if name in oncall.schedules:
        rows: list[dict[str, Any]] = [{"schedule": name, "person": whose(oncall.schedules[name], moment)}]
    elif not teams:
        raise _unknown(oncall, name)
    else:
        rows = [
            {
                "team": key,
                "step": number,
                "minutes": step.minutes,
                "schedule": schedule,
                "person": whose(oncall.schedules[schedule], moment) if schedule else person,
            }
            for key, team in teams.items()
            for number, step in enumerate(team.steps, 1)
            for schedule, person in [*((s, "") for s in step.schedules), *(("", p) for p in step.people)]
        ]
    if output == "json":
        print(json.dumps(rows, indent=1))
    else:
        typer.echo(f"At {moment:%Y-%m-%d %H:%M} UTC")
        for row in rows:
            person = _named(oncall, row["person"])
            if "team" not in row:
                typer.echo(f"  {row['schedule']}: {person}")
            elif row["step"] == 1:
                typer.echo(f"  {row['team']}: {person}")
            else:
                typer.echo(f"    then, after {_before(oncall, row)} min: {person}")
    raise typer.Exit(int(any(row["person"] is None for row in rows)))


def show(name: Name = "", start: Start = "", days: Days = 14, output: Output = "text") -> None:
    """Shifts as a table, in each schedule's local time. Overrides carry their reason, public holidays a mark.

    Exit code 1: at some time nobody is on call.
    """
    oncall, first = _read(), _moment(start)
    found = _shifts(oncall, name, first, days)
    if output == "json":
        print(json.dumps(_rows(found), indent=1))
    else:
        for schedule, taken in found.items():
            _table(oncall, schedule, taken, first, first + timedelta(days=days))
    whole = timedelta(days=days).total_seconds()
    covered = (sum((s.end - s.start).total_seconds() for s in taken) for taken in found.values())
    raise typer.Exit(int(any(seconds < whole for seconds in covered)))


def ics(
    name: Name = "",
    person: Annotated[str, typer.Option(help="Only that person's shifts.")] = "",
    start: Start = "",
    days: Days = 92,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there instead of printing.")] = None,
) -> None:
    """Shifts as a calendar (RFC 5545), for any calendar program. Reading it again replaces what it said before."""
    from ballast.cli.graph import deliver
    from ballast.incidents import calendar
    from ballast.repo import CannotRun

    oncall = _read()
    if person and person not in oncall.people:
        raise CannotRun(f"nobody is called {person!r} in alerts/oncall.yaml: there are {', '.join(sorted(oncall.people))}")
    found = _shifts(oncall, name, _moment(start), days)
    wanted = {key: [s for s in taken if person in ("", s.person)] for key, taken in found.items()}
    deliver(calendar(oncall, wanted).decode(), out)


def diff(
    revision: Annotated[str, typer.Argument(help="Git revision to compare with.", metavar="REVISION")] = "HEAD",
    start: Start = "",
    days: Days = 28,
    output: Output = "text",
) -> None:
    """Whom a change of the on-call file calls instead of whom: what reviewers of the change want to know."""
    from ballast.incidents import changes, plan_of
    from ballast.repo import find_root

    oncall, before, first = _read(), plan_of(find_root(), revision), _moment(start)
    found = changes(before, oncall, first, first + timedelta(days=days))
    if output == "json":
        rows = [
            {"schedule": c.schedule, "start": _text(c.start), "end": _text(c.end), "before": c.before, "now": c.now}
            for c in found
        ]
        print(json.dumps(rows, indent=1))
        return
    for change in found:
        was, becomes = _named(before, change.before), _named(oncall, change.now)
        typer.echo(f"{change.schedule}: {change.start:%Y-%m-%d %H:%M} to {change.end:%Y-%m-%d %H:%M} UTC: {was} → {becomes}")
    typer.echo(f"{len(found)} changes in {days} days." if found else f"Nobody's turn changes in {days} days.")


def load(start: Start = "", days: Days = 28, output: Output = "text") -> None:
    """Hours, nights, weekends and public holidays of each person, and the pages that they took.

    Nights (22 to 7) and days are those of the person's time zone. Pages come from the gateway's incidents where
    BALLAST_DATABASE_URL is set, each to whoever was on call in the first step of the owning team; else they show as unknown.
    """
    import os

    from ballast.gateway import incidents_between
    from ballast.incidents import loads

    oncall, first = _read(), _moment(start) if start else _moment("") - timedelta(days=days)
    end = first + timedelta(days=days)
    pages: dict[str, list[datetime]] | None = None
    if database := os.environ.get("BALLAST_DATABASE_URL"):
        pages = {}
        for incident in incidents_between(database, first, end):
            if incident.pages:
                pages.setdefault(incident.labels.get("owner", ""), []).append(incident.opened)
    found = loads(oncall, first, end, pages)
    if output == "json":
        rows = [
            {
                "person": row.person,
                "hours": row.hours,
                "nights": row.nights,
                "weekends": row.weekends,
                "holidays": row.holidays,
                "pages": None if pages is None else row.pages,
                "night_pages": None if pages is None else row.night_pages,
                "schedules": sorted(row.schedules),
            }
            for row in found
        ]
        print(json.dumps(rows, indent=1))
        return
    _loads(oncall, found, first, end, paged=pages is not None)


def _loads(oncall: OnCall, found: Sequence[Load], start: datetime, end: datetime, *, paged: bool) -> None:
    typer.echo(f"On call, {start:%Y-%m-%d} to {end:%Y-%m-%d}, in hours\n")
    typer.echo(f"{'':14} {'all':>6} {'night':>6} {'weekend':>8} {'holiday':>8} {'pages':>6} {'(night)':>8}")
    most = max((row.hours for row in found), default=0) or 1
    for row in found:
        pages, nightly = (str(row.pages), f"({row.night_pages})") if paged else ("?", "")
        hours = f"{row.hours:6.0f} {row.nights:6.0f} {row.weekends:8.0f} {row.holidays:8.0f}"
        bar = "█" * round(16 * row.hours / most)
        typer.echo(f"{_named(oncall, row.person):14.14} {hours} {pages:>6} {nightly:>8}  {bar}")
    if not paged:
        typer.echo("\nPages are unknown: set BALLAST_DATABASE_URL to the gateway's database.")


def _table(oncall: OnCall, name: str, taken: Sequence[Shift], start: datetime, end: datetime) -> None:
    from ballast.incidents import is_holiday, zone

    schedule = oncall.schedules[name]
    place = zone(schedule.time_zone)
    typer.echo(f"{typer.style(name, bold=True)} ({schedule.time_zone})")
    edge = start
    for shift in taken:
        if shift.start > edge:
            _gap(edge.astimezone(place), shift.start.astimezone(place))
        begin, until = shift.start.astimezone(place), shift.end.astimezone(place)
        person = oncall.people[shift.person]
        notes = [shift.reason or shift.layer]
        notes += ["★ public holiday"] if is_holiday(person.holidays, begin) else []
        typer.echo(f"  {begin:%a %d %b %H:%M} → {until:%a %d %b %H:%M}  {person.name:18.18}  {', '.join(notes)}")
        edge = shift.end
    if edge < end:
        _gap(edge.astimezone(place), end.astimezone(place))


def _gap(begin: datetime, until: datetime) -> None:
    text = f"! {begin:%a %d %b %H:%M} → {until:%a %d %b %H:%M}  NOBODY"
    typer.echo(typer.style(text, fg="red"))


def _shifts(oncall: OnCall, name: str, start: datetime, days: int) -> dict[str, list[Shift]]:
    from ballast.incidents import shifts

    if name in oncall.teams:
        step = oncall.teams[name].steps[0]
        names = step.schedules
    elif name and name not in oncall.schedules:
        raise _unknown(oncall, name)
    else:
        names = [name] if name else list(oncall.schedules)
    return {key: shifts(oncall.schedules[key], start, start + timedelta(days=days)) for key in names}


def _rows(found: Mapping[str, Sequence[Shift]]) -> list[dict[str, str]]:
    return [
        {
            "schedule": name,
            "person": s.person,
            "start": _text(s.start),
            "end": _text(s.end),
            "layer": s.layer,
            "reason": s.reason,
        }
        for name, taken in found.items()
        for s in taken
    ]


def _before(oncall: OnCall, row: Mapping[str, Any]) -> int:
    """Minutes until a step is told."""
    return sum(step.minutes for step in oncall.teams[row["team"]].steps[: row["step"] - 1])


def _named(oncall: OnCall, person: object) -> str:
    known = oncall.people.get(str(person)) if person else None
    return known.name if known else str(person or "NOBODY")


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    from ballast.repo import CannotRun

    if not text:
        return datetime.now(UTC).replace(second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CannotRun(f"{text!r} is no time: write it as 2026-12-24 or 2026-12-24T20:00:00+01:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _read() -> OnCall:
    from ballast.incidents import plan_of
    from ballast.repo import find_root

    return plan_of(find_root())


def _unknown(oncall: OnCall, name: str) -> Exception:
    from ballast.repo import CannotRun

    known = ", ".join([*oncall.schedules, *oncall.teams])
    return CannotRun(f"{name!r} is neither a schedule nor a team of alerts/oncall.yaml: there are {known}")
