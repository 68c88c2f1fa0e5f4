"""The receiver that stands for PagerDuty: Events API v2 with its checks, answers and incident rules, and faults on demand.

Protocol: https://developer.pagerduty.com/docs/events-api-v2-overview. Run it with `python -m ballast.stack.pagerduty_app PORT`.

    POST   /v2/enqueue       an event, as PagerDuty takes it
    GET    /api/incidents    incidents, oldest first, with their history
    GET    /api/calls        every call, with arrival time, answer and effect
    POST   /api/faults       {"kind": "status" | "slow" | "late" | "reset" | "lost", …}: see `Fault`
    DELETE /api/faults       no more faults
    GET    /healthz
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from ballast.stack.ports import LOOPBACK

MAX_BYTES = 512 * 1024
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
Effect = Literal["opened", "updated", "acknowledged", "resolved", "dropped", "rejected", "fault"]


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `count` calls (with all of them where None), or those for one `key` (a dedup key), or
    those of an `agent` (how its User-Agent begins: one leg of two).

    `status` answers that code (400, 429, 5xx; with a Retry-After of `retry_after` seconds where given) and takes no event;
    `slow` waits `seconds` first, and takes no event of a caller who has gone by then; `late` takes it, and answers after
    `seconds`; `reset` resets the connection and takes no event; `lost` takes the event, then resets it.
    """

    kind: Literal["status", "slow", "late", "reset", "lost"]
    status: int = 500
    retry_after: int | None = None
    seconds: float = 0.0
    count: int | None = None
    key: str | None = None
    agent: str = ""


@dataclass(slots=True)
class Call:
    """One call of the API; times are Unix seconds."""

    arrived: float
    event: Any
    status: int = 0
    effect: Effect = "fault"
    incident: int | None = None
    agent: str = ""


@dataclass(slots=True)
class Incident:
    """What a person is paged for. `event` is the latest trigger, `history` the actions applied, with their times."""

    number: int
    routing_key: str
    dedup_key: str
    event: dict[str, Any]
    opened: float
    status: Literal["triggered", "acknowledged", "resolved"] = "triggered"
    resolved: float | None = None
    history: list[tuple[float, str]] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """Every incident and call since the receiver started, and the faults to come."""

    incidents: list[Incident] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def fault(self, key: object, agent: str) -> Fault | None:
        """The first fault for a call with this dedup key by this agent, used up by it."""
        first = next((f for f in self.faults if f.key in (None, key) and agent.startswith(f.agent)), None)
        if first is not None and first.count is not None:
            first.count -= 1
            if first.count <= 0:
                self.faults.remove(first)
        return first

    def apply(self, event: dict[str, Any], now: float) -> tuple[Effect, Incident | None]:
        """PagerDuty's rules: one open incident a key; after a resolve a trigger opens a new one, anything else is dropped."""
        keys = (event["routing_key"], event["dedup_key"])
        action = event["event_action"]
        current = next(
            (i for i in reversed(self.incidents) if (i.routing_key, i.dedup_key) == keys and i.status != "resolved"), None
        )
        effect: Effect
        if current is None:
            if action != "trigger":
                return "dropped", None
            current = Incident(next(self.numbers), *keys, event, now)
            self.incidents.append(current)
            effect = "opened"
        elif action == "trigger":
            current.event = event
            effect = "updated"
        elif action == "acknowledge":
            current.status, effect = "acknowledged", "acknowledged"
        else:
            current.status, effect = "resolved", "resolved"
            current.resolved = now
        current.history.append((now, action))
        return effect, current


def problems(event: Any) -> list[str]:
    """What PagerDuty's documentation does not allow in an event."""
    if not isinstance(event, dict):
        return ["The event must be a JSON object"]
    found = []
    key = event.get("routing_key")
    if not isinstance(key, str) or len(key) != 32:
        found.append("'routing_key' must be a string of 32 characters")
    action = event.get("event_action")
    if action not in ACTIONS:
        found.append(f"'event_action' must be one of {', '.join(ACTIONS)}")
    dedup = event.get("dedup_key")
    if dedup is not None and (not isinstance(dedup, str) or not 0 < len(dedup) <= 255):
        found.append("'dedup_key' must be a string of at most 255 characters")
    if dedup is None and action in ("acknowledge", "resolve"):
        found.append("'dedup_key' is required to acknowledge or resolve")
    if action == "trigger":
        found += _payload_problems(event.get("payload"))
    for name, needed in (("links", "href"), ("images", "src")):
        items = event.get(name) or []
        if not isinstance(items, list) or not all(isinstance(i, dict) and isinstance(i.get(needed), str) for i in items):
            found.append(f"'{name}' must be a list of objects with '{needed}'")
    return found


