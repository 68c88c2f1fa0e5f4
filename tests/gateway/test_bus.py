"""The bus: schemas and their compatibility, the relay and the consumers against a real broker that goes away and comes back."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, LiteralString

import httpx
import jsonschema
import orjson
import psycopg
import pytest
import yaml
from confluent_kafka import Consumer, KafkaError, Producer
from prometheus_client import CollectorRegistry, generate_latest

from ballast.gateway.bus import AlertEvent, AuditEvent, Consumed, Event, Kafka, Reject, consume, events_of, read
from ballast.gateway.bus.compatible import breaks
from ballast.gateway.bus.files import broken, current
from ballast.gateway.bus.producer import BusProducer
from ballast.gateway.bus.relay import Relay
from ballast.gateway.bus.schema import MAX_BYTES, STREAMS, Unreadable, json_schema, message
from ballast.gateway.store import Store
from ballast.repo import CannotRun
from ballast.stack import Authority, Postgres, Stack, free_port, wait_until
from ballast.stack import Kafka as Broker
from ballast.stack.kafka import jars, java
from tests.gateway.conftest import Room, webhook
from tests.gateway.rows import accept, claim, run, store

ROOT = Path(__file__).parents[2]
PARTITIONS = 3


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A database alone: no gateway is needed here."""
    with Stack() as stack:
        postgres = stack.start(Postgres(stack.directory / "postgres", durable=False))
        yield Room(stack, None, postgres, None)  # type: ignore[arg-type]


# --- Schemas ------------------------------------------------------------------------------------------------------------


def test_the_committed_schemas_are_those_of_this_program() -> None:
    for path, text in current().items():
        assert (ROOT / path).read_text() == text, "run: ballast generate --only alerts/schemas/events"


def test_an_event_of_each_stream_is_what_its_schema_says(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        await accept(one, "Described")
        await accept(one, "Described", "resolved")
        [job] = await claim(one)
        await one.finish(job, "delivered")

    schema = run(room, body)
    rows = events_of(room.postgres.schema(schema).url, since=_long_ago())
    assert {row["stream"] for row in rows} == set(STREAMS)
    for row in rows:
        whole = json.loads(message("here", row["id"], row["body"]))
        jsonschema.validate(whole, json_schema(row["stream"]))
        assert isinstance(read(row["stream"], orjson.dumps(whole)), AlertEvent if row["stream"] == "alerts" else AuditEvent)


def test_what_does_not_fit_into_a_message_is_shortened(room: Room) -> None:
    body = {"schema": "ballast.gateway/1", "title": "x" * 2_000_000, "labels": {f"l{n}": "y" * 10_000 for n in range(500)}}
    text = message("here", 1, body)
    assert len(text) < MAX_BYTES
    assert orjson.loads(text)["clipped"] is True


AUDIT = json_schema("audit")


def _changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    new = json.loads(json.dumps(AUDIT))
    change(new)
    return new  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: None, []),
        (lambda s: s["properties"].update(colour={"type": "string", "default": ""}), []),
        (lambda s: s["properties"]["reason"].update(description="why"), []),
        (lambda s: s["properties"].pop("reason"), ["reason is gone"]),
        (lambda s: s["required"].remove("reason"), ["reason may be missing now"]),
        (lambda s: s["properties"]["attempts"].update(type="string"), ["attempts was integer and is string"]),
        (
            lambda s: s["properties"]["incident"].update(anyOf=[{"type": "integer"}]),
            ["incident was integer or null and is integer"],
        ),
        (lambda s: s["properties"]["tier"]["enum"].append("P5"), ["tier has other values than before"]),
        (lambda s: s["properties"]["kind"].update(pattern="^x"), ["kind has another pattern than before"]),
        (
            lambda s: (s["properties"].update(colour={"type": "string"}), s["required"].append("colour")),
            ["colour is new and may not be missing, but is in no older event"],
        ),
    ],
)
def test_what_breaks_a_reader_is_named(change: Callable[[dict[str, Any]], object], said: list[str]) -> None:
    assert breaks(AUDIT, _changed(change)) == said


def test_a_schema_that_cannot_be_read_is_replaced() -> None:
    assert broken("{", next(iter(current().values()))) == []


