"""One lane to one provider: takes rows of its tiers, sends them, in order within a key, until each is delivered or parked."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from ballast.gateway import telemetry
from ballast.gateway.breaker import Breaker
from ballast.gateway.enrich import Enricher
from ballast.gateway.limiter import Limiter
from ballast.gateway.metrics import Metrics
from ballast.gateway.notification import Notification
from ballast.gateway.provider import Message, Outcome, Provider, delay
from ballast.gateway.reconcile import Alertmanagers
from ballast.gateway.store import UNAVAILABLE, Job, Store

log = logging.getLogger("ballast.gateway")
POLL_SECONDS = 0.5
"""How often the outbox is asked for rows that other replicas stored or whose time to try again has come."""
PAUSE_SECONDS = 60.0
"""How long a 429 may keep the whole provider waiting, whatever it asks for; the row itself waits as long as was asked."""


@dataclass(frozen=True, slots=True)
class Late:
    """When a row is late, and what is done then.

    After `seconds` (less than Alertmanager's shortest group_interval, before which no group is resolved on the other leg), or
    when it was stored before this gateway came up or PostgreSQL came back. `hold_seconds` is how long a row waits for an
    Alertmanager that does not answer before it is sent all the same.

    A webhook may itself be late: Alertmanager repeats one that failed, as it was, for ten seconds or more, and one that was
    answered too late has been repeated already. So what tells of alerts that began (or ended) longer ago than `seconds` is
    asked about, too, but a trigger never waits. Tiers in `direct` have a second leg.
    """

    alertmanagers: Alertmanagers
    seconds: float
    hold_seconds: float
    direct: frozenset[str]


@dataclass(slots=True)
class Common:
    """What the lanes share. `epoch`: PostgreSQL's time when this gateway came up or PostgreSQL came back (None: it is gone)."""

    store: Store
    metrics: Metrics
    limiter: Limiter
    late: Late | None
    lease_seconds: float
    margin: float
    epoch: datetime | None = None
    enricher: Enricher | None = None


class Sender:
    """Sends up to `slots` events of some tiers at once; `urgent` lanes may use the whole rate limit.

    A row is claimed with a lease, sent outside any transaction, then marked; a worker that dies in between leaves a row that is
    sent again under the same key, before any later row of that key. `margin` seconds before its lease ends a row is not sent.
    """

    def __init__(
        self, provider: Provider, breaker: Breaker, tiers: tuple[str, ...], slots: int, common: Common, *, urgent: bool
    ) -> None:
        self._provider = provider
        self._breaker = breaker
        self._tiers = tiers
        self._slots = slots
        self._urgent = urgent
        self._common = common
        self._store = common.store
        self._news = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._closing = False
        self._paused_until = 0.0

    def wake(self) -> None:
        """Something was stored: do not wait for the next poll."""
        self._news.set()

    def close(self) -> None:
        """Let `run` return once nothing is being sent and nothing is due."""
        self._closing = True
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
            began = time.monotonic()
            wanted = self._wanted(free)
            jobs = await self._claim(wanted) if wanted else []
            for job in jobs:
                task = asyncio.create_task(self._handle(job, began))
                self._sending.add(task)
                task.add_done_callback(self._done)
            if not jobs or not free:
                if self._closing and not self._sending:
                    return
                await self._wait()

    def _wanted(self, free: int) -> int:
        if time.monotonic() < self._paused_until or (self._sending and free < self._slots // 4):
            return 0
        room = self._breaker.room()
        return free if room is None else min(room, free)

    async def _claim(self, limit: int) -> list[Job]:
        """Rows, as many as the rate limit has room for."""
        common = self._common
        try:
            if common.epoch is None:
                common.epoch = await self._store.now()
            jobs = await self._store.claim(self._provider.name, self._tiers, limit, common.lease_seconds)
            if not jobs:
                return []
            granted = await common.limiter.take(self._provider.name, len(jobs), self._provider.per_minute, urgent=self._urgent)
            for job in jobs[granted:]:
                await self._store.unclaim(job)
            if granted < len(jobs):
                self._paused_until = time.monotonic() + POLL_SECONDS
                common.metrics.throttled.labels(self._provider.name).inc(len(jobs) - granted)
            return jobs[:granted]
        except UNAVAILABLE as error:
            common.epoch = None
            log.warning("the outbox cannot be read", extra={"error": str(error)})
            return []

    def _done(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._news.set()  # the key's next row may go now
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery failed unexpectedly; it is tried again when its lease ends", exc_info=error)

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), POLL_SECONDS)

    async def _handle(self, job: Job, claimed: float) -> None:
        try:
            notification = Notification.model_validate(job.payload)
        except ValidationError as error:  # stored by another version: it must not hold up its key for ever
            reason = f"this gateway cannot read it: {error.errors()[0]['msg']}"
            await self._settle(job, None, Outcome("parked", reason), claimed)
            return
        until = await self._judged(job, notification, claimed)
        if until is None:
            return
        with telemetry.span(
            f"deliver {job.destination}",
            telemetry.SpanKind.CLIENT,
            parent={"traceparent": job.traceparent},
            outbox=job.id,
            action=job.action,
            tier=job.tier,
            attempt=job.attempts,
        ) as span:
            outcome = await self._attempt(
                job, notification, min(until, claimed + self._common.lease_seconds - self._common.margin)
            )
            span.set_attribute("ballast.result", outcome.result)
            if outcome.result != "delivered":
                telemetry.failed(span, outcome.reason)
            await self._settle(job, notification, outcome, claimed)

    # --- Late rows --------------------------------------------------------------------------------------------------

    async def _judged(self, job: Job, notification: Notification, claimed: float) -> float | None:
        """Until when (monotonic) it may be sent. None: it is late, and was skipped or waits for Alertmanager's word."""
        late = self._common.late
        if late is None or notification.source != "alertmanager" or job.action == "acknowledge":
            return math.inf  # Grafana's groups are none of Alertmanager's, and have one leg
        row_is_late = self._is_late(job, late.seconds)
        if not row_is_late and not _is_old(notification, job.action, late.seconds):
            return claimed + late.seconds - job.age_seconds
        asked = time.monotonic()
        verdict = await late.alertmanagers.verdict(notification)
        count = self._common.metrics.late.labels
        only_leg = job.tier not in late.direct
        if verdict == "unknown" and job.action == "trigger" and job.resolved_since and not only_leg:
            verdict = "resolved"  # we know it ourselves
        if (job.action, verdict) == ("trigger", "resolved"):
            reason = "late: the group has been resolved meanwhile"
        elif (job.action, verdict) == ("resolve", "firing") and not (only_leg and job.fires_since):
            reason = "late: the group fires again"  # and what we hold of that, if anything, has been sent
        elif job.action == "resolve" and only_leg:
            reason = ""
        elif verdict == "suppressed" and job.action == "trigger":
            count(job.action, "waits").inc()
            await self._quietly(self._store.postpone(job, 15.0, "late, and silenced or inhibited in Alertmanager", asked=True))
            return None
        elif verdict == "unknown" and (row_is_late or job.action == "resolve") and job.asked_seconds < late.hold_seconds:
            count(job.action, "waits").inc()
            await self._quietly(
                self._store.postpone(job, 2.0, "late, and no Alertmanager can say whether it fires", asked=True)
            )
            return None
        else:
            reason = ""
        if reason:
            await self._skip(job, reason, self._store.skip(job, reason))
            return None
        if verdict == "firing" and not job.opens and await self._overtaken(job):
            reason = "late: a copy of an older webhook, and something newer fires"
            await self._skip(job, reason, self._store.finish(job, "skipped", reason))
            return None
        count(job.action, "sent").inc()
        return asked + late.seconds

    async def _overtaken(self, job: Job) -> bool:
        with suppress(*UNAVAILABLE):
            return await self._store.is_overtaken(job)
        return False  # then it is sent

    async def _skip(self, job: Job, reason: str, done: Awaitable[bool]) -> None:
        self._common.metrics.late.labels(job.action, "skipped").inc()
        log.warning("skipped", extra={"outbox": job.id, "key": job.dedup_key, "action": job.action, "reason": reason})
        await self._quietly(done)

    def _is_late(self, job: Job, seconds: float) -> bool:
        """A clock that was set back makes ages negative: ask then, too."""
        epoch = self._common.epoch
        return not 0.0 <= job.age_seconds <= seconds or epoch is None or job.received_at < epoch

    @staticmethod
    async def _quietly(work: object) -> None:
        with suppress(*UNAVAILABLE):  # the lease ends by itself
            await work  # type: ignore[misc]

    # --- An attempt -------------------------------------------------------------------------------------------------

    async def _attempt(self, job: Job, notification: Notification, until: float) -> Outcome:
        def leave() -> bool:
            return time.monotonic() <= until

        if not leave():  # this process was stopped meanwhile, or is slow
            return Outcome("retry", "the lease was about to end")
        enricher = self._common.enricher
        message = Message(
            notification,
            job.action,
            job.dedup_key,
            job.tier,
            incident_id=job.incident_id,
            merged=job.merged,
            note=job.note,
            outbox_id=job.id,
            extra=await enricher.facts(notification) if enricher and job.action == "trigger" else {},
        )
        if self._breaker.room() == 0:
            return Outcome("retry", "the provider is not asked for a moment")
        self._breaker.enter()
        try:
            outcome = await self._provider.send(message, leave)
        except BaseException:
            self._breaker.leave()
            raise
        if outcome.sick:
            self._breaker.failed(job.dedup_key)
        elif outcome.result == "retry":
            self._breaker.leave()
        else:
            self._breaker.succeeded()
        return outcome

    async def _settle(self, job: Job, notification: Notification | None, outcome: Outcome, claimed: float) -> None:
        now = datetime.now(UTC)
        if outcome.throttled:
            self._paused_until = time.monotonic() + min(outcome.retry_after, PAUSE_SECONDS)
        ours, wait = await self._record(job, outcome, claimed)
        self._count(job, notification, outcome, ours, now)
        facts = {
            "outbox": job.id,
            "incident": job.incident_id,
            "key": job.dedup_key,
            "destination": job.destination,
            "action": job.action,
            "attempt": job.attempts,
            "result": outcome.result,
        }
        if outcome.result == "delivered":
            log.info("delivered", extra=facts)
        else:
            again = {"again_in_seconds": round(wait, 2)} if outcome.result == "retry" else {}
            log.warning("not delivered", extra=facts | again | {"reason": outcome.reason})

    def _count(self, job: Job, notification: Notification | None, outcome: Outcome, ours: bool, now: datetime) -> None:
        metrics, labels = self._common.metrics, (self._provider.name, job.action)
        metrics.deliveries.labels(*labels, outcome.result if ours else "lease_lost").inc()
        if outcome.result == "delivered":
            seen = telemetry.exemplar()
            metrics.delivery_seconds.labels(*labels).observe(max(0.0, (now - job.received_at).total_seconds()), seen)
            if job.opens and notification is not None:
                began = min(alert.starts_at for alert in notification.firing or notification.alerts)
                metrics.page_seconds.labels(self._provider.name, job.tier).observe(
                    max(0.0, (now - began).total_seconds()), seen
                )

    async def _record(self, job: Job, outcome: Outcome, claimed: float) -> tuple[bool, float]:
        """Write down what came of it, while the lease lasts. Returns whether it was still ours, and the wait before a retry."""
        wait = delay(job.attempts, outcome.retry_after)
        while True:
            try:
                if outcome.result == "retry":
                    return await self._store.postpone(job, wait, outcome.reason), wait
                return await self._store.finish(job, outcome.result, outcome.reason), wait
            except UNAVAILABLE as error:
                if time.monotonic() - claimed > self._common.lease_seconds:
                    log.warning(
                        "an outcome could not be recorded; it is sent again", extra={"outbox": job.id, "error": str(error)}
                    )
                    return False, wait
                await asyncio.sleep(POLL_SECONDS)


def _is_old(notification: Notification, action: str, seconds: float) -> bool:
    """Whether the webhook itself is late: its newest alert began (or, for a resolve, ended) longer ago than this, by our clock
    and Prometheus'. One in the future counts as old.
    """
    if action == "resolve":
        newest = max(alert.ends_at or alert.starts_at for alert in notification.alerts)
    else:
        newest = max(alert.starts_at for alert in notification.firing or notification.alerts)
    return not 0.0 <= (datetime.now(UTC) - newest).total_seconds() <= seconds
