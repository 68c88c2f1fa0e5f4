"""What the worker asks of a provider (PagerDuty and the like), and how an attempt over HTTP is made and judged."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol

import httpx
import orjson

from ballast.gateway import telemetry
from ballast.gateway.notification import Notification

FIRST_DELAY, LAST_DELAY = 0.5, 60.0
"""Seconds before the second attempt, and at most before any other (Retry-After may ask for more)."""
Leave = Callable[[], bool]
"""Asked at the last moment before a body leaves: whether it still may (the lease holds)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `retry_after` is what the provider asked for, in seconds; `throttled` says that it did (429);
    `sick` that it could not be reached or failed, which its circuit breaker counts.
    """

    result: Literal["delivered", "retry", "parked"]
    reason: str = ""
    retry_after: float = 0.0
    throttled: bool = False
    sick: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: an action about a notification's group, and what the gateway knows about its incident."""

    notification: Notification
    action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str
    tier: str
    incident_id: int | None = None
    merged: int = 0
    note: str = ""
    outbox_id: int = 0
    """Of its row: the same for every attempt."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Enrichment: names and values for the details a person reads."""


class Provider(Protocol):
    """A destination of the outbox, called `name` there. At most `per_minute` calls a minute are made (0: no limit).

    `send` makes one attempt and never raises for what the other side does.
    """

    name: str
    per_minute: int

    async def send(self, message: Message, leave: Leave) -> Outcome: ...  # noqa: D102

    async def aclose(self) -> None: ...  # noqa: D102


class LeaseEnded(Exception):
    """The body was not sent: this process had been stopped for so long that somebody else may be sending it."""


def client(url: str, timeout: float) -> httpx.AsyncClient:
    """A pool of connections to `url`; a proxy of this machine's is not used for loopback."""
    local = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
    return httpx.AsyncClient(timeout=timeout, trust_env=not local, headers={"User-Agent": "ballast-gateway"})


def no_key(variable: str) -> Outcome:
    """There is no key yet, or no more: the row waits for one."""
    return Outcome("retry", f"there is no key: {variable} is neither set nor read from Vault yet")


async def post(
    client: httpx.AsyncClient,
    url: str,
    body: Mapping[str, Any] | bytes,
    leave: Leave,
    headers: Mapping[str, str] | None = None,
    *,
    keep: Callable[[str], str] | None = None,
) -> Outcome:
    """One attempt. The lease is looked at between the connection and the body, so that a process which was stopped in between
    (connecting takes longest) sends nothing late. `keep` picks the reason of a delivered one from the answer's text.
    """
    content = body if isinstance(body, bytes) else orjson.dumps(body)

    async def guarded() -> AsyncIterator[bytes]:
        if not leave():
            raise LeaseEnded
        yield content

    sent = {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}
    telemetry.inject(sent)
    try:
        answer = await client.post(url, content=guarded(), headers=sent)
        outcome = judge(answer)
        return replace(outcome, reason=keep(answer.text)) if keep and outcome.result == "delivered" else outcome
    except LeaseEnded:
        return Outcome("retry", "the lease was about to end")
    except (httpx.HTTPError, OSError) as error:  # OSError: TLS errors after the handshake, which httpx does not wrap
        why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Outcome("retry", why, sick=True)


def judge(answer: httpx.Response) -> Outcome:
    """2xx is delivered; 429 and 5xx are tried again, with the provider's Retry-After; anything else never will be accepted."""
    said = f"{answer.status_code} {clip(answer.text.strip(), 500)}".strip()
    if answer.is_success:
        return Outcome("delivered")
    after = _retry_after(answer.headers.get("Retry-After", ""))
    if answer.status_code == 429:
        return Outcome("retry", said, after, throttled=True)
    if answer.status_code >= 500:
        return Outcome("retry", said, after, sick=True)
    return Outcome("parked", said)


def _retry_after(text: str) -> float:
    """Seconds, from a number of seconds or an HTTP date (RFC 9110); 0 where there is none that can be read."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def delay(attempts: int, retry_after: float) -> float:
    """Seconds until the next attempt after `attempts` failed ones: doubling from half a second to a minute, a random half of it
    taken off so that many do not come back at once, and never before `retry_after` (an hour at most).
    """
    backoff = min(LAST_DELAY, FIRST_DELAY * 2.0 ** min(attempts - 1, 30))
    return max(min(retry_after, 3600.0), backoff * random.uniform(0.5, 1.0))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, the last one `…` where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
