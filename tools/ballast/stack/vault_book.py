"""What the receiver that stands for Vault holds: tokens with policies, secrets, mounts, and leases that end."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ALWAYS = (
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "sys/leases/renew",
    "sys/leases/lookup",
)
"""What Vault's policy `default` lets every token do."""
_CAPABILITIES = {
    "GET": {"read"},
    "LIST": {"list"},
    "POST": {"create", "update"},
    "PUT": {"create", "update"},
    "DELETE": {"delete"},
}
_RULE = re.compile(r"path\s+\"([^\"]+)\"\s*\{\s*capabilities\s*=\s*\[([^\]]*)\]\s*\}")


class Refused(Exception):
    """An answer that is an error: its status, and what Vault says."""

    def __init__(self, status: int, *words: str) -> None:
        super().__init__(*words)
        self.status = status


@dataclass(slots=True)
class Token:
    """When it ends, when at the latest it may be made to, and what it may do (`root`: everything)."""

    ends: float
    latest: float
    ttl: float
    policies: tuple[str, ...] = ("root",)
    name: str = ""


@dataclass(slots=True)
class Given:
    """A lease: whose it is, when it ends, and what ending it does."""

    id: str
    token: str
    ends: float
    latest: float
    ttl: float
    end: Callable[[], None]


@dataclass(slots=True)
class Book:
    """Everything, and how long new tokens live (seconds)."""

    sealed: bool = False
    ttl: float = 60.0
    max_ttl: float = 600.0
    tokens: dict[str, Token] = field(default_factory=dict)
    secrets: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    mounts: dict[str, str] = field(
        default_factory=lambda: {"secret": "kv", "auth/approle": "approle", "auth/kubernetes": "kubernetes"}
    )
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Configuration and roles of mounts, by path: `database/roles/app`, `auth/jwt/config`."""
    leases: dict[str, Given] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def token(
        self, policies: tuple[str, ...] = ("root",), ttl: float = 0, max_ttl: float = 0, name: str = ""
    ) -> dict[str, Any]:
        """A new token, as the answer to a login."""
        text, now = f"hvs.{uuid.uuid4().hex}", time.monotonic()
        lives, at_most = ttl or self.ttl, max_ttl or self.max_ttl
        self.tokens[text] = Token(now + min(lives, at_most), now + at_most, lives, policies, name)
        return self.auth(text)

    def auth(self, text: str) -> dict[str, Any]:
        """The `auth` of an answer."""
        token = self.tokens[text]
        seconds = max(0, round(token.ends - time.monotonic()))
        auth = {"client_token": text, "lease_duration": seconds, "renewable": True, "policies": ["default", *token.policies]}
        return {"request_id": str(uuid.uuid4()), "auth": auth}

    def check(self, text: str, method: str, path: str) -> Token:
        """The token, if it is alive and its policies let it do this. Raises Refused."""
        token = self.tokens.get(text)
        if token is None or token.ends < time.monotonic():
            raise Refused(403, "permission denied", "invalid token")
        if "root" in token.policies or path in ALWAYS:
            return token
        wanted = _CAPABILITIES[method]
        for name in token.policies:
            for pattern, words in _RULE.findall(self.policies.get(name, "")):
                if _covers(pattern, path) and wanted & set(re.findall(r"\w+", words)):
                    return token
        raise Refused(403, "1 error occurred:\n\t* permission denied\n\n")

    def lease(self, prefix: str, token: str, ttl: float, max_ttl: float, end: Callable[[], None]) -> Given:
        """A new lease of a token; with the token, or after its time, `end` is called."""
        now = time.monotonic()
        given = Given(f"{prefix}/{uuid.uuid4().hex}", token, now + ttl, now + max_ttl, ttl, end)
        self.leases[given.id] = given
        return given

    def revoke(self, lease: str) -> None:
        """End a lease now; one that is not there has ended already."""
        if given := self.leases.pop(lease, None):
            given.end()

    def revoke_token(self, text: str) -> None:
        """End a token and all that was leased with it."""
        self.tokens.pop(text, None)
        for lease in [given.id for given in self.leases.values() if given.token == text]:
            self.revoke(lease)

    def sweep(self) -> None:
        """End what has come to its end."""
        now = time.monotonic()
        for text in [text for text, token in self.tokens.items() if token.ends < now]:
            self.revoke_token(text)
        for lease in [given.id for given in self.leases.values() if given.ends < now]:
            self.revoke(lease)


def seconds(value: Any, otherwise: float) -> float:
    """A duration as Vault takes it: seconds, or `90s`, `15m`, `1h`."""
    if value in (None, "", 0, "0"):
        return otherwise
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", str(value))
    if match is None:
        raise Refused(400, f"time: invalid duration {value!r}")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def _covers(pattern: str, path: str) -> bool:
    """Vault's globs: `+` is one part, `*` at the end is any."""
    body, star = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    parts = [re.escape(part) if part != "+" else "[^/]+" for part in body.split("/")]
    return re.fullmatch("/".join(parts) + star, path) is not None
