"""Rounds of collecting: what the repository promises, what the source saw, into the ledger. Late is fine; twice is fine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ballast.budget.balance import Known, first_of, slos
from ballast.budget.signals import MILLION, Signal, signal_of
from ballast.budget.store import append, exclude_again, number, when
from ballast.budget.tally import UNKNOWN, Minute, Series, count_events, count_samples
from ballast.repo import BudgetSource, CannotRun, Repository, seconds

if TYPE_CHECKING:
    import psycopg

    from ballast.budget.source import Source

OVERLAP = 10
"""Minutes before the last collected one that each round reads again, for samples that came late."""
SETTLE = timedelta(seconds=30)
"""A minute is read when it has been over for so long."""
FEW, HOURS = 200, 6
"""Up to so many SLOs are read in portions of so many hours; more in portions of one."""


@dataclass(slots=True)
class Round:
    """What a round did. `dark` are SLOs of which nothing at all was seen."""

    slos: int = 0
    start: datetime | None = None
    end: datetime | None = None
    hours_changed: int = 0
    dark: list[str] = field(default_factory=list)


def sync(connection: psycopg.Connection, repository: Repository) -> dict[str, Signal]:
    """Bring the ledger's list of SLOs and exclusions to what the repository says; `service/slo` to signal, active ones only.

    Objectives and exclusions that change are written to the audit log: they move budgets.
    """
    signals = {}
    rows = []
    for document in repository.slo_files:
        file = document.model
        service = repository.services.get(file.service)
        for slo in file.slos:
            archived = slo.status == "archived" or (service is not None and service.model.status == "archived")
            signal = signal_of(slo, file.service)
            if not archived:
                signals[f"{file.service}/{slo.name}"] = signal
            tier, owner = (service.model.tier, service.model.owner) if service else (None, "")
            minutes = seconds(slo.window) // 60
            status = "archived" if archived else "active"
            calendar = slo.window if slo.window in ("month", "quarter") else ""
            rows.append((file.service, slo.name, repr(slo.objective), int(minutes), tier, owner, signal.unit, status, calendar))
    before = {(s, n): o for s, n, o in connection.execute("select service, name, objective from slo")}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into slo (service, name, objective, window_minutes, tier, owner, unit, status, calendar)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (service, name) do update set"
            " objective = excluded.objective, window_minutes = excluded.window_minutes, tier = excluded.tier,"
            " owner = excluded.owner, unit = excluded.unit, status = excluded.status, calendar = excluded.calendar",
            rows,
        )
        cursor.execute(
            "update slo set status = 'archived' where status = 'active' and not (service || '/' || name) = any(%s)",
            (list(signals),),
        )
    for service_name, name, objective, *_ in rows:
        old = before.get((service_name, name))
        if old is not None and float(old) != float(objective):
            _audit("budget/objective", f"{service_name}/{name}", f"{objective} %", f"was {old} %")
    _sync_exclusions(connection, repository)
    return signals


def _sync_exclusions(connection: psycopg.Connection, repository: Repository) -> None:
    wanted = {}
    for document in repository.exclusions:
        for one in document.model.exclusions:
            start, end = datetime.fromisoformat(one.start), datetime.fromisoformat(one.end)
            key = (one.service, tuple(sorted(one.slos)), start.astimezone(UTC), end.astimezone(UTC), one.reason, one.approver)
            wanted[key] = (document.model.status, document.path)
    held = {
        (service, tuple(names), start, end, reason, approver): status
        for service, names, start, end, reason, approver, status in connection.execute(
            'select service, slos, start, "end", reason, approver, status from exclusion'
        )
    }
    changed = [(key, *value) for key, value in wanted.items() if held.get(key) != value[0]]
    changed += [(key, "archived", "no file") for key, status in held.items() if key not in wanted and status == "active"]
    for key, status, path in changed:
        if key not in held and status == "archived":
            continue
        service, names, start, end, reason, approver = key
        connection.execute(
            'insert into exclusion (service, slos, start, "end", reason, approver, source, status)'
            ' values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (service, slos, start, "end", reason, approver)'
            " do update set status = excluded.status, source = excluded.source",
            (service, list(names), start, end, reason, approver, path, status),
        )
        affected = [one.id for one in slos(connection, service) if not names or one.slo in names]
        exclude_again(connection, affected, number(start), number(end) + 1)
        span = f"{start.isoformat()} to {end.isoformat()}"
        _audit("budget/exclusion", f"{service} {span}", status, f"{reason} (approved by {approver})")


def _audit(what: str, subject: str, result: str, why: str) -> None:
    from ballast.audit import Entry, actor
    from ballast.audit import append as record

    record(Entry(actor(), what, subject, result, why))


def collect(
    connection: psycopg.Connection,
    repository: Repository,
    source: Source,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    now: datetime | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Round:
    """One round: everything since the last (of a new SLO its whole window), or from `start` to `end`.

    Raises CannotRun when the source or the ledger cannot be used; what was written until then stays, and is right.
    """
    now = now or datetime.now(UTC)
    last = number(min(end or now, now - SETTLE))
    signals = sync(connection, repository)
    settings = repository.budget_policy.model.source if repository.budget_policy else BudgetSource()
    starts: dict[int, list[Known]] = {}
    for known in slos(connection):
        begin = (
            number(start) if start else number(known.collected) - OVERLAP if known.collected else number(first_of(known, now))
        )
        starts.setdefault(begin, []).append(known)
    if not starts:
        raise CannotRun("there is no active SLO in alerts/slos: write one first")
    done = Round(end=when(last))
    seen: set[int] = set()
    for begin, members in sorted(starts.items()):
        done.start = min(done.start or when(begin), when(begin))
        done.slos += len(members)
        for span in spans(begin, last, 60 * HOURS if len(members) <= FEW else 60):
            progress(f"{when(span.start):%Y-%m-%d %H:%M} UTC, {len(members)} SLOs")
            observed = observe(source, settings, {one.id: signals[one.name] for one in members}, span)
            begun = {one.id for one in members if one.first_known} | seen
            seen |= {slo for slo, minutes in observed.items() if any(minute.known for minute in minutes.values())}
            kept = {slo: minutes if slo in begun else _from_first(minutes) for slo, minutes in observed.items()}
            done.hours_changed += append(connection, kept, now=now)
            connection.execute(
                "update slo set collected = greatest(collected, %s) where id = any(%s)",
                (when(span.stop), [one.id for one in members]),
            )
    done.dark = [known.name for members in starts.values() for known in members if known.id not in seen]
    return done


def spans(start: int, end: int, length: int) -> Iterable[range]:
    """[start, end) cut at multiples of `length`."""
    while start < end:
        stop = min(end, (start // length + 1) * length)
        yield range(start, stop)
        start = stop


def observe(source: Source, settings: BudgetSource, signals: dict[int, Signal], span: range) -> dict[int, dict[int, Minute]]:
    """What the source saw of these SLOs in the minutes of `span`, by SLO and minute."""
    limit = round(seconds(settings.scrape_interval) * settings.missed_scrapes * 1000)
    start, end = span.start * 60 - 60 - limit / 1000, span.stop * 60
    selectors = [selector for signal in signals.values() for selector in signal.selectors]
    samples = source.samples(selectors, start, end)
    counted = {slo: signal for slo, signal in signals.items() if not signal.ratio}
    rest = {slo: signal for slo, signal in signals.items() if signal.ratio}
    ratios = source.ratios([signal.ratio for signal in rest.values()], (span.start + 1) * 60, end) if rest else []
    found: dict[int, list[Minute]] = {}
    for slo, signal in counted.items():
        total: list[tuple[int, Series]] = [(t.sign, s) for t in signal.total for s in samples[t.selector]]
        if signal.unit == "samples":
            found[slo] = count_samples((series for _, series in total), span, settings.replica_label)
        else:
            bad = [(t.sign, s) for t in signal.bad for s in samples[t.selector]]
            found[slo] = count_events(total, bad, span, limit, settings.replica_label)
    for slo, values in zip(rest, ratios, strict=True):
        found[slo] = [_of_ratio(values.get((minute + 1) * 60_000)) for minute in span]
    return {slo: dict(zip(span, minutes, strict=True)) for slo, minutes in found.items()}


def _of_ratio(ratio: float | None) -> Minute:
    return UNKNOWN if ratio is None else Minute(MILLION, round(MILLION * min(1.0, max(0.0, ratio))))


def _from_first(minutes: dict[int, Minute]) -> dict[int, Minute]:
    """Without the dark minutes before the first known one: an SLO begins when it is first seen."""
    first = next((minute for minute, value in minutes.items() if value.known), None)
    return {} if first is None else {minute: value for minute, value in minutes.items() if minute >= first}
