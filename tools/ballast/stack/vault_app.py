"""The receiver that stands for Vault: signing in (AppRole, Kubernetes), tokens that end, secrets of KV version 2, sealing.

Protocol: https://developer.hashicorp.com/vault/api-docs. Run it with `python -m ballast.stack.vault_app PORT`.

    POST   /v1/auth/approle/login, /v1/auth/kubernetes/login, /v1/auth/token/renew-self
    GET    /v1/{mount}/data/{path}
    POST   /v1/{mount}/issue/{role}: a certificate (`vault_pki`)
    GET    /v1/sys/health
    POST   /api/secret       {"path": "secret/gateway", "data": {…}}: a new version
    POST   /api/state        {"sealed": true, "ttl": 60, "max_ttl": 600, "revoke": true}, each optional
    GET    /api/calls        method, path and answer of each, oldest first

The one AppRole is `gateway` with secret id `swordfish`; the one Kubernetes role `gateway` takes the token `a-pods-token`.
"""

from __future__ import annotations

import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ballast.stack.ports import LOOPBACK
from ballast.stack.vault_pki import issue

ROLE, SECRET_ID, JWT = "gateway", "swordfish", "a-pods-token"


@dataclass(slots=True)
class Book:
    """What it holds. Tokens: when each ends, and when at the latest it may be made to."""

    sealed: bool = False
    ttl: float = 60.0
    max_ttl: float = 600.0
    tokens: dict[str, tuple[float, float]] = field(default_factory=dict)
    secrets: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)


book = Book()


def _errors(status: int, *words: str) -> Response:
    return JSONResponse({"errors": list(words)}, status)


def _auth(token: str) -> dict[str, Any]:
    ends, _ = book.tokens[token]
    seconds = max(0, round(ends - time.monotonic()))
    return {"request_id": str(uuid.uuid4()), "auth": {"client_token": token, "lease_duration": seconds, "renewable": True}}


async def vault(request: Request) -> Response:
    """Everything under `/v1`."""
    answer = await _answer(request)
    book.calls.append({"method": request.method, "path": request.url.path, "status": answer.status_code})
    return answer


async def _answer(request: Request) -> Response:
    path = request.path_params["path"]
    if book.sealed:
        return _errors(503, "Vault is sealed")
    if path in ("auth/approle/login", "auth/kubernetes/login"):
        body = await request.json()
        good = (
            (body.get("role_id"), body.get("secret_id")) == (ROLE, SECRET_ID)
            if "approle" in path
            else (body.get("role"), body.get("jwt")) == (ROLE, JWT)
        )
        if not good:
            return _errors(400, "invalid role or secret ID") if "approle" in path else _errors(403, "permission denied")
        token, now = f"hvs.{uuid.uuid4().hex}", time.monotonic()
        book.tokens[token] = (now + book.ttl, now + book.max_ttl)
        return JSONResponse(_auth(token))
    token, now = request.headers.get("X-Vault-Token", ""), time.monotonic()
    if book.tokens.get(token, (0.0, 0.0))[0] < now:
        return _errors(403, "permission denied", "invalid token")
    if path == "auth/token/renew-self":
        latest = book.tokens[token][1]
        book.tokens[token] = (min(now + book.ttl, latest), latest)
        return JSONResponse(_auth(token))
    if "/issue/" in path and request.method in ("POST", "PUT"):
        return _issue(await request.json())
    versions = book.secrets.get(path.replace("/data/", "/", 1)) if "/data/" in path else None
    if not versions:
        return _errors(404)
    metadata = {"version": len(versions), "destroyed": False, "deletion_time": ""}
    return JSONResponse({"request_id": str(uuid.uuid4()), "data": {"data": versions[-1], "metadata": metadata}})


def _issue(body: dict[str, str]) -> Response:
    alt_names = [name.strip() for name in body.get("alt_names", "").split(",") if name.strip()]
    try:
        data = issue(body.get("common_name", ""), alt_names, str(body.get("ttl") or "720h"))
    except ValueError as error:
        return _errors(400, str(error))
    return JSONResponse({"request_id": str(uuid.uuid4()), "data": data})


async def secret(request: Request) -> Response:
    """`POST /api/secret`."""
    body = await request.json()
    book.secrets.setdefault(body["path"], []).append(body["data"])
    return Response(status_code=204)


async def state(request: Request) -> Response:
    """`POST /api/state`."""
    body = await request.json()
    book.sealed = body.get("sealed", book.sealed)
    book.ttl, book.max_ttl = body.get("ttl", book.ttl), body.get("max_ttl", book.max_ttl)
    if body.get("revoke"):
        book.tokens.clear()
    return Response(status_code=204)


async def calls(request: Request) -> Response:
    """`GET /api/calls`."""
    return JSONResponse(book.calls)


async def health(request: Request) -> Response:
    """`GET /v1/sys/health`."""
    return JSONResponse({"initialized": True, "sealed": book.sealed, "standby": False}, 503 if book.sealed else 200)


app = Starlette(
    routes=[
        Route("/v1/sys/health", health),
        Route("/v1/{path:path}", vault, methods=["GET", "POST", "PUT"]),
        Route("/api/secret", secret, methods=["POST"]),
        Route("/api/state", state, methods=["POST"]),
        Route("/api/calls", calls),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host=LOOPBACK, port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
