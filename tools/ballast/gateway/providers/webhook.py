"""A webhook of our own, for whatever has no adapter here: JSON, signed.

    POST <url>
    X-Ballast-Delivery: <outbox id>                 the same for every attempt: the receiver does each once
    X-Ballast-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>." and the body, by the shared secret>
    {"version": 1, "delivery": 7, "action": "trigger", "dedup_key": "…", "tier": "P3", "incident": 3, "title": "…",
     "note": "", "merged": 0, "links": {…}, "extra": {…}, "notification": {… Alertmanager's or Grafana's own fields …}}

With a secret that is a comma-separated list, each signs (`v1` appears as often), so that it can be changed without a gap.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any

import orjson

from ballast.gateway.keys import Key
from ballast.gateway.provider import Leave, Message, Outcome, client, no_key, post

VERSION = 1


def signature(body: bytes, secrets: Sequence[str], at: int) -> str:
    """The value of `X-Ballast-Signature`."""
    signed = [hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={one}" for one in signed)])


def verify(body: bytes, header: str, secrets: Sequence[str], now: float, *, within: float = 300.0) -> bool:
    """What a receiver does: whether any signature is by one of its secrets, and no older than `within` seconds."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t" and value.isdigit()]
    if not times or abs(now - int(times[0])) > within:
        return False
    expected = [part.partition("=")[2] for part in signature(body, secrets, int(times[0])).split(",")[1:]]
    return any(hmac.compare_digest(value, one) for name, _, value in parts if name == "v1" for one in expected)


def document(message: Message) -> dict[str, Any]:
    """What is sent."""
    said = message.notification
    return {
        "version": VERSION,
        "delivery": message.outbox_id,
        "action": message.action,
        "dedup_key": message.dedup_key,
        "tier": message.tier,
        "incident": message.incident_id,
        "title": said.title,
        "note": message.note,
        "merged": message.merged,
        "links": dict(said.links()),
        "extra": dict(message.extra),
        "notification": said.model_dump(mode="json", by_alias=True),
    }


class Webhook:
    """Sends signed documents. One instance holds one connection pool; close it with `aclose`."""

    name = "webhook"

    def __init__(self, url: str, secret: Key, *, timeout: float = 10.0, per_minute: int = 0) -> None:
        self.per_minute = per_minute
        self._url = url
        self._secret = secret
        self._client = client(url, timeout)

    async def send(self, message: Message, leave: Leave) -> Outcome:
        """One attempt."""
        secrets = [one.strip() for one in self._secret().split(",") if one.strip()]
        if not secrets:
            return no_key("BALLAST_WEBHOOK_SECRET")
        body = orjson.dumps(document(message))
        headers = {
            "X-Ballast-Delivery": str(message.outbox_id),
            "X-Ballast-Signature": signature(body, secrets, int(time.time())),
        }
        return await post(self._client, self._url, body, leave, headers)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
