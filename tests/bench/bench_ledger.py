"""The error-budget ledger on a real PostgreSQL and a real Prometheus: collecting, storing, asking, and any order.

- A round of 10,000 SLOs: five minutes of samples of 20,000 series, read from Prometheus and appended.
- The gate among 10,000 SLOs with a month of history: the question inside a process (connecting, policy, balances of a service's
  ten SLOs, verdict), and the whole command, which is mostly Python's start and its imports.
- Ninety days of one-minute intervals of 1,000 SLOs (129.6 million): every balance over ninety days, and one SLO's minutes.
- Random orders: the same intervals in so many orders, repeated and overlapping, must give the same ledger, byte for byte.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from ballast.budget import (
    Endpoint,
    Minute,
    Source,
    append,
    balances,
    collect,
    connect,
    freeze_gate,
    minutes,
    number,
    slos,
    totals,
    verify,
)
from ballast.budget.pack import pack
from ballast.budget.tally import UNKNOWN, add
from ballast.repo import load
from ballast.stack import Postgres, Prometheus, Stack
from tests.bench.figures import Figure

COMMAND = "make bench ARGS=ledger"
POLICY = "version: ballast/v1\nsteps:\n" + "".join(f"  - {{tier: {t}, left: 0, action: freeze}}\n" for t in (1, 2, 3))


def run(quick: bool) -> list[Figure]:
    """All four; `quick` does a tenth of the work and says so."""
    with Stack() as stack, tempfile.TemporaryDirectory() as folder:
        postgres = stack.start(Postgres(stack.directory / "postgres"))
        os.environ["BALLAST_AUDIT_LOG"] = str(Path(folder) / "audit.jsonl")
        return [
            *_round(stack, postgres, Path(folder), 1_000 if quick else 10_000),
            *_ninety_days(postgres, 100 if quick else 1_000),
            *_orders(postgres, 50 if quick else 1_000),
        ]


def _round(stack: Stack, postgres: Postgres, folder: Path, count: int) -> list[Figure]:
    """A round and the gate."""
    _repository(folder, count)
    prometheus = Prometheus(stack.directory / "prometheus")
    end = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=3)
    text = folder / "history.om"
    _history(text, count, end)
    prometheus.backfill(text)
    text.unlink()
    stack.start(prometheus)
    repository, url = load(folder), postgres.schema("round").url
    now = end + timedelta(minutes=1)
    with connect(url, make=True) as connection, Source(Endpoint(prometheus.url)) as source:
        collect(connection, repository, source, start=end - timedelta(minutes=20), end=end - timedelta(minutes=5), now=now)
        began = time.perf_counter()
        collect(connection, repository, source, end=end, now=now)
        took = time.perf_counter() - began
        held = [b.sum for b in balances(connection, slos(connection), end)]
        right = sum(one.known >= 18 and one.bad * 100 == one.total for one in held)
    prometheus.stop()
    assert right >= 0.99 * count, f"{right} of {count} balances are right"
    note = f"{count:,} SLOs, five new minutes and ten read again, catalogue included, load average {os.getloadavg()[0]:.1f}"
    _month(url, end)
    gate_ms, whole = _gate(folder, url, end, count)
    return [
        Figure(f"a round of {count:,} SLOs", took, "s", COMMAND, goal=60, note=note),
        Figure(
            f"the gate among {count:,} SLOs, p99 of 100 questions",
            gate_ms,
            "ms",
            COMMAND,
            goal=100,
            note="connecting to PostgreSQL, policy, ten balances over 30 days, verdict; within a Python process",
        ),
        Figure(
            f"the gate among {count:,} SLOs, whole command",
            whole * 1000,
            "ms",
            COMMAND,
            note="`ballast budget gate`, Python's start and imports included, median of 5",
        ),
    ]


def _month(url: str, end: datetime) -> None:
    """Thirty days before what the round has written: sums of whole days, and the hours at both ends of the window."""
    first = end.replace(hour=0, minute=0) - timedelta(days=31)
    with connect(url) as connection:
        _hours(connection, first, first + timedelta(hours=47))
        _hours(connection, end.replace(hour=0, minute=0) - timedelta(days=1), end.replace(minute=0) - timedelta(hours=2))
        connection.execute(
            "insert into day select s.id, d, 5000000, 300, 1440, 0 from slo s, generate_series(%s::date, %s, '1 day') d"
            " on conflict do nothing",
            (first.date(), end.date() - timedelta(days=1)),
        )
        connection.execute("update slo set first_known = %s", (first,))
        connection.execute("analyze")


def _gate(folder: Path, url: str, end: datetime, count: int) -> tuple[float, float]:
    rng = random.Random(2)
    asked = [
        freeze_gate(f"s{rng.randrange(count // 10)}", root=folder, url=url, now=end, record=False).milliseconds
        for _ in range(100)
    ]
    environment = os.environ | {"BALLAST_LEDGER_URL": url}
    whole = []
    for _ in range(5):
        began = time.perf_counter()
        words = [str(Path(sys.executable).with_name("ballast")), "budget", "gate", "--service", "s1", "--output", "json"]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        whole.append(time.perf_counter() - began)
        assert json.loads(done.stdout)["exit"] == done.returncode
    return sorted(asked)[98], statistics.median(whole)


def _repository(folder: Path, count: int) -> None:
    """Ten SLOs a service."""
    (folder / "alerts/slos").mkdir(parents=True)
    (folder / "alerts/budget-policy.yaml").write_text(POLICY)
    for service in range(count // 10):
        text = f"version: prometheus/v1\nservice: s{service}\nslos:\n"
        for n in range(10):
            sli = f'{{availability: {{metric: http_requests_total, selector: \'service="s{service}",route="/{n}"\'}}}}'
            text += f"  - {{name: r{n}, objective: 99, sli: {sli}}}\n"
        (folder / f"alerts/slos/s{service}.yaml").write_text(text)


def _history(path: Path, count: int, end: datetime) -> None:
    """Twenty-two minutes at every 15 s: 100 requests between two scrapes, one of which fails."""
    stamps = [int(end.timestamp()) - 1320 + n * 15 for n in range(89)]
    with path.open("w") as stream:
        for service in range(count // 10):
            for n in range(10):
                for code, each in (("200", 99), ("500", 1)):
                    labels = f'service="s{service}",route="/{n}",code="{code}",job="bench",instance="i"'
                    stream.writelines(f"http_requests_total{{{labels}}} {each * k} {t}\n" for k, t in enumerate(stamps))
        stream.write("# EOF\n")


def _ninety_days(postgres: Postgres, count: int) -> list[Figure]:
    """Ninety days of hours as the ledger would have written them."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    first = now.replace(hour=0, minute=0) - timedelta(days=91)
    with connect(postgres.schema("ninety").url, make=True) as connection:
        connection.execute(
            "insert into slo (service, name, objective, window_minutes, tier, unit, first_known, last_known)"
            " select 's' || n / 10, 'r' || mod(n, 10), 99.9, 129600, 1, 'events', %s, %s from generate_series(0, %s) n",
            (first, now, count - 1),
        )
        _hours(connection, first, now - timedelta(hours=1))
        connection.execute(
            "insert into day select slo_id, (hour at time zone 'UTC')::date, sum(total), sum(bad), sum(known), sum(gap)"
            " from block group by 1, 2"
        )
        connection.execute("analyze")
        size = _one(connection, "select sum(pg_total_relation_size(inhrelid)) from pg_inherits")
        known = slos(connection)
        now -= timedelta(minutes=23)  # so that both ends cut an hour
        every = _median(lambda: balances(connection, known, now))
        one = _median(lambda: minutes(connection, known[5].id, number(now) - 90 * 1440, number(now)))
        assert len(minutes(connection, known[5].id, number(now) - 90 * 1440, number(now))) >= 90 * 1440 - 120
        assert totals(connection, [known[0].id], number(now) - 90 * 1440, number(now))[known[0].id].known > 120_000
    what = f"{count:,} SLOs × 90 days × 1,440 minutes"
    return [
        Figure(f"every balance over 90 days of {count:,} SLOs", every, "s", COMMAND, goal=1, note=what),
        Figure("all 129,600 minutes of one SLO", one, "s", COMMAND, goal=1, note=what),
        Figure(f"what {count:,} SLOs × 90 days take on disk", size / 1e6, "MB", COMMAND, note="minutes and their index"),
    ]


