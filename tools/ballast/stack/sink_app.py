"""A receiver that takes whatever is posted: webhooks, chats, traces by OTLP over HTTP.

Run it with `python -m ballast.stack.sink_app PORT`.

POST   /{any path}       200, remembered
GET    /api/calls        path, headers, body (base64) and answer of each, oldest first
/api/faults, /healthz    see `refusals`
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
from ballast.stack.refusals import Refusals

calls: list[dict[str, Any]] = []
refusals = Refusals()


async def take(request: Request) -> Response:
    """Remember it, and answer 200 or as a fault says."""
    body = await request.body()
    status, headers = refusals.next() or (200, {})
    answer = Response(status_code=status, headers=headers)
    call = {"arrived": time.time(), "path": request.url.path, "headers": dict(request.headers), "status": answer.status_code}
    calls.append(call | {"body": base64.b64encode(body).decode()})
    return answer


async def show(request: Request) -> Response:
    """`GET /api/calls`."""
    return JSONResponse(calls)


app = Starlette(
    routes=[
        Route("/api/calls", show),
        *refusals.routes,
        Route("/{path:path}", take, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host=LOOPBACK, port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
