"""The ledger in PostgreSQL: what is appended, merged, closed and added up.

An open hour is a row of `till`, rewritten as its minutes come in. When it is complete, or `GRACE` over, it moves to `block`,
which is never updated: a minute that comes later, or a correction, writes a new revision that names the one before it. `day`
holds the sums of the closed hours of each UTC day. All of it happens in one transaction, by one writer at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ballast.budget.pack import Hour, pack, unpack
from ballast.budget.tally import CORRECTED, Minute, add, merge

if TYPE_CHECKING:
    import psycopg

GRACE = timedelta(hours=2)
HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCK = 7_315_005  # any number, the same in every writer

Key = tuple[int, int]
"""Id of an SLO and number of an hour since 1970."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Who replaces minutes that are in the ledger, and why. The new ones count whatever they are."""

    author: str
    reason: str


@dataclass(slots=True)
class _Held:
    hour: Hour
    revision: int
    """Of the block; 0 in the till."""
    changed: bool = False


def when(minute: int) -> datetime:
    """The start of a minute, by its number since 1970."""
    return EPOCH + timedelta(minutes=minute)


def number(moment: datetime) -> int:
    """The number of the minute that holds a moment."""
    return int(moment.timestamp() // 60)


def append(
    connection: psycopg.Connection,
    observed: Mapping[int, Mapping[int, Minute]],
    *,
    now: datetime | None = None,
    correction: Correction | None = None,
) -> int:
    """Add minutes (SLO id -> minute number -> counts) and return how many hours changed.

    The same minutes twice, late or out of order make the same ledger: of two observations of a minute the more complete is
    kept (`Minute.rank`), unless a `correction` says otherwise. `now` decides which hours are closed.
    """
    now = now or datetime.now(UTC)
    by_hour: dict[Key, dict[int, Minute]] = {}
    for slo, minutes in observed.items():
        for minute, value in minutes.items():
            by_hour.setdefault((slo, minute // 60), {})[minute % 60] = value
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        held = _read(connection, by_hour)
        for key, places in by_hour.items():
            one = held.setdefault(key, _Held([None] * 60, 0))
            for place, value in places.items():
                old = one.hour[place]
                if correction:
                    value = value._replace(flags=value.flags | CORRECTED)
                    new = value
                else:
                    new = merge(old, value)
                if new != old:
                    one.hour[place] = new
                    one.changed = True
        changed = {key: one for key, one in held.items() if one.changed}
        _write(connection, changed, now, correction)
        _note_known(connection, changed)
        _exclude_again(connection, changed)
        _close(connection, now)
    return len(changed)


def _read(connection: psycopg.Connection, keys: Iterable[Key]) -> dict[Key, _Held]:
    """What the ledger holds of these hours: the newest revision, else the till."""
    slos = list({slo for slo, _ in keys})
    hours = [when(hour * 60) for hour in {hour for _, hour in keys}]
    if not slos:
        return {}
    rows = connection.execute(
        "select slo_id, hour, 0, payload from till where slo_id = any(%(slos)s) and hour = any(%(hours)s) union all"
        " (select distinct on (slo_id, hour) slo_id, hour, revision, payload from block"
        "  where slo_id = any(%(slos)s) and hour = any(%(hours)s) order by slo_id, hour, revision desc)",
        {"slos": slos, "hours": hours},
        binary=True,
    )
    wanted = set(keys)
    found = {}
    for slo, hour, revision, payload in rows:
        key = (slo, number(hour) // 60)
        if key in wanted:
            found[key] = _Held(unpack(payload), revision)
    return found


def _write(connection: psycopg.Connection, changed: Mapping[Key, _Held], now: datetime, correction: Correction | None) -> None:
    blocks: list[tuple[object, ...]] = []
    times: list[datetime] = []
    days: set[tuple[int, date]] = set()
    till, emptied = [], []
    for (slo, hour), one in changed.items():
        at = when(hour * 60)
        row = (slo, at, *add(one.hour), pack(one.hour))
        done = all(minute is not None for minute in one.hour)
        if one.revision or done or at + HOUR + GRACE <= now:
            author, reason = (correction.author, correction.reason) if correction else ("", "")
            times.append(at)
            days.add((slo, at.date()))
            blocks.append((slo, at, one.revision + 1, one.revision or None, *row[2:], author, reason))
            if not one.revision:
                emptied.append((slo, at))
        else:
            till.append(row)
    if blocks:
        connection.execute("select months(%s, %s)", (min(times), max(times)))
        with connection.cursor().copy(
            "copy block (slo_id, hour, revision, supersedes, total, bad, known, gap, payload, author, reason)"
            " from stdin (format binary)"
        ) as copy:
            copy.set_types(["int4", "timestamptz", "int4", "int4", "int8", "int8", "int2", "int2", "bytea", "text", "text"])
            for block in blocks:
                copy.write_row(block)
        _add_up_days(connection, days)
    if till:
        connection.execute("create temporary table if not exists incoming (like till) on commit delete rows")
        with connection.cursor().copy("copy incoming from stdin (format binary)") as copy:
            copy.set_types(["int4", "timestamptz", "int8", "int8", "int2", "int2", "bytea"])
            for line in till:
                copy.write_row(line)
        connection.execute(
            "insert into till select * from incoming on conflict (slo_id, hour) do update set total = excluded.total,"
            " bad = excluded.bad, known = excluded.known, gap = excluded.gap, payload = excluded.payload"
        )
    if emptied:
        connection.execute(
            "delete from till t using unnest(%s::int[], %s::timestamptz[]) as e (slo_id, hour)"
            " where t.slo_id = e.slo_id and t.hour = e.hour",
            ([slo for slo, _ in emptied], [at for _, at in emptied]),
        )


def _close(connection: psycopg.Connection, now: datetime) -> None:
    """Move what is old enough from the till to the ledger."""
    rows = connection.execute("select slo_id, hour from till where hour <= %s", (now - HOUR - GRACE,)).fetchall()
    if not rows:
        return
    hours = [hour for _, hour in rows]
    connection.execute("select months(%s, %s)", (min(hours), max(hours)))
    connection.execute(
        "with gone as (delete from till where hour <= %s returning *)"
        " insert into block (slo_id, hour, revision, total, bad, known, gap, payload)"
        " select slo_id, hour, 1, total, bad, known, gap, payload from gone",
        (now - HOUR - GRACE,),
    )
    _add_up_days(connection, {(slo, hour.date()) for slo, hour in rows})


def _add_up_days(connection: psycopg.Connection, days: set[tuple[int, date]]) -> None:
    """Compute the sums of these days anew, from the newest revisions."""
    by_day: dict[date, list[int]] = {}
    for slo, day in days:
        by_day.setdefault(day, []).append(slo)
    for day, slos in by_day.items():
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        connection.execute(
            "insert into day select slo_id, %(day)s, sum(total)::bigint, sum(bad)::bigint, sum(known), sum(gap) from ("
            "  select distinct on (slo_id, hour) * from block where slo_id = any(%(slos)s) and hour >= %(start)s"
            "  and hour < %(end)s order by slo_id, hour, revision desc) newest group by slo_id"
            " on conflict (slo_id, day) do update set total = excluded.total, bad = excluded.bad, known = excluded.known,"
            " gap = excluded.gap",
            {"day": day, "slos": slos, "start": start, "end": start + timedelta(days=1)},
        )


def _note_known(connection: psycopg.Connection, changed: Mapping[Key, _Held]) -> None:
    """Keep the first and the last known minute of each SLO."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for (slo, hour), one in changed.items():
        known = [hour * 60 + place for place, minute in enumerate(one.hour) if minute is not None and minute.known]
        if known:
            first[slo] = min(first.get(slo, known[0]), known[0])
            last[slo] = max(last.get(slo, known[-1]), known[-1])
    connection.execute(
        "update slo set first_known = least(slo.first_known, k.first), last_known = greatest(slo.last_known, k.last)"
        " from unnest(%s::int[], %s::timestamptz[], %s::timestamptz[]) as k (id, first, last) where slo.id = k.id"
        " and (slo.first_known is null or k.first < slo.first_known or k.last > slo.last_known)",
        (list(first), [when(minute) for minute in first.values()], [when(last[slo] + 1) for slo in first]),
    )


# --- Exclusions -------------------------------------------------------------------------------------------------------


def excluded_minutes(connection: psycopg.Connection, slos: Iterable[int], start: int, end: int) -> dict[int, set[int]]:
    """SLO id -> minutes between `start` and `end` that do not count. A minute counts unless it is wholly excluded."""
    rows = connection.execute(
        'select s.id, x.start, x."end" from exclusion x join slo s on s.service = x.service'
        " and (x.slos = '{}' or s.name = any(x.slos)) where x.status = 'active' and s.id = any(%s)"
        ' and x.start < %s and x."end" > %s',
        (list(slos), when(end), when(start)),
    )
    found: dict[int, set[int]] = {}
    for slo, begins, ends in rows:
        first = -int(-begins.timestamp() // 60)
        found.setdefault(slo, set()).update(range(max(first, start), min(number(ends), end)))
    return found


def exclude_again(connection: psycopg.Connection, slos: Iterable[int], start: int, end: int) -> None:
    """Compute `left_out` anew for the hours that hold minutes from `start` to `end`, after exclusions have changed."""
    slos = list(slos)
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        keys = [(slo, hour) for slo in slos for hour in range(start // 60, -(-end // 60))]
        _exclude_again(connection, _read(connection, keys))


def _exclude_again(connection: psycopg.Connection, hours: Mapping[Key, _Held]) -> None:
    if not hours:
        return
    numbers = [hour for _, hour in hours]
    out = excluded_minutes(connection, {slo for slo, _ in hours}, min(numbers) * 60, max(numbers) * 60 + 60)
    rows = []
    stale = connection.execute(
        "select slo_id, hour from left_out where slo_id = any(%s) and hour between %s and %s",
        (list({slo for slo, _ in hours}), when(min(numbers) * 60), when(max(numbers) * 60)),
    ).fetchall()
    affected = {(slo, number(hour) // 60) for slo, hour in stale}
    for key, one in hours.items():
        slo, hour = key
        minutes = out.get(slo, set())
        inside = [one.hour[place] for place in range(60) if hour * 60 + place in minutes] if minutes else []
        if inside or key in affected:
            rows.append((slo, when(hour * 60), *add(inside)))
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into left_out values (%s, %s, %s, %s, %s, %s) on conflict (slo_id, hour) do update set"
                " total = excluded.total, bad = excluded.bad, known = excluded.known, gap = excluded.gap",
                rows,
            )
