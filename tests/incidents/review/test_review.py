"""The review of a month: the ledger and the gateway's incidents in PostgreSQL, and what is proposed of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from ballast import gateway
from ballast.budget import Balance, Known, Line, Minute, Sum, append, connect
from ballast.gateway import incidents_between
from ballast.incidents.review import Page, fields, propose, render_review, review
from ballast.repo import CannotRun, SloFile
from ballast.slo import Compiled, Context, compile_file
from ballast.slo.replay import Candidate, openmetrics
from ballast.stack import Postgres, Stack, migrate

START = datetime(2026, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 3, tzinfo=UTC)
FIRST = int(START.timestamp()) // 60
OUTAGE = FIRST + 9 * 1440 + 600


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A ledger with a month of two SLOs of a team, and the gateway's tables with three pages."""
    with Stack() as stack:
        postgres = stack.start(Postgres(stack.directory / "postgres", durable=False))
        address = postgres.schema("review").url
        with connect(address, make=True) as connection:
            _months(connection)
            migrate(connection, Path(gateway.__file__).parent / "migrations", table="gateway_migrations")
            _incidents(connection)
        yield address


def _months(connection: psycopg.Connection) -> None:
    connection.execute(
        "insert into slo (service, name, objective, window_minutes, tier, owner, unit) values"
        " ('checkout', 'availability', 99, 43200, 1, 'team-payments', 'events'),"
        " ('checkout', 'quiet', 99, 43200, 1, 'team-payments', 'events'),"
        " ('catalog', 'availability', 99, 43200, 2, 'team-shop', 'events')"
    )
    month = range(FIRST, FIRST + 31 * 1440)
    append(
        connection,
        {
            1: {at: Minute(60, 30 if OUTAGE <= at < OUTAGE + 20 else 0) for at in month},
            2: {at: Minute(60, 60 if OUTAGE <= at < OUTAGE + 450 else 0) for at in month},
            3: {at: Minute(60, 0) for at in range(FIRST, FIRST + 1440)},
        },
    )
    connection.execute("update slo set collected = %s", (NOW,))


def _incidents(connection: psycopg.Connection) -> None:
    def incident(number: int, minute: int, length: int, tier: str, answered: bool, **labels: str) -> None:
        opened = datetime.fromtimestamp(minute * 60, UTC)
        connection.execute(
            "insert into gateway_incidents (id, dedup_key, group_key, status, tier, title, labels, opened_at, acknowledged_at,"
            " acknowledged_by, resolved_at) values (%s, %s, 'g', 'resolved', %s, 'a page', %s, %s, %s, 'ada', %s)",
            (
                number,
                f"k{number}",
                tier,
                psycopg.types.json.Json({"owner": "team-payments", **labels}),
                opened,
                opened + timedelta(minutes=2) if answered else None,
                opened + timedelta(minutes=length),
            ),
        )

    slo = {"service": "checkout", "slo": "availability"}
    incident(1, OUTAGE + 3, 25, "P1", answered=True, **slo)
    incident(2, OUTAGE + 5000, 10, "P1", answered=False, **slo)
    incident(3, OUTAGE + 9000, 10, "P2", answered=True, service="checkout", alertname="DiskFull")
    incident(4, OUTAGE + 9000, 10, "P3", answered=True, **slo)


def specs() -> list[Compiled]:
    slo = {"name": "availability", "objective": 99, "sli": {"availability": {"metric": "calls_total"}}}
    return [compile_file(SloFile.model_validate({"version": "prometheus/v1", "service": "checkout", "slos": [slo]}), Context())]


def test_a_month(url: str) -> None:
    incidents = incidents_between(url, START, START + timedelta(days=31))
    with connect(url) as connection:
        made = review(connection, incidents, specs(), Context(), 2026, 10, "UTC", NOW)
    assert [team.team for team in made.teams] == ["team-payments", "team-shop"]
    payments, shop = made.teams
    calm, quiet = payments.slos
    real, false = calm.pages
    # 600 of 60 x 60 x 24 x 31 x 1% = 26,784 allowed failures
    assert real.spent == pytest.approx(600 / 26784)
    assert (real.false, real.acknowledged) == (False, 120)
    assert (false.spent, false.false, false.acknowledged) == (0, True, None)
    assert (calm.false, calm.unanswered, calm.unclear) == (1, 1, 0)
    assert [page.incident for page in payments.other] == [3]
    (tighten,) = calm.proposals
    assert (tighten.kind, tighten.what) == ("tighten", "99% to 99.95%, if users need it")
    assert "2% spent; 99.95% would have spent" in tighten.why
    (mend,) = quiet.proposals
    assert (mend.kind, mend.why) == ("mend", "101% spent, 100% of that on 2 days")
    (measure,) = shop.slos[0].proposals
    assert measure.kind == "measure"

    for text in (render_review(made, "md"), render_review(made, "html")):
        assert "99% to 99.95%" in text
        assert "a page (no SLO)" in text
    assert fields(made)["teams"][0]["slos"][0]["false_pages"] == 1


