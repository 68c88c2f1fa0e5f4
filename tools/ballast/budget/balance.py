"""What is left of a budget: whole events over a window, exact to the minute, divided last.

allowed = total x (1 - objective); remaining = 1 - bad / allowed. No traffic is no error; minutes of which nothing is known are
counted as unknown and never as good.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from ballast.budget.pack import unpack
from ballast.budget.store import excluded_minutes, number, when
from ballast.budget.tally import Minute, add

if TYPE_CHECKING:
    import psycopg

Calendar = Literal["month", "quarter"]
DAY = 1440


@dataclass(frozen=True, slots=True)
class Known:
    """An SLO as the ledger knows it. Times are UTC; `last_known` is the end of the last minute with data."""

    id: int
    service: str
    slo: str
    objective: Decimal
    window_minutes: int
    tier: int | None
    owner: str
    unit: str
    first_known: datetime | None
    last_known: datetime | None
    collected: datetime | None

    @property
    def name(self) -> str:
        """`service/slo`."""
        return f"{self.service}/{self.slo}"

    @property
    def budget(self) -> Fraction:
        """The share of events that may be bad."""
        return 1 - Fraction(self.objective) / 100


@dataclass(frozen=True, slots=True)
class Sum:
    """Events and minutes of a stretch of time. `gap` are minutes that are dark or partly known."""

    total: int = 0
    bad: int = 0
    known: int = 0
    gap: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.total + other.total, self.bad + other.bad, self.known + other.known, self.gap + other.gap)

    def __sub__(self, other: Sum) -> Sum:
        return Sum(self.total - other.total, self.bad - other.bad, self.known - other.known, self.gap - other.gap)


@dataclass(frozen=True, slots=True)
class Balance:
    """An SLO's budget over [start, end). `unknown` is the share of its recorded time of which nothing is known.

    `covered` is the share of the window since the ledger's first minute: below 1 the ledger is younger than the window.
    """

    known: Known
    start: datetime
    end: datetime
    sum: Sum
    unknown: float
    covered: float

    @property
    def exact(self) -> Fraction:
        """What is left: 1 untouched, 0 spent, below 0 overspent."""
        allowed = self.sum.total * self.known.budget
        return 1 - Fraction(self.sum.bad) / allowed if allowed else Fraction(1)

    @property
    def remaining(self) -> float:
        """`exact`, rounded to a float."""
        return float(self.exact)

    @property
    def sli(self) -> float | None:
        """The share of good events; None without any."""
        return float(1 - Fraction(self.sum.bad, self.sum.total)) if self.sum.total else None


_COLUMNS = "id, service, name, objective, window_minutes, tier, owner, unit, first_known, last_known, collected"


def slos(connection: psycopg.Connection, service: str | None = None, name: str | None = None) -> list[Known]:
    """The active SLOs of the ledger, by service and name."""
    rows = connection.execute(
        f"select {_COLUMNS} from slo where status = 'active' and (%(s)s::text is null or service = %(s)s)"  # noqa: S608 - a constant
        " and (%(n)s::text is null or name = %(n)s) order by service, name",
        {"s": service, "n": name},
    )
    return [Known(*row) for row in rows]


def window_of(known: Known, end: datetime, calendar: Calendar | None = None, zone: str = "UTC") -> tuple[int, int]:
    """The minutes [start, end) of the SLO's rolling window, or of the calendar's month or quarter so far, in its zone."""
    last = number(end)
    if calendar is None:
        return last - known.window_minutes, last
    local = end.astimezone(ZoneInfo(zone))
    month = local.month if calendar == "month" else (local.month - 1) // 3 * 3 + 1
    return number(local.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)), last


def month_of(year: int, month: int, zone: str) -> tuple[datetime, datetime]:
    """The start of a month and of the next, in a zone."""
    after = (year + month // 12, month % 12 + 1)
    first, last = (datetime(y, m, 1, tzinfo=ZoneInfo(zone)) for y, m in ((year, month), after))
    return first, last


def balances(
    connection: psycopg.Connection,
    known: Iterable[Known],
    now: datetime,
    *,
    calendar: Calendar | None = None,
    zone: str = "UTC",
) -> list[Balance]:
    """The budgets of these SLOs, as of `now`, in few queries however many there are."""
    known = list(known)
    groups: dict[tuple[int, int], list[Known]] = {}
    for one in known:
        groups.setdefault(window_of(one, now, calendar, zone), []).append(one)
    found = {}
    for (start, end), members in groups.items():
        ids = [one.id for one in members]
        sums, out = totals(connection, ids, start, end), excluded_minutes(connection, ids, start, end)
        for one in members:
            found[one.id] = balance_of(one, sums[one.id], start, end, out.get(one.id, set()))
    return [found[one.id] for one in known]


def balance_of(known: Known, total: Sum, start: int, end: int, excluded: Collection[int] = ()) -> Balance:
    """Puts a sum and what is known of its window together.

    Time counts from the first known minute to the last collected one, without what is excluded.
    """
    since = max(start, number(known.first_known)) if known.first_known else end
    until = min(end, number(known.collected)) if known.collected else end
    recorded = max(0, until - since) - sum(since <= minute < until for minute in excluded)
    unknown = max(0.0, 1 - total.known / recorded) if recorded > 0 else float(not total.known)
    covered = max(0, end - since) / (end - start) if end > start else 0.0
    return Balance(known, when(start), when(end), total, unknown, covered)


def totals(connection: psycopg.Connection, slos: list[int], start: int, end: int) -> dict[int, Sum]:
    """Events and minutes of [start, end), for each SLO: whole days, then whole hours, then minutes at the edges."""
    found = dict.fromkeys(slos, Sum())
    if end <= start:
        return found
    first_day, last_day = -(-start // DAY), end // DAY
    spans = [(start, end)]
    if first_day < last_day:
        for slo, *values in connection.execute(
            "select slo_id, sum(total)::bigint, sum(bad)::bigint, sum(known)::bigint, sum(gap)::bigint from day"
            " where slo_id = any(%s) and day >= %s and day < %s group by slo_id",
            (slos, when(first_day * DAY).date(), when(last_day * DAY).date()),
        ):
            found[slo] += Sum(*values)
        for slo, *values in _left_out(connection, slos, first_day * DAY, last_day * DAY):
            found[slo] -= Sum(*values)
        for slo, *values in _hours(connection, ("till",), slos, first_day * DAY, last_day * DAY):
            found[slo] += Sum(*values)
        spans = [(start, first_day * DAY), (last_day * DAY, end)]
    for begin, finish in spans:
        _add_edges(connection, found, slos, begin, finish)
    return found


def _add_edges(connection: psycopg.Connection, found: dict[int, Sum], slos: list[int], start: int, end: int) -> None:
    """Whole hours by their sums, the hours that are cut by their minutes."""
    if end <= start:
        return
    first, last = -(-start // 60) * 60, end // 60 * 60
    cuts = {start // 60, (end - 1) // 60} if first > last else {m // 60 for m in (start, end) if m % 60}
    if first < last:
        for slo, *values in _hours(connection, ("till", "block"), slos, first, last):
            found[slo] += Sum(*values)
        for slo, *values in _left_out(connection, slos, first, last):
            found[slo] -= Sum(*values)
    if not cuts:
        return
    out = excluded_minutes(connection, slos, start, end)
    for slo, hour, payload in _payloads(connection, slos, [hour * 60 for hour in cuts]):
        left_out = out.get(slo, ())
        base = number(hour)
        inside = [
            minute
            for place, minute in enumerate(unpack(payload))
            if start <= base + place < end and base + place not in left_out
        ]
        found[slo] += Sum(*add(inside))


_NEWEST = (
    "(select distinct on (slo_id, hour) * from block where slo_id = any(%(slos)s) and hour >= %(start)s and hour < %(end)s"
    " order by slo_id, hour, revision desc)"
)


def _hours(
    connection: psycopg.Connection, tables: tuple[str, ...], slos: list[int], start: int, end: int
) -> list[tuple[int, int, int, int, int]]:
    found: list[tuple[int, int, int, int, int]] = []
    for table in tables:
        source = "till" if table == "till" else f"{_NEWEST} newest"
        found += connection.execute(
            "select slo_id, sum(total)::bigint, sum(bad)::bigint, sum(known)::bigint, sum(gap)::bigint"  # noqa: S608 - constants
            f" from {source} where slo_id = any(%(slos)s) and hour >= %(start)s and hour < %(end)s group by slo_id",
            {"slos": slos, "start": when(start), "end": when(end)},
        ).fetchall()
    return found


def _left_out(connection: psycopg.Connection, slos: list[int], start: int, end: int) -> list[tuple[int, int, int, int, int]]:
    return connection.execute(
        "select slo_id, sum(total)::bigint, sum(bad)::bigint, sum(known)::bigint, sum(gap)::bigint from left_out"
        " where slo_id = any(%s) and hour >= %s and hour < %s group by slo_id",
        (slos, when(start), when(end)),
    ).fetchall()


def _payloads(connection: psycopg.Connection, slos: list[int], hours: list[int]) -> Iterable[tuple[int, datetime, bytes]]:
    return connection.execute(
        "select slo_id, hour, payload from till where slo_id = any(%(slos)s) and hour = any(%(hours)s) union all"
        " (select distinct on (slo_id, hour) slo_id, hour, payload from block"
        "  where slo_id = any(%(slos)s) and hour = any(%(hours)s) order by slo_id, hour, revision desc)",
        {"slos": slos, "hours": [when(hour) for hour in hours]},
        binary=True,
    )


def minutes(connection: psycopg.Connection, slo: int, start: int, end: int) -> dict[int, Minute]:
    """Every collected minute of [start, end), exclusions or not."""
    found = {}
    hours = [hour * 60 for hour in range(start // 60, -(-end // 60))]
    for _, hour, payload in _payloads(connection, [slo], hours):
        base = number(hour)
        for place, minute in enumerate(unpack(payload)):
            if minute is not None and start <= base + place < end:
                found[base + place] = minute
    return dict(sorted(found.items()))


def days(connection: psycopg.Connection, known: Known, start: int, end: int) -> list[tuple[datetime, Sum]]:
    """Each UTC day of [start, end), from first to last, with its sum, exclusions left out."""
    found = {when(day * DAY): Sum() for day in range(start // DAY, -(-end // DAY))}
    for day, *values in connection.execute(
        "select day, total, bad, known_minutes, gap_minutes from daily"
        " where service = %s and slo = %s and day >= %s and day <= %s",
        (known.service, known.slo, when(start).date(), when(end).date()),
    ):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if at in found:
            found[at] = Sum(*(int(value) for value in values))
    return list(found.items())


def verify(connection: psycopg.Connection) -> list[str]:
    """Replays every closed hour from its minutes and says where a stored sum is another; empty when all agree."""
    wrong = []
    sums: dict[tuple[int, datetime], Sum] = {}
    with connection.transaction(), connection.cursor(name="replay") as cursor:
        cursor.execute(
            "select distinct on (slo_id, hour) slo_id, hour, total, bad, known, gap, payload from block"
            " order by slo_id, hour, revision desc"
        )
        for slo, hour, total, bad, known, gap, payload in cursor:
            replayed = Sum(*add(unpack(payload)))
            if replayed != Sum(total, bad, known, gap):
                wrong.append(
                    f"SLO {slo}, hour {hour:%Y-%m-%d %H:%M}:"
                    f" holds {bad} of {total}, its minutes say {replayed.bad} of {replayed.total}"
                )
            day = hour.replace(hour=0)
            sums[slo, day] = sums.get((slo, day), Sum()) + replayed
    for slo, day, *values in connection.execute("select slo_id, day, total, bad, known, gap from day"):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if sums.pop((slo, at), Sum()) != Sum(*values):
            wrong.append(f"SLO {slo}, day {day}: its sum is not that of its hours")
    wrong += [f"SLO {slo}, day {at:%Y-%m-%d}: has hours and no sum" for slo, at in sums]
    return wrong


def first_of(known: Known, end: datetime) -> datetime:
    """Where a back-fill begins when nothing has been collected: the window's start."""
    return end - timedelta(minutes=known.window_minutes)