def _hours(connection: psycopg.Connection, first: datetime, last: datetime) -> None:
    """Closed hours of every SLO, drawn from five hundred different ones."""
    rng = random.Random(9)
    connection.execute("create temporary table sample (id int, total bigint, bad bigint, known int, gap int, payload bytea)")
    with connection.cursor().copy("copy sample from stdin") as copy:
        for n in range(500):
            hour = [_minute(rng) for _ in range(60)]
            copy.write_row((n, *add(hour), pack(list(hour))))
    connection.execute("select months(%s, %s)", (first, last))
    connection.execute(
        "insert into block (slo_id, hour, revision, total, bad, known, gap, payload)"
        " select s.id, h, 1, x.total, x.bad, x.known, x.gap, x.payload from generate_series(%s, %s, interval '1 hour') h"
        " cross join slo s join sample x on x.id = (hashtext(s.id::text || h::text) %% 500 + 500) %% 500",
        (first, last),
    )
    connection.execute("drop table sample")


def _minute(rng: random.Random) -> Minute:
    if rng.random() < 0.001:
        return UNKNOWN
    total = rng.randrange(2_000, 6_000)
    return Minute(total, rng.randrange(4) if rng.random() < 0.2 else 0)


def _orders(postgres: Postgres, count: int) -> list[Figure]:
    """Intervals of 1 to 90 minutes, some twice, some that saw less, over a month's end; each SLO has an order of its own."""
    rng = random.Random(1)
    now = datetime(2026, 11, 3, 12, tzinfo=UTC)
    start = number(datetime(2026, 10, 31, 21, 13, tzinfo=UTC))
    truth = {minute: _minute(rng) for minute in range(start, start + 300)}
    with connect(postgres.schema("orders").url, make=True) as connection:
        connection.execute("set synchronous_commit = off")  # the order is what is measured, not the disk
        connection.execute(
            "insert into slo (service, name, objective, window_minutes, tier, unit)"
            " select 'a', 'b' || n, 99.9, 43200, 1, 'events' from generate_series(1, %s) n order by n",
            (count,),
        )
        orders = [_pieces(rng, truth) for _ in range(count)]
        for step in range(len(orders[0])):
            for first in range(0, count, 50):
                group = {n + 1: orders[n][step] for n in range(first, min(first + 50, count))}
                append(connection, group, now=now - timedelta(hours=rng.randrange(70)))
        append(connection, {}, now=now)
        ledgers: dict[int, list[tuple[object, ...]]] = {}
        columns = "slo_id, hour, total, bad, known, gap, payload"
        newest = f"select distinct on (slo_id, hour) {columns} from block order by slo_id, hour, revision desc"
        for slo, *row in [*connection.execute(newest), *connection.execute("select * from day order by slo_id, day")]:
            ledgers.setdefault(slo, []).append(tuple(row))
        sums = totals(connection, list(range(1, count + 1)), start, start + 300)
        different = sum(ledgers.get(slo) != ledgers[1] or sums[slo] != sums[1] for slo in range(1, count + 1))
        different += len(verify(connection))
        assert sums[1].total == sum(minute.total for minute in truth.values())
    return [
        Figure(f"{count:,} random orders, ledgers that differ", different, "ledgers", COMMAND, goal=0, note="byte for byte")
    ]


def _pieces(rng: random.Random, truth: dict[int, Minute]) -> list[dict[int, Minute]]:
    """All of it in pieces of 50 minutes, and eight more of any length, some of them blind; shuffled."""
    start = min(truth)
    pieces = [{m: truth[m] for m in range(at, at + 50)} for at in range(start, start + 300, 50)]
    for _ in range(8):
        at = rng.randrange(start, start + 300)
        piece = {m: truth[m] for m in range(at, min(at + rng.randrange(1, 90), start + 300))}
        pieces.append(piece if rng.random() < 0.7 else dict.fromkeys(piece, UNKNOWN))
    rng.shuffle(pieces)
    return pieces


def _one(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row
    return int(row[0])


def _median(work: Callable[[], object], turns: int = 5) -> float:
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
