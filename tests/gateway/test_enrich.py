"""What a page says besides its alert, and that asking for it never holds the page up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import psycopg
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from typer.testing import CliRunner

from ballast.budget import connect
from ballast.cli import build_app
from ballast.gateway.enrich import Enricher, record_deploy
from ballast.gateway.notification import Notification, parse
from ballast.gateway.providers.pagerduty import event
from ballast.gateway.store import Store
from ballast.repo import CannotRun
from ballast.stack import Postgres, Stack, free_port
from tests.gateway.conftest import Room, webhook
from tests.gateway.rows import accept, claim, run


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A database alone."""
    with Stack() as stack:
        postgres = stack.start(Postgres(stack.directory / "postgres", durable=False))
        yield Room(stack, None, postgres, None)  # type: ignore[arg-type]


def page(**labels: str) -> Notification:
    body = webhook("Enriched")
    body["commonLabels"] = body["commonLabels"] | labels
    return parse(orjson.dumps(body))[0]


def test_a_page_names_recent_deploys(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        now, url = await one.now(), room.postgres.schema(schemas[0]).url
        assert record_deploy(url, "checkout", "1.4.2", at=now - timedelta(minutes=12), by="ada", url="https://ci.example/7")
        assert not record_deploy(url, "checkout", "1.4.2", at=now - timedelta(minutes=12))
        record_deploy(url, "checkout", "1.4.1", at=now - timedelta(hours=5))
        record_deploy(url, "checkout", "1.3.0", at=now - timedelta(days=2))
        record_deploy(url, "catalog", "9.9.9", at=now)
        enricher = Enricher(one, CollectorRegistry(), seconds=5.0)
        said = await enricher.facts(page())
        assert said == {"recent deploys": "1.4.2 12 min ago by ada https://ci.example/7; 1.4.1 5 h ago"}
        assert await enricher.facts(page(service="identity")) == {}
        assert await enricher.facts(page(service="")) == {}
        assert event(page(), "trigger", extra=said)["payload"]["custom_details"]["recent deploys"].startswith("1.4.2")

    schemas: list[str] = []
    with psycopg.connect(room.postgres.url) as connection:
        before = {name for (name,) in connection.execute("select nspname from pg_namespace").fetchall()}

    async def named(one: Store, two: Store) -> None:
        async with one.connection() as connection:
            row = await (await connection.execute("select current_schema()")).fetchone()
            schemas.append(row[0])
        assert schemas[0] not in before
        await body(one, two)

    run(room, named)


def test_a_page_says_what_is_left_of_the_budget(room: Room) -> None:
    url = room.postgres.schema("ledger").url
    with connect(url, make=True) as ledger:
        ledger.execute(
            "insert into slo (service, name, objective, window_minutes, tier, owner, unit, last_known) "
            "values ('checkout', 'availability', 99.9, 43200, 1, 'a', 'event', '2026-11-24T10:20:00Z')"
        )

    async def body(one: Store, two: Store) -> None:
        registry = CollectorRegistry()
        enricher = Enricher(one, registry, ledger_url=url, seconds=5.0)
        try:
            assert (await enricher.facts(page()))["budget left"] == (
                "100.0% of availability (ledger up to 2026-11-24 10:20 UTC)"
            )
            assert "budget left" not in await enricher.facts(page(slo="unknown"))
        finally:
            await enricher.aclose()
        assert 'gateway_enrichment_total{result="told",source="ledger"} 1.0' in generate_latest(registry).decode()

    run(room, body)


def test_what_does_not_answer_in_time_is_left_out(room: Room) -> None:
    """A database that accepts connections and says nothing, and one that is not there."""

    async def body(one: Store, two: Store) -> None:
        silent = await asyncio.start_server(lambda r, w: asyncio.sleep(30), "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        for address in (port, free_port()):
            registry = CollectorRegistry()
            enricher = Enricher(one, registry, ledger_url=f"postgresql://127.0.0.1:{address}/x", seconds=0.15)
            loop = asyncio.get_running_loop()
            began = loop.time()
            answers = [await enricher.facts(page(slo=f"s{n}")) for n in range(5)]
            assert answers == [{}] * 5
            assert loop.time() - began < 5 * 1.0 + 1, "three waits at most, then the breaker is open"
            assert enricher.breakers["ledger"].state != "closed"
            await enricher.aclose()
        silent.close()

    run(room, body)


def test_a_database_without_tables_is_said(room: Room) -> None:
    with pytest.raises(CannotRun, match="no gateway's tables"):
        record_deploy(room.postgres.schema("empty").url, "a", "1", at=datetime.now(UTC))


def test_the_commands_show_events_and_write_down_deploys(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "Shown")
        await accept(one, "Shown", "resolved")
        [job, *_] = await claim(one)
        await one.finish(job, "parked", "400 no such key")

    url = room.postgres.schema(run(room, body)).url

    def ballast(*words: str) -> str:
        told = ["gateway", *words, "--database-url", url]
        done = CliRunner().invoke(build_app("gateway"), told, env={"COLUMNS": "80"}, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    text = ballast("events", "--since", "1h")
    assert [line.split()[3:5] for line in text.splitlines()[1:]] == [["P1", "opened"], ["P1", "resolved"], ["P1", "parked"]]
    assert max(map(len, text.splitlines())) <= 80
    [parked] = json.loads(ballast("events", "--stream", "audit", "--output", "json"))
    assert (parked["kind"], parked["body"]["reason"]) == ("delivery.parked", "400 no such key")
    key = parked["dedup_key"]
    assert len(json.loads(ballast("events", "--key", key[:8], "--waiting", "--output", "json"))) == 3
    assert ballast("events", "--key", "none") == "no events\n"
    assert ballast("deployed", "checkout", "1.4.2", "--at", "2026-11-24T09:00+01:00") == "checkout 1.4.2: written down\n"
    assert ballast("deployed", "checkout", "1.4.2", "--at", "2026-11-24T08:00Z") == "checkout 1.4.2: was known\n"
    for words in (["events", "--since", "soon"], ["events", "--stream", "x"], ["deployed", "a", "1", "--at", "noon"]):
        with pytest.raises(CannotRun, match="--"):
            ballast(*words)
