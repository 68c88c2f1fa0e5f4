"""The gateway put together: its store, worker and providers, and how things are over HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import orjson
import psycopg
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, wait_exponential_jitter

from ballast.gateway.breaker import Breaker
from ballast.gateway.digest import Digests
from ballast.gateway.enrich import Enricher
from ballast.gateway.inputs.tls import Admission
from ballast.gateway.inputs.webhooks import Webhooks
from ballast.gateway.intake import Intake
from ballast.gateway.limiter import Limiter, PostgresBucket
from ballast.gateway.metrics import Measured, Metrics
from ballast.gateway.notification import Notification
from ballast.gateway.overview import beat
from ballast.gateway.parts import copies, destinations, digest, keys, late, providers, relay
from ballast.gateway.plan import DIGEST
from ballast.gateway.promptly import promptly
from ballast.gateway.sender import Common
from ballast.gateway.settings import VARIABLES, Settings, names
from ballast.gateway.state import Rules
from ballast.gateway.store import UNAVAILABLE, Store
from ballast.gateway.web import Pages
from ballast.gateway.worker import Worker

log = logging.getLogger("ballast.gateway")
READY_SECONDS = 2.0
BEAT_SECONDS = 5.0
"""How often a replica says that it is there."""


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
        self.keys = keys(settings)
        self.providers = providers(settings, self.keys)
        there = [provider.name for provider in self.providers]
        self.digest = digest(settings, there)
        self._tiers = destinations(settings, [*there, DIGEST] if self.digest else there)
        self.relay = relay(settings, self.store, self.metrics)
        self.enricher = Enricher(
            self.store, self.metrics.registry, ledger_url=settings.ledger_url, seconds=settings.enrich_seconds
        )
        self.migrated = False
        webhooks = Webhooks(
            self.store,
            self.intake,
            self.metrics,
            destinations=self.destinations,
            secrets=self.keys.key(VARIABLES["callback_secrets"]),
            ready=lambda: self.migrated,
            wake=self._wake,
            max_bytes=settings.max_bytes,
            store_seconds=settings.store_seconds,
        )
        health = [Route("/metrics", self.show_metrics), Route("/healthz", self.healthz), Route("/readyz", self.readyz)]
        lists = [Route("/v1/deliveries", self.deliveries), Route("/v1/incidents", self.incidents)]
        measured = Middleware(Measured, metrics=self.metrics)
        who = {"senders": frozenset(names(settings.senders)), "readers": frozenset(names(settings.readers))}
        admitted = [Middleware(Admission, metrics=self.metrics, **who)] if settings.tls_cert else []
        self.app = Starlette(
            routes=[*webhooks.routes, *lists, *Pages(self.store, lambda: self.migrated).routes, *health],
            middleware=[measured, *admitted],
            lifespan=self._lifespan,
        )
        self.status_app = Starlette(routes=health, middleware=[measured])
        """Health and metrics alone, for whoever cannot show a certificate."""

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
            enricher=self.enricher,
        )
        self.worker = Worker(self.providers, common, slots=settings.slots, urgent_slots=settings.urgent_slots)
        await self.store.open()
        self.working = asyncio.create_task(self._work())
        chores = [asyncio.create_task(self.intake.run()), asyncio.create_task(self._beat())]
        if self.keys.vault:
            chores.append(asyncio.create_task(self.keys.vault.run()))
        if self.relay:
            chores.append(asyncio.create_task(self._keep("the relay", self.relay.run)))
        if self.digest:
            digests = Digests(self.store, *self.digest, self._wake)
            chores.append(asyncio.create_task(self._keep("digests", digests.run)))
        try:
            yield
        finally:
            self.worker.close()
            done, _ = await asyncio.wait([self.working], timeout=settings.drain_seconds)
            if not done:
                log.warning("not everything that was due could be sent; it stays in the outbox")
            for task in (self.working, *chores):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self.worker.aclose()
            for other in (self.copies, self.late.alertmanagers if self.late else None, self.enricher):
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

    async def _keep(self, what: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run a chore once the tables are there, for ever: whatever it fails on must not end it unseen."""
        while True:
            try:
                while not self.migrated:
                    await asyncio.sleep(0.1)
                await run()
            except Exception:
                log.exception("%s failed unexpectedly, and begins again", what)
                await asyncio.sleep(BEAT_SECONDS)

    def _wake(self) -> None:
        """Something was stored."""
        self.worker.wake()
        if self.relay:
            self.relay.wake()

    # --- Routes -----------------------------------------------------------------------------------------------------

    def destinations(self, notification: Notification) -> tuple[str, ...]:
        """Where the incident of a group is reported, by the providers' names."""
        return self._tiers[notification.tier]

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
            queue = await promptly(self.store.queue(), READY_SECONDS) if self.migrated else None
            lanes = await promptly(self.store.lanes(), READY_SECONDS) if self.migrated else []
            lag = await promptly(self.relay.lag(), READY_SECONDS) if self.migrated and self.relay else None
        except (*UNAVAILABLE, TimeoutError):
            queue, lanes, lag = None, [], None
        self.metrics.observe_queue(queue, lanes)
        if self.relay:
            self.relay.observe(lag)
        self.metrics.observe_breakers(self.breakers())
        self.metrics.observe_vault(self.keys.vault)
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(self.metrics.registry), headers={"Content-Type": kind})

    async def _beat(self) -> None:
        """Tell PostgreSQL, where people look, that this replica is there and what it cannot reach."""
        while True:
            if self.migrated:
                facts = {"breakers": {breaker.name: breaker.state for breaker in self.breakers()}}
                with suppress(*UNAVAILABLE, psycopg.Error, TimeoutError):
                    await promptly(beat(self.store, orjson.dumps(facts).decode()), READY_SECONDS)
            await asyncio.sleep(BEAT_SECONDS if self.migrated else 0.2)

    def breakers(self) -> list[Breaker]:
        """Of every dependency."""
        found = [self.intake.breaker, *self.worker.breakers.values()]
        found += [self.copies.breaker] if self.copies else []
        found += [*([self.relay.breaker] if self.relay else []), *self.enricher.breakers.values()]
        return found + (list(self.late.alertmanagers.breakers.values()) if self.late else [])

    async def healthz(self, request: Request) -> Response:
        """`GET /healthz`: whether this process is worth keeping. Losing PostgreSQL is no reason to restart it."""
        if self.working.done():
            return JSONResponse({"error": "the worker has ended"}, 500)
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """`GET /readyz`: whether a webhook would be stored now."""
        try:
            await promptly(self.store.now(), READY_SECONDS)
        except (*UNAVAILABLE, TimeoutError):
            return JSONResponse({"error": "PostgreSQL does not answer"}, 503)
        if not self.migrated:
            return JSONResponse({"error": "the schema is not up to date yet"}, 503)
        return JSONResponse({"status": "ready"})
