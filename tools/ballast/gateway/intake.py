"""Webhooks that come at the same time are stored in one transaction: each waits for it, and is told about its own."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg

from ballast.gateway.breaker import Breaker
from ballast.gateway.plan import Arrival, Receipt
from ballast.gateway.store import UNAVAILABLE, Store

BATCH = 64
"""Notifications in a transaction. While one is being written, the next gather: a quiet gateway never waits for company."""


class Intake:
    """Feeds the store. `run` it beside the server; `store` raises what the store raises, `breaker.Open`, or TimeoutError."""

    def __init__(self, store: Store, breaker: Breaker) -> None:
        self.breaker = breaker
        self._store = store
        self._waiting: list[tuple[Arrival, asyncio.Future[Receipt]]] = []
        self._news = asyncio.Event()

    async def store(self, arrival: Arrival, seconds: float) -> Receipt:
        """Return once it is committed. After TimeoutError it may be stored all the same, if its transaction had begun."""
        if self.breaker.room() == 0 and self.breaker.state == "open":
            self.breaker.enter()  # raises
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, future))
        self._news.set()
        done, _ = await asyncio.wait([future], timeout=seconds)
        if not done:
            future.cancel()  # if nobody has begun with it, nobody will
            self._waiting = [one for one in self._waiting if one[1] is not future]
            raise TimeoutError
        return future.result()

    async def run(self) -> None:
        """Store what waits, for ever."""
        writing: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._waiting:
                    if len(writing) >= WRITERS:
                        await asyncio.wait(writing, return_when=asyncio.FIRST_COMPLETED)
                    batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                    batch = [(arrival, future) for arrival, future in batch if not future.done()]
                    if batch:
                        task = asyncio.create_task(self._write(batch))
                        writing.add(task)
                        task.add_done_callback(writing.discard)
        finally:
            for task in writing:
                task.cancel()
            for _, future in self._waiting:
                future.cancel()

    async def _write(self, batch: list[tuple[Arrival, asyncio.Future[Receipt]]]) -> None:
        try:
            receipts = await self.breaker.call(lambda: self._store.accept([arrival for arrival, _ in batch]), UNAVAILABLE)
        except psycopg.DataError as error:
            if len(batch) == 1:
                _fail(batch, error)
            else:  # one of them; the others are not to suffer
                for one in batch:
                    await self._write([one])
        except Exception as error:  # each waiter is told; nothing is swallowed
            _fail(batch, error)
        else:
            for (_, future), receipt in zip(batch, receipts, strict=True):
                if not future.done():
                    future.set_result(receipt)


WRITERS = 2
"""Transactions at once. They wait for each other only where they share a key."""


def _fail(batch: list[tuple[Arrival, asyncio.Future[Receipt]]], error: Exception) -> None:
    for _, future in batch:
        with suppress(asyncio.InvalidStateError):
            future.set_exception(error)
