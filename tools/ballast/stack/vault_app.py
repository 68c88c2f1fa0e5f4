"""The receiver that stands for Vault: signing in, tokens and leases that end, policies, secrets, databases, sealing.

Protocol: https://developer.hashicorp.com/vault/api-docs. Run it with `python -m ballast.stack.vault_app PORT`.

    POST   /v1/auth/{approle,kubernetes,jwt}/login, /v1/auth/token/{renew-self,revoke-self}; GET lookup-self
    GET, POST /v1/{mount}/data/{path}: KV version 2; GET /v1/database/creds/{role}: a user that is really made in PostgreSQL
    POST   /v1/{mount}/issue/{role}: a certificate (`vault_pki`)
    POST   /v1/sys/leases/{renew,revoke}, /v1/sys/policies/acl/{name}, /v1/sys/mounts/{path}, /v1/sys/auth/{path}
    POST   /v1/auth/approle/role/{name}, /v1/auth/jwt/{config,role/{name}}, /v1/database/{config,roles}/{name}
    GET    /v1/sys/health
    POST   /api/secret       {"path": "secret/gateway", "data": {…}}: a new version
    POST   /api/state        {"sealed": true, "ttl": 60, "max_ttl": 600, "revoke": true}, each optional
    GET    /api/calls        method, path and answer of each, oldest first

Those who need no set-up find the AppRole `gateway` with secret id `swordfish` and the Kubernetes role `gateway`, which takes
the token `a-pods-token`; both may do everything. The root token is `root`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ballast.stack import vault_engines as engines
from ballast.stack.ports import LOOPBACK
from ballast.stack.vault_book import Book, Refused, Token
from ballast.stack.vault_pki import issue

ROOT = "root"
lock = threading.Lock()
book = Book(tokens={ROOT: Token(float("inf"), float("inf"), float("inf"))})


async def vault(request: Request) -> Response:
    """Everything under `/v1`."""
    try:
        body = await request.json() if await request.body() else {}
        found = await asyncio.to_thread(_locked, request.method, request.path_params["path"], body, request.headers)
        answer = JSONResponse(found) if found is not None else Response(status_code=204)
    except Refused as error:
        answer = JSONResponse({"errors": list(error.args)}, error.status)
    book.calls.append({"method": request.method, "path": request.url.path, "status": answer.status_code})
    return answer


def _locked(method: str, path: str, body: dict[str, Any], headers: Any) -> dict[str, Any] | None:
    with lock:
        book.sweep()
        return _answer(method, path, body, headers)


def _sweep() -> None:
    with lock:
        book.sweep()


def _answer(method: str, path: str, body: dict[str, Any], headers: Any) -> dict[str, Any] | None:
    if book.sealed:
        raise Refused(503, "Vault is sealed")
    parts = path.split("/")
    if parts[0] == "auth" and parts[-1] == "login" and len(parts) == 3:
        if "/".join(parts[:2]) not in book.mounts:
            raise Refused(404, f"no handler for route {path!r}. route entry not found.")
        return engines.login(book, parts[1], body)
    token = headers.get("X-Vault-Token", "")
    book.check(token, method, path)
    if parts[:2] == ["auth", "token"]:
        return _own_token(parts[2], token)
    data = _about(method, parts, path, body, token)
    if data is None or "lease_id" in data:
        return data
    return {"request_id": str(uuid.uuid4()), "data": data}


def _own_token(action: str, token: str) -> dict[str, Any] | None:
    held = book.tokens[token]
    if action == "renew-self":
        held.ends = min(time.monotonic() + held.ttl, held.latest)
        return book.auth(token)
    if action == "revoke-self":
        book.revoke_token(token)
        return None
    return {"data": {"policies": ["default", *held.policies], "display_name": held.name}}


def _about(method: str, parts: list[str], path: str, body: dict[str, Any], token: str) -> dict[str, Any] | None:
    """Engines and settings."""
    writes = method in ("POST", "PUT")
    if parts[:2] == ["sys", "leases"]:
        return engines.lease(book, parts[2], body)
    if parts[:3] == ["sys", "policies", "acl"] and writes:
        book.policies[parts[3]] = body.get("policy", "")
        return None
    if parts[0] == "sys" and parts[1] in ("mounts", "auth") and writes:
        mount = "/".join(parts[2:]) if parts[1] == "mounts" else "auth/" + "/".join(parts[2:])
        if mount in book.mounts:
            raise Refused(400, f"path is already in use at {mount}/")
        book.mounts[mount] = body.get("type", "")
        return None
    if parts[:3] == ["auth", "approle", "role"]:
        return engines.approle_role(book, method, parts[3], "/".join(parts[4:]), body)
    if "/data/" in path:
        return engines.kv(book, method, path, body)
    if "/issue/" in path and writes:
        return _issue(body)
    if len(parts) == 3 and parts[1] == "creds":
        return engines.credentials(book, parts[0], parts[2], token)
    if writes and ("/config" in path or "/roles/" in path or "/role/" in path):
        book.settings[path] = body
        return None
    raise Refused(404)


def _issue(body: dict[str, str]) -> dict[str, object]:
    alt_names = [name.strip() for name in body.get("alt_names", "").split(",") if name.strip()]
    try:
        return issue(body.get("common_name", ""), alt_names, str(body.get("ttl") or "720h"))
    except ValueError as error:
        raise Refused(400, str(error)) from None


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
        for token in set(book.tokens) - {ROOT}:
            book.revoke_token(token)
    return Response(status_code=204)


async def calls(request: Request) -> Response:
    """`GET /api/calls`."""
    return JSONResponse(book.calls)


async def health(request: Request) -> Response:
    """`GET /v1/sys/health`."""
    return JSONResponse({"initialized": True, "sealed": book.sealed, "standby": False}, 503 if book.sealed else 200)


@asynccontextmanager
async def sweeping(_: Starlette) -> AsyncIterator[None]:
    """End leases at their time, whether anybody asks or not."""

    async def forever() -> None:
        while True:
            await asyncio.sleep(0.1)
            await asyncio.to_thread(_sweep)

    task = asyncio.create_task(forever())
    yield
    task.cancel()


app = Starlette(
    routes=[
        Route("/v1/sys/health", health),
        Route("/v1/{path:path}", vault, methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/api/secret", secret, methods=["POST"]),
        Route("/api/state", state, methods=["POST"]),
        Route("/api/calls", calls),
    ],
    lifespan=sweeping,
)

if __name__ == "__main__":
    uvicorn.run(app, host=LOOPBACK, port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
