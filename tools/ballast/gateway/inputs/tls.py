"""Mutual TLS: who a client is by its certificate, which of them may do what, and certificates that are renewed while we run."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ballast.gateway.metrics import Metrics
from ballast.repo import CannotRun

log = logging.getLogger("ballast.gateway")
LOOK_SECONDS = 5.0
"""How often it is looked whether certificates have been renewed."""
SENDING = ("/v1/alertmanager", "/v1/grafana")
CALLBACKS = ("/v1/pagerduty",)
STATE = "client_names"


def client_names(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """The DNS names and URIs (SPIFFE ids) of a certificate as `getpeercert` gives it; its common names where it has none.

    Every client has been verified against our authority before this is asked.
    """
    if not certificate:
        return frozenset()
    named = {str(value) for kind, value in certificate.get("subjectAltName", ()) if kind in ("DNS", "URI")}
    if named:
        return frozenset(named)
    return frozenset(str(value) for part in certificate.get("subject", ()) for name, value in part if name == "commonName")


class NamedClients(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which puts the names of the client into each request's state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Read the certificate."""
        super().connection_made(transport)
        names = client_names(transport.get_extra_info("peercert"))
        self.app_state = {**self.app_state, STATE: names}  # copied into the scope of each request


class Admission:
    """ASGI middleware: `senders` may post alerts, `readers` may look, either may pass on a provider's webhook (which is
    signed). Others are answered with 403 and the names that they showed.
    """

    def __init__(self, app: ASGIApp, senders: frozenset[str], readers: frozenset[str], metrics: Metrics) -> None:
        self._app = app
        self._senders = senders
        self._readers = readers
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            names: frozenset[str] = scope.get("state", {}).get(STATE, frozenset())
            if not names & self._allowed(scope["path"]):
                who = ", ".join(sorted(names)) or "no name"
                self._metrics.rejected.labels("403").inc()
                log.warning("refused", extra={"status": 403, "client": who, "path": scope["path"]})
                reason = f"the certificate is of {who}, which may not use {scope['path']}"
                await JSONResponse({"error": reason}, 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _allowed(self, path: str) -> frozenset[str]:
        if path in SENDING:
            return self._senders
        return self._senders | self._readers if path in CALLBACKS else self._readers


class Certificates:
    """The server's context: TLS 1.2 or newer, a client certificate of our authority required. `watch` takes renewed files over;
    connections that are open keep what they have.
    """

    def __init__(self, cert: str, key: str, clients: str) -> None:
        self._files = tuple(Path(name) for name in (cert, key, clients))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.verify_mode = ssl.CERT_REQUIRED
        try:
            self._seen = self._load()
        except (OSError, ssl.SSLError) as error:
            raise CannotRun(f"the gateway's certificates cannot be used: {error}") from None

    def _load(self) -> tuple[bytes, ...]:
        cert, key, clients = self._files
        now = self._read()
        # First elsewhere: a certificate whose key does not fit would have replaced the old one before that is found out.
        for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):
            context.load_cert_chain(cert, key)
            context.load_verify_locations(clients)
        return now

    def _read(self) -> tuple[bytes, ...]:
        return tuple(path.read_bytes() for path in self._files)

    def renew(self) -> bool:
        """Take over what has changed; whether anything had. Raises OSError or ssl.SSLError, and keeps the old ones then."""
        if self._read() == self._seen:
            return False
        self._seen = self._load()
        return True

    async def watch(self) -> None:
        """Renew from time to time, for ever. A file that cannot be used is said."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if self.renew():
                    log.info("certificates renewed")
            except (OSError, ssl.SSLError) as error:
                log.error("renewed certificates cannot be used", extra={"reason": str(error)})
