"""The ledger: the same whatever the order, never changed, added up exactly."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ballast.budget import (
    Correction,
    Minute,
    append,
    balances,
    connect,
    days,
    grant_reader,
    minutes,
    number,
    slos,
    totals,
    verify,
    when,
)
from ballast.budget.connect import MIGRATIONS
from ballast.budget.store import exclude_again
from ballast.budget.tally import DARK, GAP, UNKNOWN
from ballast.repo import CannotRun
from ballast.stack import Postgres, migrate
from tests.budget.conftest import add_slo, moment

NOW = moment("2026-11-24T10:17:00+00:00")
START = number(moment("2026-10-30T21:11:00+00:00"))


def random_minutes(rng: random.Random, start: int, count: int) -> dict[int, Minute]:
    found = {}
    for minute in range(start, start + count):
        total = rng.choice([0, rng.randrange(300), rng.randrange(10**6)])
        found[minute] = UNKNOWN if rng.random() < 0.05 else Minute(total, rng.randrange(total + 1), rng.choice([0, 0, 0, GAP]))
    return found


def state(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    """The newest revision of each hour, open ones too, and the days."""
    columns = "slo_id, hour, total, bad, known, gap, payload"
    closed = f"select distinct on (slo_id, hour) {columns} from block order by slo_id, hour, revision desc"
    rows = connection.execute(f"select * from ({closed}) b union all select * from till order by 1, 2").fetchall()
    return [*rows, *connection.execute("select * from day order by 1, 2").fetchall()]


def test_order_repetition_and_lateness_do_not_matter(ledger: psycopg.Connection, postgres: Postgres) -> None:
    rng = random.Random(5)
    slo = add_slo(ledger)
    truth = random_minutes(rng, START, 400)
    append(ledger, {slo: truth}, now=NOW)
    expected, balance = state(ledger), totals(ledger, [slo], START, START + 400)
    for round_ in range(6):
        name = postgres.schema(f"orders{round_}")
        with connect(name.url, make=True) as other:
            assert add_slo(other) == slo
            pieces = []
            for _ in range(30):
                at = rng.randrange(START, START + 400)
                pieces.append({m: truth[m] for m in range(at, min(at + rng.randrange(1, 90), START + 400))})
            pieces += [{m: truth[m] for m in range(at, min(at + 50, START + 400))} for at in range(START, START + 400, 50)]
            # Somebody saw less of some minutes: it changes nothing, whenever it comes.
            pieces.append(
                {m: Minute(max(0, v.total - 1), 0, v.flags | GAP) for m, v in truth.items() if not v.flags and v.total}
            )
            rng.shuffle(pieces)
            for piece in pieces:
                append(other, {slo: piece}, now=NOW - timedelta(days=rng.randrange(2)))
            append(other, {}, now=NOW)
            assert state(other) == expected
            assert totals(other, [slo], START, START + 400) == balance
            assert verify(other) == []
        name.drop()
    assert sum(v.total for v in truth.values()) == balance[slo].total
    assert append(ledger, {slo: truth}, now=NOW) == 0


def test_any_stretch_is_the_sum_of_its_minutes(ledger: psycopg.Connection) -> None:
    rng = random.Random(11)
    slo, other = add_slo(ledger), add_slo(ledger, "catalog")
    end = number(NOW)
    truth = random_minutes(rng, end - 5000, 4990)
    append(ledger, {slo: truth, other: {end - 30: Minute(7, 7)}}, now=NOW)
    assert minutes(ledger, slo, end - 5000, end) == truth
    ledger.execute(
        'insert into exclusion (service, slos, start, "end", reason, approver, source)'
        " values ('checkout', '{}', %s, %s, 'r', 'a', 's')",
        (when(end - 3000) + timedelta(seconds=1), when(end - 2890) + timedelta(seconds=59)),
    )
    exclude_again(ledger, [slo], end - 3000, end - 2889)
    out = set(range(end - 2999, end - 2890))  # whole minutes only
    for _ in range(60):
        a, b = sorted(rng.choices(range(end - 5100, end + 60), k=2))
        inside = [v for m, v in truth.items() if a <= m < b and m not in out]
        got = totals(ledger, [slo, other], a, b)[slo]
        assert (got.total, got.bad, got.known) == (
            sum(v.total for v in inside),
            sum(v.bad for v in inside),
            sum(v.known for v in inside),
        )
    by_day = days(ledger, slos(ledger, "checkout")[0], end - 5000, end)
    assert sum(one.total for _, one in by_day) == totals(ledger, [slo], end - 5000, end)[slo].total


def test_a_correction_names_what_it_replaces_and_stays(ledger: psycopg.Connection) -> None:
    slo = add_slo(ledger)
    append(ledger, {slo: {START: Minute(10, 9)}}, now=NOW)
    append(ledger, {slo: {START: Minute(10, 0)}}, now=NOW, correction=Correction("ada", "a probe lied"))
    append(ledger, {slo: {START: Minute(10, 9)}}, now=NOW)
    rows = ledger.execute("select revision, supersedes, bad, author, reason from block order by revision").fetchall()
    assert rows == [(1, None, 9, "", ""), (2, 1, 0, "ada", "a probe lied")]
    for statement in ("update block set bad = 0", "delete from block", "truncate block"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            ledger.execute(statement)


def test_a_balance_is_exact_and_says_what_is_unknown(ledger: psycopg.Connection) -> None:
    slo = add_slo(ledger, objective="99.9", days=7)
    end = number(NOW)
    append(ledger, {slo: {end - 200 + m: (Minute(1000, 1) if m % 4 else UNKNOWN) for m in range(1, 200)}}, now=NOW)
    balance = balances(ledger, slos(ledger), NOW)[0]
    assert balance.exact == 0  # one bad of a thousand is the whole budget
    assert balance.sum.gap == 49
    assert balance.unknown == pytest.approx(49 / 199)
    assert balance.covered == pytest.approx(199 / (7 * 1440))
    idle = add_slo(ledger, "idle")
    append(ledger, {idle: {end - 1: Minute(0, 0)}}, now=NOW)
    assert balances(ledger, slos(ledger, "idle"), NOW)[0].remaining == 1


def test_maintenance_and_what_is_not_collected_yet_are_not_unknown(ledger: psycopg.Connection) -> None:
    slo, end = add_slo(ledger), number(NOW)
    truth = {m: Minute(10, 0) for m in range(end - 200, end - 6) if not end - 150 <= m < end - 100}
    truth |= dict.fromkeys(range(end - 150, end - 100), UNKNOWN)
    append(ledger, {slo: truth}, now=NOW)
    ledger.execute("update slo set collected = %s", (when(end - 6),))
    assert balances(ledger, slos(ledger), NOW)[0].unknown == pytest.approx(50 / 194)
    ledger.execute(
        'insert into exclusion (service, slos, start, "end", reason, approver, source)'
        " values ('checkout', '{}', %s, %s, 'r', 'a', 's')",
        (when(end - 160), when(end - 100)),
    )
    exclude_again(ledger, [slo], end - 160, end - 100)
    balance = balances(ledger, slos(ledger), NOW)[0]
    assert (balance.unknown, balance.sum.total) == (0.0, 1340)


def test_months_and_quarters_begin_in_their_zone(ledger: psycopg.Connection) -> None:
    add_slo(ledger)
    month = balances(ledger, slos(ledger), NOW, calendar="month", zone="Europe/Berlin")[0]
    quarter = balances(ledger, slos(ledger), NOW, calendar="quarter", zone="America/New_York")[0]
    assert month.start == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert quarter.start == datetime(2026, 10, 1, 4, tzinfo=UTC)


def test_an_slo_of_a_calendar_month_is_balanced_over_it(ledger: psycopg.Connection) -> None:
    add_slo(ledger)
    ledger.execute("update slo set calendar = 'month'")
    (balance,) = balances(ledger, slos(ledger), NOW, zone="Europe/Berlin")
    assert balance.start == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_a_ledger_without_the_newest_columns_can_be_read(ledger: psycopg.Connection) -> None:
    """Until somebody collects, who may change tables."""
    add_slo(ledger)
    ledger.execute("alter table slo drop column calendar")
    assert slos(ledger)[0].calendar == ""


def test_a_tampered_sum_is_found(ledger: psycopg.Connection) -> None:
    slo = add_slo(ledger)
    append(ledger, {slo: {START: Minute(10, 1)}}, now=NOW)
    ledger.execute("update day set bad = 0")
    assert len(verify(ledger)) == 1


def test_grafana_reads_views_and_writes_nothing(ledger: psycopg.Connection) -> None:
    slo = add_slo(ledger)
    now = datetime.now(UTC)
    append(ledger, {slo: {number(now) - 5: Minute(2000, 1), number(now) - 200: Minute(2000, 1)}}, now=now)
    grant_reader(ledger, "ballast_budget_reader")
    ledger.execute("set role ballast_budget_reader")
    try:
        row = ledger.execute("select total, bad, remaining from budget where service = 'checkout'").fetchone()
        assert row is not None
        assert row[:2] == (4000, 2)
        assert float(row[2]) == pytest.approx(0.5)
        last = ledger.execute("select remaining from burndown order by day desc limit 1").fetchone()
        assert last is not None
        assert float(last[0]) == pytest.approx(0.5)
        assert ledger.execute("select count(*) from hourly").fetchone() == (2,)
        for statement in (
            "insert into till values (1, now(), 1, 1, 1, 1, '')",
            "update slo set objective = 1",
            "delete from day",
            "select * from block",
            "create table mine (x int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ledger.execute(statement)
    finally:
        ledger.execute("reset role")


def test_migrations_are_forward_only(ledger: psycopg.Connection, tmp_path: Path) -> None:
    assert migrate(ledger, MIGRATIONS, table="budget_migrations") == []
    edited = tmp_path / "edited"
    edited.mkdir()
    for file in MIGRATIONS.glob("*.sql"):
        (edited / file.name).write_text(file.read_text() + "-- edited\n")
    with pytest.raises(CannotRun, match="was edited"):
        migrate(ledger, edited, table="budget_migrations")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CannotRun, match="newer"):
        migrate(ledger, empty, table="budget_migrations")


def test_dark_minutes_are_never_good(ledger: psycopg.Connection) -> None:
    slo = add_slo(ledger)
    append(ledger, {slo: {START: Minute(5, 0), START + 1: Minute(0, 0, DARK)}}, now=NOW)
    total = totals(ledger, [slo], START, START + 2)[slo]
    assert (total.known, total.gap) == (1, 1)
