"""Engines of the receiver that stands for Vault: logins by AppRole, Kubernetes and JWT, KV version 2, databases, leases.

Each function answers one part of the documented API and raises `Refused` for an error.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from ballast.stack.vault_book import Book, Refused, seconds

ROLE, SECRET_ID, JWT = "gateway", "swordfish", "a-pods-token"


def login(book: Book, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """`POST auth/<kind>/login`."""
    if kind == "approle":
        return _approle(book, body)
    if kind == "kubernetes":
        if (body.get("role"), body.get("jwt")) != (ROLE, JWT):
            raise Refused(403, "permission denied")
        return book.token(name=f"kubernetes-{ROLE}")
    return _jwt(book, body)


def _approle(book: Book, body: dict[str, Any]) -> dict[str, Any]:
    if (body.get("role_id"), body.get("secret_id")) == (ROLE, SECRET_ID):
        return book.token(name=f"approle-{ROLE}")
    for path, role in book.settings.items():
        if path.startswith("auth/approle/role/") and role.get("role_id") == body.get("role_id"):
            if body.get("secret_id") in role["secret_ids"]:
                return _granted(book, role, "approle")
            break
    raise Refused(400, "invalid role or secret ID")


def _granted(book: Book, role: dict[str, Any], name: str) -> dict[str, Any]:
    policies = role.get("token_policies") or []
    policies = policies.split(",") if isinstance(policies, str) else policies
    return book.token(tuple(policies), seconds(role.get("token_ttl"), 0), seconds(role.get("token_max_ttl"), 0), name)


def _jwt(book: Book, body: dict[str, Any]) -> dict[str, Any]:
    """RS256 tokens of an issuer whose public key was configured, bound to an audience, a subject and claims."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    config, role = book.settings.get("auth/jwt/config", {}), book.settings.get(f"auth/jwt/role/{body.get('role')}")
    if role is None:
        raise Refused(400, f'role "{body.get("role")}" could not be found')
    try:
        signed, _, signature = str(body.get("jwt", "")).rpartition(".")
        claims = json.loads(_decoded(signed.split(".")[1]))
        (pem,) = config.get("jwt_validation_pubkeys") or []
        key = load_pem_public_key(pem.encode())
        assert isinstance(key, RSAPublicKey)
        key.verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
    except (ValueError, IndexError, AssertionError, InvalidSignature):
        raise Refused(
            400, "error validating token: error verifying token signature: no known key successfully validated"
        ) from None
    audiences = role.get("bound_audiences") or []
    if claims.get("aud") not in audiences:
        raise Refused(
            400, "error validating token: invalid audience (aud) claim: audience claim does not match any bound audience"
        )
    if float(claims.get("exp", 0)) < time.time():
        raise Refused(400, "error validating token: token is expired")
    bound = {"sub": role.get("bound_subject"), "iss": config.get("bound_issuer"), **(role.get("bound_claims") or {})}
    for claim, wanted in bound.items():
        if wanted and claims.get(claim) != wanted:
            raise Refused(400, f'error validating claims: claim "{claim}" does not match any associated bound claim values')
    return _granted(book, role, f"jwt-{claims.get('sub', '')}")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def approle_role(book: Book, method: str, name: str, rest: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """`auth/approle/role/NAME`, and its `role-id` and `secret-id`."""
    path = f"auth/approle/role/{name}"
    if not rest and method in ("POST", "PUT"):
        known = book.settings.get(path, {"role_id": str(uuid.uuid4()), "secret_ids": []})
        book.settings[path] = known | body
        return None
    if path not in book.settings:
        raise Refused(404)
    if rest == "role-id":
        return {"role_id": book.settings[path]["role_id"]}
    if rest == "secret-id" and method in ("POST", "PUT"):
        secret = str(uuid.uuid4())
        book.settings[path]["secret_ids"].append(secret)
        return {"secret_id": secret, "secret_id_accessor": str(uuid.uuid4()), "secret_id_ttl": 0}
    raise Refused(404)


def kv(book: Book, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """`<mount>/data/<path>`: the newest version, or one more."""
    name = path.replace("/data/", "/", 1)
    if method in ("POST", "PUT"):
        book.secrets.setdefault(name, []).append(body.get("data") or {})
        return {"version": len(book.secrets[name]), "destroyed": False, "deletion_time": ""}
    versions = book.secrets.get(name)
    if not versions:
        raise Refused(404)
    return {"data": versions[-1], "metadata": {"version": len(versions), "destroyed": False, "deletion_time": ""}}


def credentials(book: Book, mount: str, name: str, token: str) -> dict[str, Any]:
    """`GET <mount>/creds/<role>`: a user of the database that is really made, and dropped when its lease ends."""
    role = book.settings.get(f"{mount}/roles/{name}")
    if role is None:
        raise Refused(400, f"unknown role: {name}")
    config = book.settings.get(f"{mount}/config/{role['db_name']}")
    if config is None:
        raise Refused(400, f'failed to find entry for connection with name: "{role["db_name"]}"')
    allowed = config.get("allowed_roles") or []
    if name not in allowed and "*" not in allowed:
        raise Refused(500, f'1 error occurred:\n\t* "{name}" is not an allowed role\n\n')
    ttl, most = seconds(role.get("default_ttl"), 3600), seconds(role.get("max_ttl"), 86400)
    user = f"v-{book.tokens[token].name or 'token'}-{name}-{secrets.token_hex(6)}"[:63]
    password = secrets.token_urlsafe(15)
    ends = (datetime.now(UTC) + timedelta(seconds=most)).isoformat()
    _execute(config, role["creation_statements"], name=user, password=password, expiration=ends)
    drop = role.get("revocation_statements") or ['DROP ROLE IF EXISTS "{{name}}"']
    given = book.lease(f"{mount}/creds/{name}", token, ttl, most, _never(lambda: _execute(config, drop, name=user)))
    data = {"username": user, "password": password}
    return {"lease_id": given.id, "lease_duration": round(ttl), "renewable": True, "data": data}


def _execute(config: dict[str, Any], statements: list[str] | str, **words: str) -> None:
    import psycopg

    url = config["connection_url"]
    for name in ("username", "password"):
        url = url.replace(f"{{{{{name}}}}}", config.get(name) or "")
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            for statement in [statements] if isinstance(statements, str) else statements:
                text = statement
                for name, value in words.items():
                    text = text.replace(f"{{{{{name}}}}}", value)
                connection.execute(text.encode())
    except psycopg.Error as error:
        raise Refused(500, f"1 error occurred:\n\t* failed to execute query: {error}\n\n") from error


def _never(run: Callable[[], None]) -> Callable[[], None]:
    """Ending a lease cannot fail for who asks: Vault tries again by itself, this receiver does not."""

    def quietly() -> None:
        with suppress(Refused):
            run()

    return quietly


def lease(book: Book, action: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """`sys/leases/renew` and `sys/leases/revoke`."""
    name = body.get("lease_id", "")
    given = book.leases.get(name)
    if action == "revoke":
        book.revoke(name)
        return None
    if given is None:
        raise Refused(400, "lease not found")
    now = time.monotonic()
    given.ends = min(now + seconds(body.get("increment"), given.ttl), given.latest)
    return {"lease_id": name, "lease_duration": max(0, round(given.ends - now)), "renewable": True}