def test_one_team_and_without_the_gateway(url: str) -> None:
    with connect(url) as connection:
        made = review(connection, None, [], Context(), 2026, 10, "UTC", NOW, team="team-shop")
        assert [team.team for team in made.teams] == ["team-shop"]
        assert "pages are unknown" in render_review(made, "md")
        with pytest.raises(CannotRun, match=r"no SLO of nobody: its teams are team-payments, team-shop"):
            review(connection, None, [], Context(), 2026, 10, "UTC", NOW, team="nobody")


def test_a_route_that_fails_more_than_its_share(url: str, tmp_path: Path) -> None:
    """Nine tenths of the failures in a tenth of the traffic: an SLO of its own."""
    lines = []
    for route, each, bad in (("/pay", 100, 9), ("/basket", 900, 1)):
        for code, rate in (("200", each - bad), ("500", bad)):
            name = f'calls_total{{route="{route}",code="{code}"}}'
            lines += [f"{name} {rate * n} {(OUTAGE + n) * 60}\n" for n in range(120)]
    (tmp_path / "routes.om").write_text("".join(lines) + "# EOF\n")
    with openmetrics(tmp_path / "routes.om") as server, connect(url) as connection:
        made = review(
            connection,
            [],
            specs(),
            Context(),
            2026,
            10,
            "UTC",
            NOW,
            team="team-payments",
            server=server,
            by={"checkout": ["route"]},
        )
    split, _ = made.teams[0].slos[0].proposals
    assert (split.kind, split.what) == ("split", 'give route="/pay" an SLO of its own')
    assert split.why == "90% of the failed events are route=/pay, which is 10% of the traffic"


# --- Proposals from numbers -------------------------------------------------------------------------------------------


def line(bad: int, days: list[float | None], known: int = 43200) -> Line:
    """100,000 events of a 99 % SLO."""
    one = Known(1, "a", "b", Decimal(99), 43200, 1, "t", "events", START, NOW, NOW)
    return Line(Balance(one, START, START + timedelta(days=30), Sum(100_000, bad, known), 0.0, 1.0), days)


def candidate(objective: float, *, proposed: bool = True) -> Candidate:
    return Candidate(objective, None, 0.999, 0.5, 1, 2, 1.0, now=False, proposed=proposed)


@pytest.mark.parametrize(
    ("month", "found", "shares", "kinds"),
    [
        (line(100, [0.1] * 30), [candidate(99.5)], [], ["tighten"]),
        (line(100, [0.1] * 30), [candidate(99)], [], ["keep"]),
        (line(700, [0.7] * 30), [candidate(99.5)], [], ["keep"]),
        (line(1500, [1.5] * 30), [candidate(98)], [], ["loosen"]),
        (line(1500, [1.5] * 30), [candidate(98, proposed=False)], [], ["mend"]),
        (line(1500, [20.0, 15.0, *[0.1] * 28]), [candidate(98)], [], ["mend"]),
        (line(1500, [1.5] * 30), [candidate(98)], [("route", "/pay", 0.9, 0.05)], ["split", "loosen"]),
        (line(700, [0.7] * 30), [], [("route", "/pay", 0.9, 0.5)], ["keep"]),
        (line(1500, [1.5] * 30, known=30000), [], [], ["measure"]),
    ],
)
def test_what_is_proposed(
    month: Line, found: list[Candidate], shares: list[tuple[str, str, float, float]], kinds: list[str]
) -> None:
    assert [one.kind for one in propose(month, [], lambda: found, shares)] == kinds


def test_false_pages_are_a_reason() -> None:
    pages = [Page(n, "x", START, 60.0, 5.0, 0.0, n > 0) for n in range(3)]
    assert [one.kind for one in propose(line(700, [0.7] * 30), pages, list, [])] == ["mend"]
