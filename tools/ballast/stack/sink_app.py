"""A receiver that takes whatever is posted: webhooks, chats, traces by OTLP over HTTP.

Run it with `python -m ballast.stack.sink_app PORT`.

POST   /{any path}       200, remembered
GET    /api/calls        path, headers, body (base64) and answer of each, oldest first
POST   /api/faults       {"status": 500, "count": 2, "retry_after": 1}
DELETE /api/faults
GET    /healthz
"""

from __future__ import annotations

import base64
import sys
import time
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ballast.stack.ports import LOOPBACK

calls: list[dict[str, Any]] = []
faults: list[dict[str, Any]] = []


async def take(request: Request) -> Response:
    """Remember it, and answer 200 or as a fault says."""
    body = await request.body()
    answer = Response(status_code=200)
    if faults:
        fault = faults[0]
        fault["count"] -= 1
        if fault["count"] <= 0:
            faults.pop(0)
        headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
        answer = Response(status_code=fault["status"], headers=headers)
    call = {"arrived": time.time(), "path": request.url.path, "headers": dict(request.headers), "status": answer.status_code}
    calls.append(call | {"body": base64.b64encode(body).decode()})
    return answer


async def show(request: Request) -> Response:
    """`GET /api/calls`."""
    return JSONResponse(calls)


async def fault(request: Request) -> Response:
    """`POST` adds one, `DELETE` clears them."""
    if request.method == "DELETE":
        faults.clear()
    else:
        faults.append({"count": 1} | await request.json())
    return Response(status_code=204)


async def healthz(request: Request) -> Response:
    """`GET /healthz`."""
    return Response(status_code=204)


app = Starlette(
    routes=[
        Route("/api/calls", show),
        Route("/api/faults", fault, methods=["POST", "DELETE"]),
        Route("/healthz", healthz),
        Route("/{path:path}", take, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host=LOOPBACK, port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
