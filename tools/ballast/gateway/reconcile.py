"""Whether a group still fires, asked of the Alertmanagers before something late is sent about it.

A receiver's two legs retry separately. If this one was late (the gateway, PostgreSQL or the provider was down), the other may
have opened and resolved the incident meanwhile: a trigger sent now would open a second one, a late resolve would end a new one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx

from ballast.gateway.breaker import Breaker, Open
from ballast.gateway.notification import Notification

log = logging.getLogger("ballast.gateway")
Verdict = Literal["firing", "suppressed", "resolved", "unknown"]
_FAILURES = (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError)
"""OSError: a certificate that is refused after the handshake (TLS 1.3) is an `ssl.SSLError` that httpx does not wrap."""
Group = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One Alertmanager's groups (`suppressed`: every alert of it is silenced or inhibited), and whether it has run for long
    enough that a group it does not have is one that has been resolved.
    """

    firing: frozenset[Group]
    suppressed: frozenset[Group]
    settled: bool


class Alertmanagers:
    """Every Alertmanager that may have notified us, by its base URL. Close with `aclose`.

    An Alertmanager that started less than `settle_seconds` ago knows only what Prometheus has sent it since (Prometheus repeats
    an alert every minute or so): what it has counts, what it lacks does not.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        timeout: float = 2.0,
        settle_seconds: float = 180.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.breakers = {url: Breaker(f"alertmanager {url}", failures=3, seconds=2.0) for url in urls}
        self._settle = settle_seconds
        local = all(httpx.URL(url).host in ("127.0.0.1", "localhost", "::1") for url in urls)
        self._client = httpx.AsyncClient(timeout=timeout, trust_env=not local, verify=tls or True)
        self._lock = asyncio.Lock()
        self._rounds = 0
        self._answers: list[Answer] = []

    async def verdict(self, notification: Notification) -> Verdict:
        """Firing or suppressed if any Alertmanager says so; resolved if one that is settled lacks the group; else unknown."""
        group: Group = (notification.receiver, frozenset(notification.group_labels.items()))
        answers = await self._all()
        if any(group in answer.firing for answer in answers):
            return "firing"
        if any(group in answer.suppressed for answer in answers):
            return "suppressed"
        return "resolved" if any(answer.settled for answer in answers) else "unknown"

    async def _all(self) -> list[Answer]:
        """Answers to a question that was put after this call. Many rows are late at once: those that come while Alertmanager
        is being asked share the next question. An older answer would miss what has been resolved since.
        """
        seen = self._rounds
        async with self._lock:
            if self._rounds == seen:
                self._rounds += 1
                self._answers = []
                found = await asyncio.gather(*(self._ask(url) for url in self.breakers))
                self._answers = [answer for answer in found if answer is not None]
            return self._answers

    async def _ask(self, url: str) -> Answer | None:
        async def ask() -> Answer:
            base = url.rstrip("/")
            status, groups = await asyncio.gather(
                self._client.get(f"{base}/api/v2/status"), self._client.get(f"{base}/api/v2/alerts/groups")
            )
            status.raise_for_status()
            return read(groups.raise_for_status().json(), _up_seconds(status), self._settle)

        try:
            return await self.breakers[url].call(ask, _FAILURES)
        except (Open, *_FAILURES) as error:
            log.warning("an Alertmanager cannot be asked", extra={"alertmanager": url, "error": str(error) or repr(error)})
            return None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def read(groups: Sequence[Mapping[str, Any]], up_seconds: float, settle_seconds: float) -> Answer:
    """From the answer of `GET /api/v2/alerts/groups`. An alert that is not processed yet counts as firing."""
    firing, suppressed = set(), set()
    for group in groups:
        name: Group = (group["receiver"]["name"], frozenset(group["labels"].items()))
        states = {alert["status"]["state"] for alert in group["alerts"]}
        if states - {"suppressed"}:
            firing.add(name)
        elif states:
            suppressed.add(name)
    return Answer(frozenset(firing), frozenset(suppressed), up_seconds >= settle_seconds)


def _up_seconds(status: httpx.Response) -> float:
    """How long it has run, by its own clock at both ends."""
    started = datetime.fromisoformat(status.json()["uptime"])
    date = status.headers.get("Date", "")
    now = parsedate_to_datetime(date) if date else datetime.now(UTC)
    return (now - started).total_seconds()


def client_tls(ca: str, certificate: str, key: str) -> ssl.SSLContext | None:
    """A context that shows a client certificate and trusts one authority; None where nothing is given. Raises OSError or
    ssl.SSLError on files that cannot be used.
    """
    if not (ca or certificate):
        return None
    context = ssl.create_default_context(cafile=ca or None)
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context
