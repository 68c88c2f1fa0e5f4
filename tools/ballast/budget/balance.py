"""What is left of a budget: whole events over a window, exact to the minute, divided last.

allowed = total x (1 - objective); remaining = 1 - bad / allowed. No traffic is no error; minutes of which nothing is known are
counted as unknown and never as good.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
    """An SLO as the ledger knows it. Times are UTC; `last_known` is the end of the last minute with data.

    `calendar` is its own window where that is the calendar's month or quarter; then `window_minutes` is its nominal length.
    """

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
    calendar: Calendar | Literal[""] = ""

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


_COLUMNS = (
    "id, service, name, objective, window_minutes, tier, owner, unit, first_known, last_known, collected,"
    " coalesce(to_jsonb(slo)->>'calendar', '')"  # a ledger that nobody has collected into since may not have the column yet
)


def slos(connection: psycopg.Connection, service: str | None = None, name: str | None = None) -> list[Known]:
    """The active SLOs of the ledger, by service and name."""
    rows = connection.execute(
        f"select {_COLUMNS} from slo where status = 'active' and (%(s)s::text is null or service = %(s)s)"  # noqa: S608 - a constant
        " and (%(n)s::text is null or name = %(n)s) order by service, name",
        {"s": service, "n": name},
    )
    return [Known(*row) for row in rows]


def window_of(known: Known, end: datetime, calendar: Calendar | None = None, zone: str = "UTC") -> tuple[int, int]:
    """The minutes [start, end) of the SLO's own window, or of the calendar's month or quarter so far, in its zone."""
    last = number(end)
    calendar = calendar or known.calendar or None
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
    found: dict[int, Balance] = {}
    for (start, end), members in groups.items():
        found |= {one.known.id: one for one in over(connection, members, start, end)}
    return [found[one.id] for one in known]


def over(connection: psycopg.Connection, known: Collection[Known], start: int, end: int) -> list[Balance]:
    """The budgets of these SLOs over the minutes [start, end)."""
    ids = [one.id for one in known]
    out = excluded_minutes(connection, ids, start, end)
    sums = totals(connection, ids, start, end, out)
    return [balance_of(one, sums[one.id], start, end, out.get(one.id, set())) for one in known]


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


def totals(
    connection: psycopg.Connection,
    slos: list[int],
    start: int,
    end: int,
    excluded: Mapping[int, Collection[int]] | None = None,
) -> dict[int, Sum]:
    """Events and minutes of [start, end), for each SLO: whole days, then whole hours, then minutes at the edges.

    `excluded` are its `excluded_minutes`; they are asked for unless they are given. One query, however many SLOs there are.
    """
    found = dict.fromkeys(slos, Sum())
    if end <= start:
        return found
    if excluded is None:
        excluded = excluded_minutes(connection, slos, start, end)
    for slo, *values, hour, payload in connection.execute(_TOTALS, _spans(slos, start, end), binary=True):
        if payload is None:
            found[slo] += Sum(*values)
            continue
        base, out = number(hour), excluded.get(slo, ())
        held = unpack(payload)
        places = range(max(start - base, 0), min(end - base, 60))
        found[slo] += Sum(*add([held[place] for place in places if base + place not in out]))
    return found


_CUT = "hour < %(first_hour)s or hour >= %(last_hour)s"
_HOUR = (
    f"slo_id, hour, total, bad, known, gap, case when {_CUT} then hour end as cut, case when {_CUT} then payload end as minutes"
)
_TOTALS = (
    "select slo_id, sum(total)::bigint, sum(bad)::bigint, sum(known)::bigint, sum(gap)::bigint, cut,"  # noqa: S608 - constants
    " (array_agg(minutes) filter (where cut is not null))[1]"
    " from ("
    "  select slo_id, total, bad, known, gap, null::timestamptz as cut, null::bytea as minutes from day"
    "   where slo_id = any(%(slos)s) and day >= %(first_date)s and day < %(last_date)s"
    "  union all select slo_id, -total, -bad, -known, -gap, null, null from left_out"
    "   where slo_id = any(%(slos)s) and hour >= %(first_hour)s and hour < %(last_hour)s"
    "  union all select slo_id, total, bad, known, gap, cut, minutes from ("
    f"  select {_HOUR} from till where slo_id = any(%(slos)s) and hour >= %(start)s and hour < %(end)s"
    f"  union all (select distinct on (slo_id, hour) {_HOUR} from block"
    "   where slo_id = any(%(slos)s)"
    "   and (hour >= %(start)s and hour < %(first_day)s or hour >= %(last_day)s and hour < %(end)s)"
    "   order by slo_id, hour, revision desc)"
    "  ) edge"
    " ) whole group by slo_id, cut"
)
"""A row of sums for each SLO, and one for each hour that the window cuts, with its minutes."""


def _spans(slos: list[int], start: int, end: int) -> dict[str, object]:
    """Where the window's hours begin and end, the whole ones among them, and the whole days."""
    first_day, last_day = -(-start // DAY) * DAY, end // DAY * DAY
    if first_day >= last_day:  # no whole day: all of it is edge
        first_day = last_day = -(-end // 60) * 60
    moments = {
        "start": start // 60 * 60,
        "end": -(-end // 60) * 60,
        "first_hour": -(-start // 60) * 60,
        "last_hour": end // 60 * 60,
        "first_day": first_day,
        "last_day": last_day,
    }
    dates = {"first_date": when(first_day).date(), "last_date": when(last_day).date()}
    return {"slos": slos, **{name: when(minute) for name, minute in moments.items()}, **dates}


def minutes(connection: psycopg.Connection, slo: int, start: int, end: int) -> dict[int, Minute]:
    """Every collected minute of [start, end), exclusions or not."""
    found: dict[int, Minute] = {}
    rows = connection.execute(
        "select hour, payload from till where slo_id = %(slo)s and hour >= %(start)s and hour < %(end)s union all"
        " (select distinct on (hour) hour, payload from block"
        "  where slo_id = %(slo)s and hour >= %(start)s and hour < %(end)s order by hour, revision desc) order by hour",
        {"slo": slo, "start": when(start // 60 * 60), "end": when(end)},
        binary=True,
    )
    for hour, payload in rows:
        base = number(hour)
        places = range(max(start - base, 0), min(end - base, 60))
        held = unpack(payload)
        found.update((base + place, minute) for place in places if (minute := held[place]) is not None)
    return found


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
