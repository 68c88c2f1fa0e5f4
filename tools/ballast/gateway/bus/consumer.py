"""Consumers of the bus with effects in PostgreSQL that happen exactly once.

The effect of an event, the event's id and the offset after it are written in one transaction. So a crash repeats nothing and
loses nothing, an event that the relay sent twice has one effect, and of two members of a group that both believe they own a
partition (a rebalance while one was paused) the second waits for the first one's lock and finds the work done. Kafka's own
offsets are only told, for those who watch the lag.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ballast.gateway.bus.schema import Event, Unreadable, read
from ballast.gateway.bus.tls import Kafka

if TYPE_CHECKING:
    import psycopg
    from confluent_kafka import Consumer, Message, TopicPartition

log = logging.getLogger("ballast.gateway.bus")
MIGRATIONS = Path(__file__).parent / "migrations"
BATCH = 200
"""Messages in one transaction at most."""
RETRY_SECONDS = 1.0
Handler = Callable[["psycopg.Connection", Event], None]
"""Writes the effect of an event, in the transaction that it is given. It may be called again for one that was rolled back."""


class Reject(Exception):
    """Raised by a handler: the event can never be worked on. It goes to `bus_dead` with this reason, and the next one comes."""


@dataclass(slots=True)
class Consumed:
    """What a consumer has done. `again` counts events that had come before."""

    handled: int = 0
    again: int = 0
    dead: int = 0


def consume(
    kafka: Kafka, topics: Sequence[str], name: str, database_url: str, handle: Handler, *,
    stop: threading.Event | None = None, idle_seconds: float | None = None, config: dict[str, Any] | None = None,
) -> Consumed:  # fmt: skip
    """Call `handle` for each event of the topics, until `stop` is set, or (with `idle_seconds`) until all of this member's
    partitions have been read to their ends and nothing has come for so long.

    `name` is the consumer's: the group in Kafka, and its rows' in the tables `bus_offsets`, `bus_done` and `bus_dead`, which
    are made in the database's schema. Members of the same name share the partitions. Kafka and PostgreSQL may come and go. What
    `handle` raises, other than Reject, is raised here after its transaction was rolled back.
    """
    return _Member(kafka, topics, name, database_url, handle, config or {}).run(stop or threading.Event(), idle_seconds)


class _Member:
    def __init__(
        self, kafka: Kafka, topics: Sequence[str], name: str, url: str, handle: Handler, config: dict[str, Any]
    ) -> None:
        from confluent_kafka import Consumer

        self._name = name
        self._url = url
        self._handle = handle
        self._connection: psycopg.Connection | None = None
        self.done = Consumed()
        settings: dict[str, Any] = {
            "group.id": name,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "session.timeout.ms": 10_000,
            "enable.partition.eof": True,
        }
        self._unread: set[tuple[str, int]] | None = None
        """Partitions of ours that have not been read to their ends; None while it is not settled which are ours."""
        self._consumer: Consumer = Consumer({**kafka.config(), **settings, **config})
        self._consumer.subscribe(list(topics), on_assign=self._assigned, on_revoke=self._revoked)

    def run(self, stop: threading.Event, idle_seconds: float | None) -> Consumed:
        import psycopg

        last = time.monotonic()
        try:
            while not stop.is_set():
                messages = self._read()
                if not messages:
                    if idle_seconds is not None and self._unread == set() and time.monotonic() - last > idle_seconds:
                        break
                    continue
                last = time.monotonic()
                try:
                    self._work(messages)
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    log.warning("PostgreSQL is away, the events come again: %s", str(error).strip())
                    self._disconnect()
                    self._back(messages)
                    stop.wait(RETRY_SECONDS)
        finally:
            self._consumer.close()
            self._disconnect()
        return self.done

    def _read(self) -> list[Message]:
        """What has come; notes which partitions have more."""
        from confluent_kafka import KafkaError

        messages = []
        for one in self._consumer.consume(BATCH, 0.2):
            error = one.error()
            if error is None:
                messages.append(one)
                self._more(*_place(one)[:2])
            elif error.code() != KafkaError._PARTITION_EOF:
                log.warning("the bus says: %s", error.str())
            elif self._unread is not None:
                self._unread.discard((str(one.topic()), one.partition() or 0))
        return messages

    def _more(self, topic: str, partition: int) -> None:
        if self._unread is not None:
            self._unread.add((topic, partition))

    # --- Where a partition goes on ----------------------------------------------------------------------------------

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Go on where the tables say. Kafka's own word counts for nothing: it may be older than they are."""
        import psycopg
        from confluent_kafka import OFFSET_BEGINNING, KafkaException

        for one in partitions:
            while True:
                try:
                    known = self._next(one.topic, one.partition)
                    break
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    self._disconnect()
                    time.sleep(RETRY_SECONDS)
            one.offset = OFFSET_BEGINNING if known is None else known
            if known is None:
                continue
            try:
                low, high = consumer.get_watermark_offsets(one, timeout=10)
            except KafkaException:
                continue
            if known > high:  # the topic is another one than it was
                log.warning("%s/%s ends at %s, before %s: begun again", one.topic, one.partition, high, known)
                self._forget(one.topic, one.partition, low)
                one.offset = low
        consumer.assign(partitions)
        self._unread = {(one.topic, one.partition) for one in partitions}

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._unread = None

    def _next(self, topic: str, partition: int) -> int | None:
        with self._connected().transaction():
            row = self._connected().execute(_NEXT, (self._name, topic, partition)).fetchone()
        return None if row is None else int(row[0])

    def _forget(self, topic: str, partition: int, offset: int) -> None:
        with self._connected().transaction():
            self._connected().execute(_SET, (self._name, topic, partition, offset))

    def _back(self, messages: Sequence[Message]) -> None:
        """Have Kafka give these again."""
        from confluent_kafka import KafkaException, TopicPartition

        first: dict[tuple[str, int], int] = {}
        for one in messages:
            place = _place(one)
            first[place[:2]] = min(first.get(place[:2], place[2]), place[2])
        for (topic, partition), offset in first.items():
            try:
                self._consumer.seek(TopicPartition(topic, partition, offset))
                self._more(topic, partition)
            except KafkaException:  # it is somebody else's by now, who begins where the tables say
                log.info("%s/%s has gone to another member", topic, partition)

    # --- Work -------------------------------------------------------------------------------------------------------

    def _work(self, messages: Sequence[Message]) -> None:
        """One transaction a partition, so that what one holds up does not hold up the others."""
        from confluent_kafka import KafkaException, TopicPartition

        parts: dict[tuple[str, int], list[Message]] = {}
        for one in messages:
            parts.setdefault(_place(one)[:2], []).append(one)
        for (topic, partition), some in parts.items():
            counts = Consumed()
            with self._connected().transaction():
                offset = self._transact(topic, partition, some, counts)
            self.done.handled += counts.handled
            self.done.again += counts.again
            self.done.dead += counts.dead
            try:
                self._consumer.commit(offsets=[TopicPartition(topic, partition, offset)], asynchronous=True)
            except KafkaException as error:
                log.info("Kafka was not told: %s", error)

    def _transact(self, topic: str, partition: int, messages: Sequence[Message], counts: Consumed) -> int:
        connection = self._connected()
        connection.execute(_LOCK, (self._name, topic, partition, _place(messages[0])[2]))
        row = connection.execute(_NEXT + " for update", (self._name, topic, partition)).fetchone()
        assert row is not None, "it was just made"
        following = int(row[0])
        for one in messages:
            offset = _place(one)[2]
            if offset < following:  # another member has done it
                counts.again += 1
                continue
            self._one(connection, topic, partition, one, counts)
            following = offset + 1
        connection.execute(_SET, (self._name, topic, partition, following))
        return following

    def _one(self, connection: psycopg.Connection, topic: str, partition: int, one: Message, counts: Consumed) -> None:
        try:
            event = read(topic, one.value())
            with connection.transaction():
                if connection.execute(_DONE, (self._name, event.id)).rowcount == 0:
                    counts.again += 1
                    return
                self._handle(connection, event)
            counts.handled += 1
        except (Unreadable, Reject) as error:
            connection.execute(_DEAD, (self._name, *_place(one), one.key(), one.value(), str(error)))
            counts.dead += 1

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            import psycopg

            from ballast.stack import migrate

            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
            migrate(self._connection, MIGRATIONS, table="bus_migrations")
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _place(message: Message) -> tuple[str, int, int]:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None, "messages that were read have a place"
    assert partition is not None, "messages that were read have a place"
    assert offset is not None, "messages that were read have a place"
    return topic, partition, offset


_NEXT = "select next_offset from bus_offsets where consumer = %s and topic = %s and partition = %s"
_LOCK = """
insert into bus_offsets (consumer, topic, partition, next_offset) values (%s, %s, %s, %s)
on conflict (consumer, topic, partition) do nothing
"""
_SET = """
insert into bus_offsets (consumer, topic, partition, next_offset) values (%s, %s, %s, %s)
on conflict (consumer, topic, partition) do update set next_offset = excluded.next_offset
"""
_DONE = "insert into bus_done (consumer, event_id) values (%s, %s) on conflict do nothing"
_DEAD = """
insert into bus_dead (consumer, topic, partition, message_offset, key, value, reason) values (%s, %s, %s, %s, %s, %s, %s)
"""
