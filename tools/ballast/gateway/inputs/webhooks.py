"""The routes that take something in: `POST /v1/alertmanager`, `/v1/grafana` and `/v1/pagerduty`."""

from __future__ import annotations

import logging
from collections.abc import Callable

import orjson
import psycopg
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ballast.gateway import telemetry
from ballast.gateway.breaker import Open
from ballast.gateway.inputs import pagerduty
from ballast.gateway.intake import Intake
from ballast.gateway.keys import Key
from ballast.gateway.metrics import Metrics
from ballast.gateway.notification import BadNotification, Notification, Source, parse
from ballast.gateway.plan import Arrival
from ballast.gateway.promptly import promptly
from ballast.gateway.settings import names
from ballast.gateway.store import UNAVAILABLE, Store
from ballast.gateway.telemetry import SpanKind

log = logging.getLogger("ballast.gateway")
MAX_CALLBACK = 1024 * 1024


class Webhooks:
    """Reads, checks and stores. `ready` says whether the database may be used, `wake` is called when something was stored."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        metrics: Metrics,
        *,
        destinations: Callable[[Notification], tuple[str, ...]],
        secrets: Key,
        ready: Callable[[], bool],
        wake: Callable[[], None],
        max_bytes: int,
        store_seconds: float,
    ) -> None:
        self._store = store
        self._intake = intake
        self._metrics = metrics
        self._destinations = destinations
        self._secrets = secrets
        self._ready = ready
        self._wake = wake
        self._max_bytes = max_bytes
        self._store_seconds = store_seconds
        self.routes = [
            Route("/v1/alertmanager", self.alertmanager, methods=["POST"]),
            Route("/v1/grafana", self.grafana, methods=["POST"]),
            Route("/v1/pagerduty", self.pagerduty, methods=["POST"]),
        ]

    async def alertmanager(self, request: Request) -> Response:
        """`POST /v1/alertmanager`: 200 once it is stored, 503 when it cannot be (Alertmanager retries), 4xx with the reason
        when it never could be (Alertmanager does not retry).
        """
        return await self._take(request, "alertmanager")

    async def grafana(self, request: Request) -> Response:
        """`POST /v1/grafana`: the same for Grafana's contact point of type webhook."""
        return await self._take(request, "grafana")

    async def _take(self, request: Request, source: Source) -> Response:
        headers = {"traceparent": request.headers.get("traceparent", "")}
        with telemetry.span(f"receive {source}", SpanKind.SERVER, parent=headers) as span:
            try:
                notification, raw = parse(await _body(request, self._max_bytes, "set max_alerts on the receiver"), source)
                if not self._ready():
                    return self._unavailable("the database is not ready")
                arrival = Arrival(notification, raw, source, self._destinations(notification), telemetry.carried())
                receipt = await self._intake.store(arrival, self._store_seconds)
            except BadNotification as error:
                telemetry.failed(span, str(error))
                return self._refused(str(error), error.status)
            except psycopg.DataError as error:
                return self._refused(f"PostgreSQL cannot keep this: {error.diag.message_primary or error}", 422)
            except (*UNAVAILABLE, Open, TimeoutError, psycopg.Error) as error:
                telemetry.failed(span, type(error).__name__)
                return self._unavailable(f"not stored: {type(error).__name__}")
            self._metrics.notifications.labels(notification.status).inc()
            self._metrics.changes.labels(receipt.change).inc()
            self._wake()
            span.set_attributes({"ballast.inbox": receipt.inbox, "ballast.incident": receipt.incident or 0})
            facts = {"inbox": receipt.inbox, "key": receipt.dedup_key, "incident": receipt.incident, "change": receipt.change}
            log.info("stored", extra=facts | {"status": notification.status, "source": source})
            stored = {"stored": receipt.inbox, "dedup_key": receipt.dedup_key, "incident": receipt.incident}
            return Response(orjson.dumps(stored), media_type="application/json")

    async def pagerduty(self, request: Request) -> Response:
        """`POST /v1/pagerduty`: 200 once the event is done (or was, or is about nothing of ours), 401 without a signature of
        ours, 503 when it cannot be stored (PagerDuty retries).
        """
        secrets = names(self._secrets())
        try:
            body = await _body(request, MAX_CALLBACK, "PagerDuty sends less")
            if not secrets:
                return self._unavailable("BALLAST_PAGERDUTY_WEBHOOK_SECRETS is not set, so no signature can be checked")
            if not pagerduty.signed(body, request.headers.get("X-PagerDuty-Signature", ""), secrets):
                return self._refused("X-PagerDuty-Signature is missing or not by a secret of ours", 401)
            said, kind = pagerduty.read(body)
            if said is None:
                self._metrics.callbacks.labels("pagerduty", "ignored").inc()
                return JSONResponse({"result": "ignored", "event_type": kind})
            if not self._ready():
                return self._unavailable("the database is not ready")
            result = await promptly(self._store.called_back(said), self._store_seconds)
        except BadNotification as error:
            return self._refused(str(error), error.status)
        except psycopg.DataError as error:
            return self._refused(f"PostgreSQL cannot keep this: {error.diag.message_primary or error}", 422)
        except (*UNAVAILABLE, TimeoutError, psycopg.Error) as error:
            return self._unavailable(f"not stored: {type(error).__name__}")
        self._metrics.callbacks.labels("pagerduty", result).inc()
        log.info("called back", extra={"event": said.event_id, "kind": said.kind, "key": said.dedup_key, "result": result})
        return JSONResponse({"result": result})

    def _refused(self, reason: str, status: int) -> Response:
        self._metrics.rejected.labels(str(status)).inc()
        log.warning("refused", extra={"status": status, "reason": reason})
        return JSONResponse({"error": reason}, status)

    def _unavailable(self, reason: str) -> Response:
        self._metrics.rejected.labels("503").inc()
        log.error("cannot store", extra={"reason": reason})
        return JSONResponse({"error": reason}, 503)


async def _body(request: Request, limit: int, hint: str) -> bytes:
    """Raises BadNotification when it is larger than `limit` bytes, or when its sender goes away."""
    whole = bytearray()
    try:
        async for chunk in request.stream():
            whole += chunk
            if len(whole) > limit:
                raise BadNotification(f"the body is larger than {limit} bytes: {hint}", 413)
    except ClientDisconnect:
        raise BadNotification("the sender went away before the end of the body", 400) from None
    return bytes(whole)
