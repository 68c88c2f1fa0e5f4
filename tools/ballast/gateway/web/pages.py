"""`GET /`, `GET /incidents/{number}`, and the same as data at `GET /v1/status`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import jinja2
import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ballast.gateway.overview import incident, overview
from ballast.gateway.promptly import promptly
from ballast.gateway.store import UNAVAILABLE, Store
from ballast.gateway.words import ago, clock

SECONDS = 5.0
"""What PostgreSQL may take to answer."""


def took(row: dict[str, Any]) -> str:
    """How long a delivery took."""
    return "" if row["finished"] is None else f"{row['finished'] - row['received']:.2f} s"


class Pages:
    """The routes. Everything that was sent to us is escaped, and the browser is told to run and load nothing."""

    def __init__(self, store: Store, ready: Callable[[], bool]) -> None:
        self._store = store
        self._ready = ready
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("ballast.gateway.web"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"ago": ago, "clock": clock, "took": took}
        source = self._templates.get_template("style.css").render()
        style = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        self._headers = {
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        self._style = source
        self.routes = [
            Route("/", self.index),
            Route("/incidents/{number:int}", self.one),
            Route("/v1/status", self.status),
        ]

    async def index(self, request: Request) -> Response:
        """What is open, what waits, what was refused, what was sent."""
        return await self._page("index.html", overview(self._store, 50))

    async def one(self, request: Request) -> Response:
        """One incident."""
        return await self._page("incident.html", incident(self._store, min(request.path_params["number"], 2**62)))

    async def status(self, request: Request) -> Response:
        """What `ballast gateway status` shows, as JSON."""
        work = overview(self._store, 100)
        try:
            found = await self._ask(work)
        except (*UNAVAILABLE, TimeoutError):
            return JSONResponse({"error": "the database is not ready"}, 503)
        return Response(orjson.dumps(found.json()), media_type="application/json", headers=self._headers)

    async def _page(self, template: str, work: Coroutine[Any, Any, Any]) -> Response:
        try:
            found = await self._ask(work)
        except (*UNAVAILABLE, TimeoutError):
            return self._html(
                "gone.html", 503, what="PostgreSQL does not answer, so nothing can be shown. Alertmanager's own leg pages."
            )
        if found is None:
            return self._html("gone.html", 404, what="There is no incident of that number.")
        return self._html(template, 200, it=found)

    async def _ask[T](self, work: Coroutine[Any, Any, T]) -> T:
        if not self._ready():
            work.close()
            raise TimeoutError
        return await promptly(work, SECONDS)

    def _html(self, template: str, status: int, **facts: Any) -> Response:
        now = datetime.now(UTC).timestamp()
        text = self._templates.get_template(template).render(style=self._style, now=now, **facts)
        return HTMLResponse(text, status, self._headers)