@pytest.mark.parametrize(
    ("topic", "value", "said"),
    [
        ("alerts", b"{", "not JSON"),
        ("alerts", b"[]", "valid dictionary"),
        ("alerts", b'{"schema": "ballast.gateway/7"}', "an event of ballast.gateway/7, and this program reads version 1"),
        ("other", b"{}", "no events are known of topic other"),
        ("audit", None, "not JSON"),
    ],
)
def test_what_is_no_event_is_refused(topic: str, value: bytes | None, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(topic, value)


# --- With a broker ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    try:
        java(), jars()
    except CannotRun as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("bus")
    authority = Authority(folder / "authority")
    server = authority.issue("kafka", ["localhost"])
    own = "CONTROLLER://127.0.0.1:{controller},PLAINTEXT://127.0.0.1:{port}"
    settings = {
        "listeners": f"{own},SSL://localhost:{(port := free_port())}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL",
        "ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.certificate.chain": server.cert.read_text(),
        "ssl.keystore.key": server.key.read_text(),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.certificates": server.ca.read_text(),
    }
    made = Broker(folder / "broker", settings)
    made.tls_port, made.client = port, authority.issue("gateway")  # type: ignore[attr-defined]
    made.start()
    made.create_topics("alerts", partitions=PARTITIONS)
    made.create_topics("audit")
    yield made
    made.stop()


class Replica:
    """A relay on a store of its own, in a thread with a loop of its own."""

    def __init__(self, url: str, bootstrap: str, owner: str, **options: float) -> None:
        self.registry = CollectorRegistry()
        self._loop = asyncio.new_event_loop()
        self._url, self._bootstrap, self._owner, self._options = url, bootstrap, owner, options
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._main()), daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    async def _main(self) -> None:
        async with store(self._url, self._owner) as opened:
            self.relay = Relay(opened, Kafka(self._bootstrap), self.registry, **self._options)
            self._task = asyncio.create_task(self.relay.run())
            self._ready.set()
            with suppress(asyncio.CancelledError):
                await self._task

    def stop(self) -> None:
        """As at the end of a gateway."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(60)
        assert not self._thread.is_alive()


def _long_ago() -> Any:
    from datetime import UTC, datetime

    return datetime(2020, 1, 1, tzinfo=UTC)


def _waiting(url: str) -> int:
    return len(events_of(url, since=_long_ago(), waiting=True, limit=100_000))


def _seen(broker: Broker, source: str) -> list[Event]:
    """All events of a database on the topic `alerts`, as they lie there."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker.address,
            "group.id": source,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )
    consumer.subscribe(["alerts"])
    found: list[Event] = []
    ended: set[int | None] = set()

    def all_read() -> bool:
        for one in consumer.consume(1000, 0.2):
            error = one.error()
            if error is None and source.encode() in (one.value() or b""):
                found.append(read("alerts", one.value()))
            elif error is not None and error.code() == KafkaError._PARTITION_EOF:
                ended.add(one.partition())
        return len(ended) == PARTITIONS

    wait_until(all_read, 90, "the ends of the topic's partitions")
    consumer.close()
    return found


def _source(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("select source::text from gateway_bus").fetchone()
        assert row is not None
        return str(row[0])


def _fill(room: Room, names: int, times: int) -> str:
    """A schema with events of some keys; its URL."""

    async def body(one: Store, two: Store) -> None:
        for time in range(times):
            for name in range(names):
                await accept(one, f"Bus{name}", "resolved" if time % 3 == 2 else "firing")

    return room.postgres.schema(run(room, body)).url


def _in_order(events: list[Event]) -> list[str]:
    """The ids by first occurrence; asserts that each key's are in order."""
    first: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.id, event)
    last: dict[str, int] = {}
    for event in first.values():
        number = int(event.id.rpartition(":")[2])
        assert number > last.get(event.dedup_key, 0)
        last[event.dedup_key] = number
    return list(first)


def test_a_kafka_that_dies_costs_delay_and_nothing_else(room: Room, broker: Broker) -> None:
    url = _fill(room, names=6, times=9)
    total = _waiting(url)
    replicas = [Replica(url, broker.address, owner, stall_seconds=1.0) for owner in ("one", "two")]
    try:
        wait_until(lambda: _waiting(url) == 0, 90, "the relay")
        broker.kill()
        asyncio.run(_more(url, 20))
        assert _waiting(url) == 20
        wait_until(lambda: any(replica.relay.breaker.opened for replica in replicas), 90, "a breaker that opens")
        assert _waiting(url) == 20
        broker.start()
        wait_until(lambda: _waiting(url) == 0, 90, "the relay after the broker came back")
    finally:
        for replica in replicas:
            replica.stop()
    seen = _seen(broker, _source(url))
    assert len(_in_order(seen)) == total + 20
    rows = events_of(url, since=_long_ago(), limit=1000)
    assert all(row["relay_offset"] is not None and row["relayed_at"] is not None for row in rows)
    relayed = sum(_value(replica, "gateway_bus_relayed_total") for replica in replicas)
    assert relayed == total + 20


async def _more(url: str, count: int) -> None:
    async with store(url, "more") as opened:
        for number in range(count):
            await accept(opened, f"Bus{number % 6}")


