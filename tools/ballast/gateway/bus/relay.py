"""Events from PostgreSQL to Kafka: at least once, in order within a key, by one replica at a time.

Unrelayed rows are read by id (in which order one key's are committed), sent, and marked once every replica of the topic has
them. The lease decides who relays; a replica that has lost it may still have messages on their way, and that is harmless:
whoever sends an event has seen all earlier ones of its key on the topic, so the first occurrences of events are in order, and
later ones carry an id that consumers know (`consumer`).

A Kafka that is gone costs delay: rows wait, the breaker opens, and the lease goes to whichever replica can reach it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from psycopg.rows import class_row

from ballast.gateway.breaker import Breaker
from ballast.gateway.bus import statements
from ballast.gateway.bus.producer import BusProducer, Sent
from ballast.gateway.bus.schema import STREAMS, message
from ballast.gateway.bus.tls import Kafka
from ballast.gateway.store import UNAVAILABLE, LeaseLost, Store

log = logging.getLogger("ballast.gateway")
LEASE = "relay"
LEASE_SECONDS = 10.0
STALL_SECONDS = 5.0
"""Without an acknowledgement for so long, another replica shall try."""
POLL_SECONDS = 0.5
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """An event that is not on the bus yet."""

    id: int
    created_at: datetime
    stream: str
    dedup_key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lag:
    """What waits for the bus, of one stream."""

    stream: str
    rows: int
    oldest_seconds: float


class Relay:
    """`run` it beside the gateway; `aclose` ends it. `lag` is what `observe` shows."""

    def __init__(
        self, store: Store, kafka: Kafka, registry: CollectorRegistry, *,
        lease_seconds: float = LEASE_SECONDS, stall_seconds: float = STALL_SECONDS,
    ) -> None:  # fmt: skip
        self.breaker = Breaker("kafka", failures=1, seconds=2.0)
        self._store = store
        self._kafka = kafka
        self._lease_seconds = lease_seconds
        self._stall_seconds = stall_seconds
        self._producer: BusProducer | None = None
        self._stop = threading.Event()
        self._news = asyncio.Event()
        self._source = ""
        self._relayed = Counter("gateway_bus_relayed", "Events acknowledged by Kafka.", ["topic"], registry=registry)
        self._lag_rows = Gauge(
            "gateway_bus_lag_rows", "Events that wait for Kafka; NaN when unknown.", ["topic"], registry=registry
        )
        self._lag_age = Gauge(
            "gateway_bus_lag_oldest_age_seconds", "Age of the oldest of them; NaN when unknown.", ["topic"], registry=registry
        )
        self._leader = Gauge("gateway_bus_leader", "Whether this replica relays.", registry=registry)
        for stream in STREAMS:
            self._relayed.labels(stream)

    def wake(self) -> None:
        """Something was stored."""
        self._news.set()

    async def run(self) -> None:
        """Relay while this replica holds the lease, for ever. The tables must be there."""
        try:
            while True:
                self._news.clear()
                if self.breaker.wait():
                    await asyncio.sleep(self.breaker.wait())
                try:
                    fence = await self._store.lease(LEASE, self._lease_seconds)
                    self._leader.set(fence is not None)
                    busy = fence is not None and await self._round(fence)
                except LeaseLost:
                    self._drop()
                    busy = False
                except UNAVAILABLE as error:
                    self._drop()
                    log.warning("the bus waits for PostgreSQL", extra={"error": str(error)})
                    busy = False
                if not busy:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), POLL_SECONDS)
        finally:
            self._stop.set()
            self._drop()

    async def lag(self) -> list[Lag]:
        """What waits."""
        async with self._store.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Lag))
            await cursor.execute(statements.LAG)
            return list(await cursor.fetchall())

    def observe(self, lag: Sequence[Lag] | None) -> None:
        """Set the gauges; None when PostgreSQL could not be asked."""
        found = {one.stream: one for one in lag or ()}
        for stream in STREAMS:
            one = found.get(stream, Lag(stream, 0, 0.0))
            unknown = lag is None
            self._lag_rows.labels(stream).set(float("nan") if unknown else one.rows)
            self._lag_age.labels(stream).set(float("nan") if unknown else one.oldest_seconds)

    async def _round(self, fence: int) -> bool:
        """A batch of each stream; whether there may be more."""
        busy = False
        for stream in STREAMS:
            rows = await self._take(stream)
            if rows:
                await self._send(stream, rows, fence)
                busy = busy or len(rows) == BATCH
        return busy

    async def _take(self, stream: str) -> list[Row]:
        async with self._store.connection() as connection:
            if not self._source:
                row = await (await connection.execute(statements.SOURCE)).fetchone()
                self._source = row[0]
            cursor = connection.cursor(row_factory=class_row(Row))
            await cursor.execute(statements.TAKE, {"stream": stream, "limit": BATCH})
            return list(await cursor.fetchall())

    async def _send(self, stream: str, rows: list[Row], fence: int) -> None:
        if self._producer is None:
            self._producer = await asyncio.to_thread(BusProducer, self._kafka)
        messages = [(row.dedup_key, message(self._source, row.id, row.body)) for row in rows]
        stop = threading.Event()
        self._stop = stop
        sending = asyncio.create_task(
            asyncio.to_thread(self._producer.send, stream, messages, stop, stall_seconds=self._stall_seconds)
        )
        try:
            while not sending.done():
                await asyncio.wait([sending], timeout=self._lease_seconds / 3)
                if not sending.done() and await self._store.lease(LEASE, self._lease_seconds) != fence:
                    raise LeaseLost(LEASE)
        except BaseException:
            stop.set()
            self._drop()
            raise
        await self._mark(rows, sending.result(), stream, fence)

    async def _mark(self, rows: list[Row], sent: Sent, stream: str, fence: int) -> None:
        placed = [(row, place) for row, place in zip(rows, sent.places, strict=True) if place is not None]
        if placed:
            values = {
                "ids": [row.id for row, _ in placed],
                "ats": [row.created_at for row, _ in placed],
                "partitions": [partition for _, (partition, _) in placed],
                "offsets": [offset for _, (_, offset) in placed],
            }
            async with self._store.fenced(LEASE, fence) as connection:
                await connection.execute(statements.DONE, values)
            self._relayed.labels(stream).inc(len(placed))
        if sent.error:
            self._drop()
            self.breaker.failed()
            log.warning("the bus waits for Kafka", extra={"topic": stream, "waiting": sent.waiting, "reason": sent.error})
            await self._release(fence)
            return
        self.breaker.succeeded()

    async def _release(self, fence: int) -> None:
        """Let another replica try at once."""
        self._leader.set(False)
        async with self._store.connection() as connection:
            await connection.execute(statements.RELEASE, {"name": LEASE, "owner": self._store.owner, "fence": fence})

    def _drop(self) -> None:
        if self._producer is not None:
            self._producer.throw_away()
            self._producer = None
