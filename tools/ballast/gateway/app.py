"""The gateway's HTTP side: take a webhook, store it, answer; and say how things are."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import orjson
import psycopg
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, wait_exponential_jitter

from ballast.gateway.breaker import Breaker, Open
from ballast.gateway.intake import Intake
from ballast.gateway.limiter import Limiter, PostgresBucket
from ballast.gateway.metrics import Measured, Metrics
from ballast.gateway.notification import BadNotification, Notification, parse
from ballast.gateway.parts import copies, late, providers
from ballast.gateway.plan import Arrival
from ballast.gateway.sender import Common
from ballast.gateway.settings import Settings
from ballast.gateway.state import Rules
from ballast.gateway.store import UNAVAILABLE, Store
from ballast.gateway.worker import Worker

log = logging.getLogger("ballast.gateway")
READY_SECONDS = 2.0


class Gateway:
    """One replica: its store, its worker and its HTTP application (`app`)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.copies = copies(settings)
        self.store = Store(
            settings.database_url,
            owner=f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}",
            connections=settings.connections,
            rules=Rules(settings.flap_changes, settings.flap_seconds, settings.direct),
            cache=self.copies,
        )
        self.intake = Intake(self.store, Breaker("postgresql", failures=3, seconds=0.5))
        self.late = late(settings)
        self.migrated = False
        self._abandoned: set[asyncio.Task[Any]] = set()
        self.app = Starlette(
            routes=[
                Route("/v1/alertmanager", self.receive, methods=["POST"]),
                Route("/v1/deliveries", self.deliveries),
                Route("/v1/incidents", self.incidents),
                Route("/metrics", self.show_metrics),
                Route("/healthz", self.healthz),
                Route("/readyz", self.readyz),
            ],
            middleware=[Middleware(Measured, metrics=self.metrics)],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        settings = self.settings
        common = Common(
            self.store,
            self.metrics,
            Limiter(self.copies, PostgresBucket(self.store)),
            self.late,
            lease_seconds=settings.lease_seconds,
            margin=settings.timeout_seconds,
        )
        self.providers = providers(settings)
        self.worker = Worker(self.providers, common, slots=settings.slots, urgent_slots=settings.urgent_slots)
        await self.store.open()
        self.working = asyncio.create_task(self._work())
        storing = asyncio.create_task(self.intake.run())
        try:
            yield
        finally:
            self.worker.close()
            done, _ = await asyncio.wait([self.working], timeout=settings.drain_seconds)
            if not done:
                log.warning("not everything that was due could be sent; it stays in the outbox")
            for task in (self.working, storing):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self.worker.aclose()
            for other in (self.copies, self.late.alertmanagers if self.late else None):
                if other is not None:
                    await other.aclose()
            await self.store.close()

    async def _work(self) -> None:
        """Migrate as soon as PostgreSQL is there, then send."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(UNAVAILABLE),
            wait=wait_exponential_jitter(initial=0.2, max=2.0),
            before_sleep=before_sleep_log(log, logging.WARNING),
        ):
            with attempt:
                for migration in await self.store.migrate():
                    log.info("migrated", extra={"version": migration.version, "migration": migration.name})
        self.migrated = True
        await self.worker.run()

    # --- Routes -----------------------------------------------------------------------------------------------------

    async def receive(self, request: Request) -> Response:
        """`POST /v1/alertmanager`: 200 once it is stored, 503 when it cannot be (Alertmanager retries), 4xx with the reason
        when it never could be (Alertmanager does not retry).
        """
        try:
            notification, raw = parse(await self._body(request))
            if not self.migrated:
                return self._unavailable("the database is not ready")
            arrival = Arrival(notification, raw, "alertmanager", self.destinations(notification))
            receipt = await self.intake.store(arrival, self.settings.store_seconds)
        except BadNotification as error:
            return self._refused(str(error), error.status)
        except psycopg.DataError as error:
            return self._refused(f"PostgreSQL cannot keep this: {error.diag.message_primary or error}", 422)
        except (*UNAVAILABLE, Open, TimeoutError, psycopg.Error) as error:
            return self._unavailable(f"not stored: {type(error).__name__}")
        self.metrics.notifications.labels(notification.status).inc()
        self.metrics.changes.labels(receipt.change).inc()
        self.worker.wake()
        facts = {"inbox": receipt.inbox, "key": receipt.dedup_key, "incident": receipt.incident, "change": receipt.change}
        log.info("stored", extra=facts | {"status": notification.status})
        return JSONResponse({"stored": receipt.inbox, "dedup_key": receipt.dedup_key, "incident": receipt.incident})

    def destinations(self, notification: Notification) -> tuple[str, ...]:
        """Where the incident of a group is reported, by the providers' names."""
        return tuple(provider.name for provider in self.providers)

    async def _body(self, request: Request) -> bytes:
        limit = self.settings.max_bytes
        whole = bytearray()
        try:
            async for chunk in request.stream():
                whole += chunk
                if len(whole) > limit:
                    raise BadNotification(f"the body is larger than {limit} bytes: set max_alerts on the receiver", 413)
        except ClientDisconnect:
            raise BadNotification("the sender went away before the end of the body", 400) from None
        return bytes(whole)

    async def _promptly[T](self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """The result, or TimeoutError after `seconds`. A query that is cancelled first asks PostgreSQL to stop it, and that
        takes long when PostgreSQL hangs: nobody waits for it here.
        """
        task = asyncio.create_task(work)
        done, _ = await asyncio.wait([task], timeout=seconds)
        if done:
            return task.result()
        task.cancel()
        self._abandoned.add(task)
        task.add_done_callback(self._abandoned.discard)
        raise TimeoutError

    def _refused(self, reason: str, status: int) -> Response:
        self.metrics.rejected.labels(str(status)).inc()
        log.warning("refused", extra={"status": status, "reason": reason})
        return JSONResponse({"error": reason}, status)

    def _unavailable(self, reason: str) -> Response:
        self.metrics.rejected.labels("503").inc()
        log.error("cannot store", extra={"reason": reason})
        return JSONResponse({"error": reason}, 503)

    async def deliveries(self, request: Request) -> Response:
        """`GET /v1/deliveries?limit=N`: the newest rows of the outbox, parked ones with their reason."""
        return await self._list(request, self.store.deliveries)

    async def incidents(self, request: Request) -> Response:
        """`GET /v1/incidents?limit=N&all=1`: open incidents, or all of them, newest first."""
        everything = request.query_params.get("all", "") in ("1", "true")
        return await self._list(request, partial(self.store.incidents, everything=everything))

    async def _list(self, request: Request, ask: Callable[[int], Awaitable[list[dict[str, Any]]]]) -> Response:
        text = request.query_params.get("limit", "100")
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 1000:
            return JSONResponse({"error": "limit must be a number from 1 to 1000"}, 400)
        try:
            rows = await ask(int(text)) if self.migrated else None
        except UNAVAILABLE:
            rows = None
        if rows is None:
            return JSONResponse({"error": "the database is not ready"}, 503)
        return Response(orjson.dumps(rows), media_type="application/json")

    async def show_metrics(self, request: Request) -> Response:
        """`GET /metrics`."""
        try:
            queue = await self._promptly(self.store.queue(), READY_SECONDS) if self.migrated else None
            lanes = await self._promptly(self.store.lanes(), READY_SECONDS) if self.migrated else []
        except (*UNAVAILABLE, TimeoutError):
            queue, lanes = None, []
        self.metrics.observe_queue(queue, lanes)
        self.metrics.observe_breakers(self.breakers())
        return Response(generate_latest(self.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    def breakers(self) -> list[Breaker]:
        """Of every dependency."""
        found = [self.intake.breaker, *self.worker.breakers.values()]
        found += [self.copies.breaker] if self.copies else []
        return found + (list(self.late.alertmanagers.breakers.values()) if self.late else [])

    async def healthz(self, request: Request) -> Response:
        """`GET /healthz`: whether this process is worth keeping. Losing PostgreSQL is no reason to restart it."""
        if self.working.done():
            return JSONResponse({"error": "the worker has ended"}, 500)
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """`GET /readyz`: whether a webhook would be stored now."""
        try:
            await self._promptly(self.store.now(), READY_SECONDS)
        except (*UNAVAILABLE, TimeoutError):
            return JSONResponse({"error": "PostgreSQL does not answer"}, 503)
        if not self.migrated:
            return JSONResponse({"error": "the schema is not up to date yet"}, 503)
        return JSONResponse({"status": "ready"})