def _value(replica: Replica, name: str) -> float:
    lines = generate_latest(replica.registry).decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + "{"))


def test_a_relay_that_sleeps_past_its_lease_repeats_and_never_reorders(room: Room, broker: Broker) -> None:
    url = _fill(room, names=4, times=6)
    total = _waiting(url)
    with broker.paused():
        first = Replica(url, broker.address, "first", lease_seconds=60.0, stall_seconds=60.0)
        wait_until(lambda: _holder(url) == "first", 60, "the lease")
        with psycopg.connect(url) as connection:  # as if it had slept: its messages are on their way, its lease is over
            connection.execute("update gateway_leases set until = clock_timestamp() - interval '1 second' where name = 'relay'")
        second = Replica(url, broker.address, "second", stall_seconds=60.0)
        wait_until(lambda: _holder(url) == "second", 60, "the other's lease")
    try:
        wait_until(lambda: _waiting(url) == 0, 90, "the relay")
    finally:
        first.stop()
        second.stop()
    assert len(_in_order(_seen(broker, _source(url)))) == total


def _holder(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select owner from gateway_leases where name = 'relay' and until > clock_timestamp()"
        ).fetchone()
        return str(row[0]) if row else ""


def test_a_broker_that_asks_for_a_certificate_is_shown_ours_and_no_other(broker: Broker, tmp_path: Path) -> None:
    """As module kafka's listener: mutual TLS, and the broker's name verified."""
    ours = broker.client  # type: ignore[attr-defined]
    other = Authority(tmp_path / "other", "somebody-else").issue("gateway")
    address = f"localhost:{broker.tls_port}"  # type: ignore[attr-defined]
    good = Kafka(address, str(ours.ca), str(ours.cert), str(ours.key))
    for kafka, arrives in (
        (good, True),
        (Kafka(address, good.ca), False),  # no certificate
        (Kafka(address, good.ca, str(other.cert), str(other.key)), False),  # of another authority
        (Kafka(address, str(other.ca), good.cert, good.key), False),  # a broker that we do not trust
    ):
        producer = BusProducer(kafka)
        sent = producer.send("audit", [("key", b"{}")], threading.Event(), stall_seconds=30.0 if arrives else 1.5)
        assert (sent.waiting == 0) == arrives, sent.error
        producer.throw_away()


def test_lag_is_measured(room: Room) -> None:
    url = _fill(room, names=2, times=2)

    async def ask() -> str:
        registry = CollectorRegistry()
        async with store(url) as opened:
            relay = Relay(opened, Kafka("127.0.0.1:1"), registry)
            relay.observe(await relay.lag())
            known = generate_latest(registry).decode()
            relay.observe(None)
            return known + generate_latest(registry).decode()

    text = asyncio.run(ask())
    assert 'gateway_bus_lag_rows{topic="alerts"} 4.0' in text
    assert 'gateway_bus_lag_rows{topic="audit"} 0.0' in text
    assert 'gateway_bus_lag_rows{topic="alerts"} NaN' in text


# --- Consumers ----------------------------------------------------------------------------------------------------------


def _consumer(
    room: Room, broker: Broker, name: str, only: str, *, break_at: int = 0, stop: threading.Event | None = None
) -> tuple[Consumed, str]:
    """A consumer that counts the events of one database."""
    url = room.postgres.schema(f"consumer_{name}").url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table if not exists effects (event_id text, dedup_key text, place serial)")
    calls = 0

    def handle(connection: psycopg.Connection, event: Event) -> None:
        nonlocal calls
        if not event.id.startswith(only):
            return
        calls += 1
        connection.execute("insert into effects (event_id, dedup_key) values (%s, %s)", (event.id, event.dedup_key))
        if calls == break_at:
            raise ZeroDivisionError
        if isinstance(event, AlertEvent) and event.title == "refuse me":
            raise Reject("as the test wants")

    options = {"auto.offset.reset": "earliest", "session.timeout.ms": 6000}
    return consume(Kafka(broker.address), ["alerts"], name, url, handle, stop=stop, idle_seconds=0.5, config=options), url


