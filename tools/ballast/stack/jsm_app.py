"""The receiver that stands for Jira Service Management (and Opsgenie): its alert API, its checks and answers, faults on demand.

Protocol: https://docs.opsgenie.com/docs/alert-api. A request is taken with 202 and done afterwards (here at once); what came of
it is asked for by the request's id. Run it with `python -m ballast.stack.jsm_app PORT`.
With a fate a request's outcome is not known for `unseen` questions, or it fails.

    POST   /v2/alerts                                          create, or one more of an open alert with this alias
    POST   /v2/alerts/{alias}/close|acknowledge?identifierType=alias
    GET    /v2/alerts/requests/{id}                            what came of a request
    GET    /api/alerts, /api/calls                             alerts and calls, oldest first
    POST   /api/fates                                          {"unseen": 2, "fails": "why"}: of the next request
    /api/faults, /healthz                                      see `refusals`
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ballast.stack.ports import LOOPBACK
from ballast.stack.refusals import Refusals

LIMITS = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100, "user": 100, "note": 25_000}
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")

alerts: list[dict[str, Any]] = []
calls: list[dict[str, Any]] = []
refusals = Refusals()
requests: dict[str, dict[str, Any]] = {}
fates: list[dict[str, Any]] = []


def problems(body: Any, *, creating: bool) -> dict[str, str]:
    """Field -> what the documentation does not allow about it."""
    if not isinstance(body, dict):
        return {"body": "must be a JSON object"}
    found = {
        name: f"must be text of at most {limit} characters"
        for name, limit in LIMITS.items()
        if name in body and (not isinstance(body[name], str) or len(body[name]) > limit)
    }
    if not creating:
        return found
    if not body.get("message"):
        found["message"] = "can not be empty"
    if body.get("priority", "P3") not in PRIORITIES:
        found["priority"] = "must be one of P1, P2, P3, P4, P5"
    tags = body.get("tags", [])
    if not isinstance(tags, list) or len(tags) > 20 or not all(isinstance(tag, str) and len(tag) <= 50 for tag in tags):
        found["tags"] = "must be at most 20 texts of at most 50 characters"
    details = body.get("details", {})
    if not isinstance(details, dict) or not all(isinstance(value, str) for value in details.values()):
        found["details"] = "must be an object of texts"
    elif sum(len(key) + len(value) for key, value in details.items()) > 8_000:
        found["details"] = "must have at most 8000 characters in all"
    return found


def _answer(status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse({"message": message, "took": 0.001, "requestId": str(uuid.uuid4()), **more}, status, headers)


async def act(request: Request) -> Response:
    """Create, close or acknowledge."""
    verb = request.path_params.get("verb", "create")
    call = {"arrived": time.time(), "verb": verb, "alias": request.path_params.get("alias"), "status": 0, "body": None}
    call["traceparent"] = request.headers.get("traceparent", "")
    calls.append(call)
    raw = await request.body()
    answer = _taken(request, verb, raw, call)
    call["status"] = answer.status_code
    return answer


def _taken(request: Request, verb: str, raw: bytes, call: dict[str, Any]) -> Response:
    if refused := refusals.next():
        status, headers = refused
        if status == 429:
            return _answer(429, "You are making too many requests!", headers | {"X-RateLimit-State": "THROTTLED"})
        return _answer(status, "Internal error" if status >= 500 else "refused as asked for", headers)
    if not request.headers.get("Authorization", "").startswith("GenieKey "):
        return _answer(401, "Could not authenticate")
    try:
        body = call["body"] = json.loads(raw or b"{}")
    except ValueError:
        return _answer(400, "Body is not valid JSON")
    if wrong := problems(body, creating=verb == "create"):
        return _answer(422, "Request body is not processable. Please check the errors.", errors=wrong)
    alias = body.get("alias", "") if verb == "create" else request.path_params["alias"]
    number = str(uuid.uuid4())
    fate = fates.pop(0) if fates else {}
    done = {"isSuccess": False, "status": fate["fails"]} if fate.get("fails") else _do(verb, alias, body)
    requests[number] = {"action": verb, "alias": alias, "unseen": fate.get("unseen", 0), **done}
    return JSONResponse({"result": "Request will be processed", "took": 0.001, "requestId": number}, 202)


def _do(verb: str, alias: str, body: dict[str, Any]) -> dict[str, Any]:
    current = next((a for a in reversed(alerts) if a["alias"] == alias and a["status"] == "open"), None)
    if verb == "create" and current is None:
        alerts.append({"alias": alias, "status": "open", "acknowledged": False, "count": 1, "body": body})
        return {"isSuccess": True, "status": "Created alert"}
    if current is None:
        return {"isSuccess": False, "status": "Alert does not exist"}
    if verb == "create":
        current["count"] += 1
    elif verb == "acknowledge":
        current["acknowledged"] = True
    else:
        current["status"] = "closed"
    return {"isSuccess": True, "status": "Done"}


async def asked(request: Request) -> Response:
    """`GET /v2/alerts/requests/{id}`."""
    if not request.headers.get("Authorization", "").startswith("GenieKey "):
        return _answer(401, "Could not authenticate")
    found = requests.get(request.path_params["id"])
    if found is None or found["unseen"] > 0:
        if found is not None:
            found["unseen"] -= 1
        return _answer(404, "Request not found. It might not be processed, yet.")
    return JSONResponse({"data": {name: value for name, value in found.items() if name != "unseen"}})


async def decide(request: Request) -> Response:
    """`POST /api/fates`."""
    fates.append(await request.json())
    return Response(status_code=204)


async def show(request: Request) -> Response:
    """`GET /api/alerts` and `/api/calls`."""
    return JSONResponse(alerts if request.url.path.endswith("alerts") else calls)


app = Starlette(
    routes=[
        Route("/v2/alerts", act, methods=["POST"]),
        Route("/v2/alerts/requests/{id}", asked),
        Route("/v2/alerts/{alias}/{verb}", act, methods=["POST"]),
        Route("/api/alerts", show),
        Route("/api/calls", show),
        Route("/api/fates", decide, methods=["POST"]),
        *refusals.routes,
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host=LOOPBACK, port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