def _payload_problems(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is required to trigger"]
    found = []
    for name, limit in (("summary", 1024), ("source", None)):
        value = payload.get(name)
        if not isinstance(value, str) or not value or (limit and len(value) > limit):
            found.append(f"'payload.{name}' must be a non-empty string" + (f" of at most {limit} characters" if limit else ""))
    if payload.get("severity") not in SEVERITIES:
        found.append(f"'payload.severity' must be one of {', '.join(SEVERITIES)}")
    texts = ("component", "group", "class")
    found += [f"'payload.{name}' must be a string" for name in texts if not isinstance(payload.get(name, ""), str)]
    if not isinstance(payload.get("custom_details", {}), dict):
        found.append("'payload.custom_details' must be an object")
    try:
        datetime.fromisoformat(payload.get("timestamp") or "2000-01-01T00:00:00Z")
    except (ValueError, TypeError):
        found.append("'payload.timestamp' must be an ISO 8601 time")
    return found


book = Book()
_transports: dict[tuple[str, int], asyncio.Transport] = {}


class _Protocol(H11Protocol):
    """Remembers each connection's transport, so that a fault can reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _transports[transport.get_extra_info("peername")[:2]] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self.transport.get_extra_info("peername")[:2], None)
        super().connection_lost(exc)


def _reset(request: Request) -> Response:
    """Send a TCP reset instead of an answer."""
    client = request.client
    assert client is not None, "uvicorn over TCP always names the client"
    transport = _transports[(client.host, client.port)]
    sock: socket.socket = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    return Response()


async def enqueue(request: Request) -> Response:
    """`POST /v2/enqueue`."""
    body = await request.body()
    call = Call(time.time(), None, agent=request.headers.get("User-Agent", ""))
    book.calls.append(call)
    try:
        call.event = json.loads(body)
        wrong = problems(call.event) if len(body) <= MAX_BYTES else ["The event is larger than 512 KB"]
    except ValueError:
        call.event, wrong = body.decode(errors="replace"), ["The body is not JSON"]
    fault = book.fault(call.event.get("dedup_key") if isinstance(call.event, dict) else None, call.agent)
    if fault is not None:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            if await request.is_disconnected():
                return Response()
        elif fault.kind == "status":
            call.status = fault.status
            return _fault_answer(fault)
        elif fault.kind == "reset":
            return _reset(request)
    if wrong:
        call.status, call.effect = 400, "rejected"
        return JSONResponse(_refusal(wrong), 400)
    event = {**call.event, "dedup_key": call.event.get("dedup_key") or uuid.uuid4().hex}
    call.effect, incident = book.apply(event, time.time())
    call.incident = incident.number if incident else None
    if fault is not None and fault.kind == "lost":
        return _reset(request)
    if fault is not None and fault.kind == "late":
        await asyncio.sleep(fault.seconds)
    call.status = 202
    return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}, 202)


def _fault_answer(fault: Fault) -> Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.status == 429:
        return JSONResponse({"status": "throttle exceeded", "message": "Too many events: retry later"}, 429, headers)
    if fault.status == 400:
        return JSONResponse(_refusal(["refused as asked for"]), 400, headers)
    return JSONResponse({"status": "error", "message": "Internal error"}, fault.status, headers)


def _refusal(wrong: list[str]) -> dict[str, object]:
    return {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}


async def incidents(request: Request) -> Response:
    """`GET /api/incidents`."""
    return JSONResponse([asdict(i) for i in book.incidents])


async def calls(request: Request) -> Response:
    """`GET /api/calls`."""
    return JSONResponse([asdict(c) for c in book.calls])


async def faults(request: Request) -> Response:
    """`POST` adds one, `DELETE` clears them."""
    if request.method == "DELETE":
        book.faults.clear()
    else:
        book.faults.append(Fault(**await request.json()))
    return Response(status_code=204)


async def healthz(request: Request) -> Response:
    """`GET /healthz`."""
    return Response(status_code=204)


app = Starlette(
    routes=[
        Route("/v2/enqueue", enqueue, methods=["POST"]),
        Route("/api/incidents", incidents),
        Route("/api/calls", calls),
        Route("/api/faults", faults, methods=["POST", "DELETE"]),
        Route("/healthz", healthz),
    ]
)

if __name__ == "__main__":
    options = {"log_level": "warning", "access_log": False, "timeout_graceful_shutdown": 1}
    uvicorn.run(app, host=LOOPBACK, port=int(sys.argv[1]), http=_Protocol, **options)  # type: ignore[arg-type]