def test_each_event_has_one_effect_whatever_happens(room: Room, broker: Broker) -> None:
    """Crashes of the handler, a second member, events that come twice, and messages that are none."""
    source = "c0ffee"
    producer = Producer({"bootstrap.servers": broker.address, "log_level": 0})

    def event(number: int, title: str = "x") -> bytes:
        body = {"schema": "ballast.gateway/1", "kind": "incident.opened", "at": "2026-11-24T10:00:00+00:00", "title": title}
        body |= {"dedup_key": f"k{number % 5}", "incident": 1, "status": "triggered", "tier": "P1", "occurrences": 1}
        return message(source, number, body | {"cause": "webhook", "by": "", "note": "", "inbox": 1})

    for number in range(1, 61):
        producer.produce("alerts", event(number), f"k{number % 5}")
        if number % 4 == 0:  # again, as after a crash of the relay
            producer.produce("alerts", event(number), f"k{number % 5}")
    producer.produce("alerts", b"\xff nonsense", "k1")
    producer.produce("alerts", event(61, "refuse me"), "k1")
    producer.produce("alerts", event(66), "k1")
    producer.flush(90)

    with pytest.raises(ZeroDivisionError):
        _consumer(room, broker, "exact", source, break_at=7)
    threads = [threading.Thread(target=_consumer, args=(room, broker, "exact", source)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    done, url = _consumer(room, broker, "exact", source)
    assert done == Consumed()
    with psycopg.connect(url) as connection:
        effects = connection.execute("select event_id, dedup_key from effects order by place").fetchall()
        dead = connection.execute("select convert_from(key, 'UTF8'), reason from bus_dead order by id").fetchall()
        connection.execute("delete from bus_offsets")  # a replay from the beginning
        connection.commit()
    assert sorted(e for e, _ in effects) == sorted(f"{source}:{n}" for n in (*range(1, 61), 66))
    for key in range(5):
        numbers = [int(e.rpartition(":")[2]) for e, k in effects if k == f"k{key}"]
        assert numbers == sorted(numbers)
    assert [(key, reason[:8]) for key, reason in dead] == [("k1", "not JSON"), ("k1", "as the t")]
    replayed, _ = _consumer(room, broker, "exact", source)
    assert replayed.handled == 0
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from effects").fetchone() == (61,)


def test_a_consumer_survives_its_database(room: Room, broker: Broker) -> None:
    """PostgreSQL drops the connection in the middle: the events come again."""
    url = room.postgres.schema("consumer_cut").url
    seen: list[str] = []

    def handle(connection: psycopg.Connection, event: Event) -> None:
        seen.append(event.id)
        if len(seen) == 3:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))
            connection.execute("select 1")

    done = consume(Kafka(broker.address), ["alerts"], "cut", url, handle, idle_seconds=0.5)
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from bus_done").fetchone()
    assert row is not None
    assert done.handled == row[0] == len(set(seen))


# --- A gateway ----------------------------------------------------------------------------------------------------------


def test_a_gateway_puts_what_it_does_on_the_bus_and_digests_what_can_wait(
    shared_room: Room, broker: Broker, tmp_path: Path
) -> None:
    """A page is told at once and its events go to Kafka; a P4 is told by nobody until its team's digest is due."""
    routing = yaml.safe_load((ROOT / "alerts/routing.yaml").read_text()) | {"digest": {"destinations": ["webhook"]}}
    (tmp_path / "routing.yaml").write_text(yaml.safe_dump(routing))
    options = {"kafka_bootstrap": broker.address, "routing": tmp_path / "routing.yaml", "webhook_url": "http://127.0.0.1:1/"}
    schema = "on_the_bus"
    gateway = shared_room.another(schema, **options, webhook_secret="secret")
    gateway.start()
    url = shared_room.postgres.schema(schema).url
    wait_until(lambda: _rows(url, "select due_at from gateway_digest_runs"), 90, "the first moment")
    assert shared_room.post(webhook("OnTheBus"), gateway).status_code == 200
    waiting = webhook("CanWait")
    waiting["commonLabels"] = waiting["commonLabels"] | {"tier": "P4", "owner": "team-shop"}
    assert shared_room.post(waiting, gateway).status_code == 200
    shared_room.wait_for("OnTheBus", ["opened"])
    wait_until(lambda: len(events_of(url, since=_long_ago())) == 3 and _waiting(url) == 0, 90, "three events on the bus")
    assert {event.kind for event in _seen(broker, _source(url))} == {"incident.opened"}
    assert shared_room.calls("CanWait") == []
    text = httpx.get(f"{gateway.url}/metrics", trust_env=False).text
    assert 'gateway_bus_lag_rows{topic="alerts"} 0.0' in text
    assert 'gateway_breaker_state{dependency="kafka"} 0.0' in text
    gateway.stop()
    _rows(url, "update gateway_digest_runs set due_at = due_at - interval '1 week' returning due_at")
    gateway.start()
    told = (
        "select payload -> 'commonAnnotations' ->> 'summary' from gateway_inbox inbox "
        "join gateway_outbox outbox on outbox.inbox_id = inbox.id where destination = 'webhook'"
    )
    wait_until(lambda: _rows(url, told), 90, "a digest")
    assert _rows(url, told) == [("Digest: 1 new alert for team-shop, 1 still open",)]
    gateway.stop()


def _rows(url: str, statement: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()
