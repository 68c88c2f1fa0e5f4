"""One small HTTP service with RED metrics and a switch that makes it fail: `python -m ballast.demo.service checkout --port N`.

`PUT /-/fault {"errors": 0.5, "delay": 0.3}` makes that share of requests answer 503 and delays every one by so many seconds;
`DELETE /-/fault` heals. Failures are spread evenly instead of drawn at random, so that a share of 0.5 is exactly every
second request and a run can be repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import uvicorn
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of `http_request_duration_seconds`, in seconds; the latency SLOs' thresholds are among them."""

ROUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "checkout": (("POST", "/cart"), ("POST", "/pay"), ("GET", "/orders")),
    "catalog": (("GET", "/search"), ("GET", "/item")),
    "identity": (("POST", "/login"), ("GET", "/session")),
}
"""Method and path of what each service answers; the load generator goes through them in turn."""

WORK = 0.008
"""Seconds that every request takes when nothing is wrong."""


@dataclass
class Fault:
    """What is wrong with the service now: `errors` the share of requests that fail, `delay` seconds added to each."""

    errors: float = 0.0
    delay: float = 0.0
    _owed: float = 0.0

    def fails(self) -> bool:
        """Whether the next request is one of those that fail."""
        self._owed += self.errors
        if self._owed < 1:
            return False
        self._owed -= 1
        return True


def build(name: str) -> Starlette:
    """The application of the service `name`. Its series exist from the start, failed ones included."""
    registry = CollectorRegistry()
    requests = Counter("http_requests", "Requests answered.", ["service", "route", "method", "code"], registry=registry)
    seconds = Histogram(
        "http_request_duration_seconds", "Time to answer.", ["service", "route"], buckets=BUCKETS, registry=registry
    )
    fault = Fault()

    def handler(method: str, path: str) -> Callable[[Request], Awaitable[Response]]:
        answered = {code: requests.labels(name, path, method, code) for code in ("200", "503")}
        duration = seconds.labels(name, path)

        async def handle(_: Request) -> Response:
            began = time.perf_counter()
            await asyncio.sleep(WORK + fault.delay)
            code = "503" if fault.fails() else "200"
            answered[code].inc()
            duration.observe(time.perf_counter() - began)
            return JSONResponse({"service": name, "ok": code == "200"}, status_code=int(code))

        return handle

    async def set_fault(request: Request) -> Response:
        try:
            body = await request.json()
            errors, delay = float(body.get("errors", 0)), float(body.get("delay", 0))
        except (ValueError, TypeError, AttributeError):
            return JSONResponse({"error": 'send {"errors": share, "delay": seconds}'}, status_code=400)
        if not (0 <= errors <= 1 and 0 <= delay <= 30):
            return JSONResponse({"error": "errors is a share from 0 to 1, delay 0 to 30 seconds"}, status_code=400)
        fault.errors, fault.delay, fault._owed = errors, delay, 0.0
        return JSONResponse({"errors": errors, "delay": delay})

    async def heal(_: Request) -> Response:
        fault.errors = fault.delay = fault._owed = 0.0
        return JSONResponse({"errors": 0.0, "delay": 0.0})

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def healthy(_: Request) -> Response:
        return Response("ok\n")

    return Starlette(
        routes=[
            *(Route(path, handler(method, path), methods=[method]) for method, path in ROUTES[name]),
            Route("/-/fault", set_fault, methods=["PUT"]),
            Route("/-/fault", heal, methods=["DELETE"]),
            Route("/metrics", metrics),
            Route("/healthz", healthy),
        ]
    )


def main() -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m ballast.demo.service", description=__doc__)
    parser.add_argument("name", choices=sorted(ROUTES))
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args()
    disable_created_metrics()  # type: ignore[no-untyped-call]
    uvicorn.run(build(args.name), host="127.0.0.1", port=args.port, log_level="warning", access_log=False, limit_concurrency=64)


if __name__ == "__main__":
    main()
