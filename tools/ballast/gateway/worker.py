"""Takes rows of the outbox and sends them, in order within a key, until each is delivered or parked."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from pydantic import ValidationError

from ballast.gateway.metrics import Metrics
from ballast.gateway.notification import Notification
from ballast.gateway.pagerduty import Outcome, delay
from ballast.gateway.store import UNAVAILABLE, Job, Store

log = logging.getLogger("ballast.gateway")
POLL_SECONDS = 0.5
"""How often the outbox is asked for rows that other replicas stored or whose time to try again has come."""


class Provider(Protocol):
    """Something that pages people. `send` makes one attempt and never raises for what the other side does."""

    name: str

    async def send(self, notification: Notification, action: str) -> Outcome: ...  # noqa: D102


class Worker:
    """Sends up to `slots` events at once.

    A row is claimed with a lease, sent outside any transaction, then marked; a worker that dies in between leaves a row that is
    sent again under the same key, before any later row of that key. `margin` seconds before its lease ends a row is not sent.
    """

    def __init__(
        self, store: Store, provider: Provider, metrics: Metrics, *, slots: int, lease_seconds: float, margin: float
    ) -> None:
        self._store = store
        self._provider = provider
        self._metrics = metrics
        self._slots = slots
        self._lease = lease_seconds
        self._margin = margin
        self._news = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._closing = False

    def wake(self) -> None:
        """Something was stored: do not wait for the next poll."""
        self._news.set()

    async def run(self) -> None:
        """Work until `close`, then until nothing is due. PostgreSQL may come and go meanwhile."""
        try:
            await self._run()
        finally:
            for task in self._sending:
                task.cancel()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            free = self._slots - len(self._sending)
            claimed = time.monotonic()
            try:
                jobs = await self._store.claim(free, self._lease) if free else []
            except UNAVAILABLE as error:
                log.warning("the outbox cannot be read", extra={"error": str(error)})
                jobs = []
            for job in jobs:
                task = asyncio.create_task(self._handle(job, claimed))
                self._sending.add(task)
                task.add_done_callback(self._done)
            if not jobs or not free:
                if self._closing and not self._sending:
                    return
                await self._wait()

    def close(self) -> None:
        """Let `run` return once nothing is being sent and nothing is due."""
        self._closing = True
        self._news.set()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._news.set()  # the key's next row may go now
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery failed unexpectedly; it is tried again when its lease ends", exc_info=error)

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), POLL_SECONDS)

    async def _handle(self, job: Job, claimed: float) -> None:
        outcome = await self._attempt(job, claimed)
        now = datetime.now(UTC)
        ours, wait = await self._record(job, outcome, claimed)
        labels = (self._provider.name, job.action)
        self._metrics.deliveries.labels(*labels, outcome.result if ours else "lease_lost").inc()
        facts = {
            "outbox": job.id,
            "key": job.dedup_key,
            "action": job.action,
            "attempt": job.attempts,
            "result": outcome.result,
        }
        if outcome.result == "delivered":
            self._metrics.delivery_seconds.labels(*labels).observe(max(0.0, (now - job.received_at).total_seconds()))
            if job.opens:
                since = max(0.0, (now - _began(job)).total_seconds())
                self._metrics.page_seconds.labels(self._provider.name, job.tier).observe(since)
            log.info("delivered", extra=facts)
        else:
            again = {"again_in_seconds": round(wait, 2)} if outcome.result == "retry" else {}
            log.warning("not delivered", extra=facts | again | {"reason": outcome.reason})

    async def _attempt(self, job: Job, claimed: float) -> Outcome:
        try:
            notification = Notification.model_validate(job.payload)
        except ValidationError as error:  # stored by another version: it must not hold up its key for ever
            return Outcome("parked", f"this gateway cannot read it: {error.errors()[0]['msg']}")
        if time.monotonic() - claimed > self._lease - self._margin:  # this process was stopped meanwhile
            return Outcome("retry", "the lease was about to end")
        return await self._provider.send(notification, job.action)

    async def _record(self, job: Job, outcome: Outcome, claimed: float) -> tuple[bool, float]:
        """Write down what came of it, while the lease lasts. Returns whether it was still ours, and the wait before a retry."""
        wait = delay(job.attempts, outcome.retry_after)
        while True:
            try:
                if outcome.result == "retry":
                    return await self._store.postpone(job, wait, outcome.reason), wait
                return await self._store.finish(job, outcome.result, outcome.reason), wait
            except UNAVAILABLE as error:
                if time.monotonic() - claimed > self._lease:
                    log.warning(
                        "an outcome could not be recorded; it is sent again", extra={"outbox": job.id, "error": str(error)}
                    )
                    return False, wait
                await asyncio.sleep(POLL_SECONDS)


def _began(job: Job) -> datetime:
    """When the oldest alert of the group began to fire."""
    notification = Notification.model_validate(job.payload)
    return min(alert.starts_at for alert in notification.firing or notification.alerts)
