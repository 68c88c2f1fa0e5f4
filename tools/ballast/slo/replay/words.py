"""A replay in words: lines for a terminal's tables, and Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from statistics import median
from typing import Any

from ballast.slo.alerting import window_words
from ballast.slo.explain import human_seconds
from ballast.slo.replay.compare import Change, Changed
from ballast.slo.replay.model import Firing, Incident, Replay

__all__ = ["alt_text", "counted", "fields", "figures", "firing_words", "incident_rows", "markdown", "moment", "span_words"]


def moment(at: int) -> str:
    """A Unix second as people write it, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"


def span_words(one: Replay) -> str:
    """From when to when, and how it was decided."""
    return f"{moment(one.start)} to {moment(one.end)} UTC, decided every {human_seconds(one.step)}"


def promise(one: Replay) -> str:
    """Objective and window."""
    return f"{one.objective:.12g}% over {window_words(one.window)}"


def firing_words(one: Firing) -> str:
    """When, how long, for which group, and by which windows."""
    lasted = "still firing" if one.end is None else human_seconds(one.end - one.start)
    group = "".join(f", {name} {value}" for name, value in sorted(one.labels.items()))
    pair = f", {one.pair} at {one.burn:.3g}x" if one.pair else ""
    return f"{moment(one.start)}, {lasted}{group}{pair}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share as percent; `unknown` for None."""
    return "unknown" if value is None else f"{100 * value:.{digits}f}%"


def counted(number: int, word: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def detected(one: Incident) -> str:
    """How soon somebody was told, and how."""
    if one.page is None and one.ticket is None:
        return "nobody"
    word, seconds = ("ticket", one.ticket) if one.page is None else ("page", one.page)
    return f"{word} {human_seconds(seconds)}" if seconds else f"{word} at once"


def figures(one: Replay) -> list[tuple[str, str]]:
    """What a replay comes to, name and value."""
    paged = [incident.page for incident in one.incidents if incident.page is not None]
    rows = [
        ("pages", str(len(one.pages))),
        ("tickets", str(len(one.tickets))),
        ("no-data tickets", str(len(one.no_data))),
        ("good events", "unknown" if one.good is None else f"{100 * one.good:.5g}%"),
        (f"budget of {window_words(one.window)} spent", percent(one.spent)),
        ("incidents paged", f"{len(paged)} of {len(one.incidents)}"),
        ("median time to page", human_seconds(median(paged)) if paged else "-"),
        ("time without data", percent(one.unknown)),
        ("rules, series", f"{one.cost.rules}, {one.cost.series}"),
        ("rule evaluations a minute", f"{one.cost.evaluations:,.0f}"),
        ("samples read a minute", "unknown" if one.cost.samples is None else f"{one.cost.samples:,.0f}"),
    ]
    return [row for row in rows if row != ("no-data tickets", "0")]


def incident_rows(change: Change, least: float) -> list[list[str]]:
    """Incidents that spent at least the share `least` of the budget or that somebody was told of: begin, length, peak burn
    rate, budget spent, and how soon it was detected (before the change, and after it).
    """
    old = {one.start: one for one in change.old.incidents} if change.old else {}
    rows = []
    for one in change.new.incidents:
        before = _same(old.values(), one)
        told = (one.page, one.ticket, before and before.page, before and before.ticket)
        if one.spent < least and all(seconds is None for seconds in told):
            continue
        cells = [moment(one.start), human_seconds(one.end - one.start), f"{one.peak:.3g}x", percent(one.spent, 2)]
        cells += [detected(before) if before else "-"] if change.old else []
        rows.append([*cells, detected(one)])
    return rows


def _same(incidents: Iterable[Incident], one: Incident) -> Incident | None:
    """The incident of the other spec that overlaps most."""
    near = [other for other in incidents if other.start < one.end and one.start < other.end]
    return max(near, key=lambda other: min(other.end, one.end) - max(other.start, one.start), default=None)


def fields(change: Change) -> dict[str, Any]:
    """For machines: both replays without their minutes, and what changed. Times are Unix seconds, shares ratios."""

    def plain(one: Replay) -> dict[str, Any]:
        return {k: v for k, v in asdict(one).items() if k != "told"}

    return {
        "slo": change.new.name,
        "old": plain(change.old) if change.old else None,
        "new": plain(change.new),
        "pages": asdict(change.pages),
        "tickets": asdict(change.tickets),
    }


def markdown(changes: Sequence[Change], pictures: Sequence[str] = ()) -> str:
    """For a pull request's comment. `pictures` are paths or URLs, one for each change, or none."""
    parts = ["## SLO replay", ""]
    for number, change in enumerate(changes):
        parts += _section(change, pictures[number] if pictures else "")
    return "\n".join(parts).rstrip() + "\n"


def _section(change: Change, picture: str) -> list[str]:
    new, old = change.new, change.old
    was = f"{promise(old)} → " if old and promise(old) != promise(new) else ""
    lines = [f"### {new.name}", "", f"{was}{promise(new)}. {span_words(new)}.", ""]
    if old:
        lines += ["| | before | after |", "|---|--:|--:|"]
        before = dict(figures(old))
        lines += [f"| {name} | {before.pop(name, '-')} | {value} |" for name, value in figures(new)]
        lines += [f"| {name} | {value} | - |" for name, value in before.items()]
    else:
        lines += ["| | |", "|---|--:|", *(f"| {name} | {value} |" for name, value in figures(new))]
    lines.append("")
    for severity, changed in (("pages", change.pages), ("tickets", change.tickets)):
        lines += _listed(severity, changed, new=old is None)
    rows = incident_rows(change, 0.01)
    if rows:
        heads = ["incident", "lasted", "peak burn", "budget", *(("told before", "told after") if old else ("told",))]
        lines += ["| " + " | ".join(heads) + " |", "|---" + "|--:" * 3 + "|---" * (len(heads) - 4) + "|"]
        lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
    if picture:
        lines += [f"![{alt_text(change)}]({picture})", ""]
    return lines


def _listed(severity: str, changed: Changed, *, new: bool) -> list[str]:
    lines = []
    for what, firings in (("" if new else "gained", changed.gained), ("lost", changed.lost)):
        if firings:
            title = f"{severity} {what}".strip().capitalize()
            lines += [f"**{title}: {len(firings)}**", "", *(f"- {firing_words(one)}" for one in firings), ""]
    return lines


def alt_text(change: Change) -> str:
    """What the picture shows, for who cannot see it."""
    new, old = change.new, change.old
    text = (
        f"{new.name} from {moment(new.start)} to {moment(new.end)} UTC: burn rate, budget spent, and when alerts fire. "
        f"{_came(new)} of the budget of {window_words(new.window)} spent"
    )
    if old:
        text += f"; before the change {_came(old)} of its budget"
    return f"{text}."


def _came(one: Replay) -> str:
    return f"{counted(len(one.pages), 'page')} and {counted(len(one.tickets), 'ticket')}, {percent(one.spent)}"
