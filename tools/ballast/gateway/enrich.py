"""What a page says besides its alert: how much of the error budget is left, and what was deployed lately.

It is asked for just before a trigger leaves, and never holds it up: all sources together have `seconds`, each has a breaker,
and what did not answer is left out. Links to runbook and dashboard come with the alert itself.

Deploys are rows of `gateway_deploys` in the gateway's database: `ballast gateway deployed SERVICE VERSION`, or an insert of
(service, version, at, by_whom, url) by whatever deploys. The budget is the ledger's view `budget`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from prometheus_client import CollectorRegistry, Counter
from psycopg import AsyncConnection, conninfo
from psycopg_pool import AsyncConnectionPool

from ballast.gateway.breaker import Breaker, Open
from ballast.gateway.notification import Notification
from ballast.gateway.promptly import promptly
from ballast.gateway.store import UNAVAILABLE, Store

SECONDS = 0.15
RECENT_SECONDS = 24 * 3600
"""How old a deploy may be."""
KEEP_SECONDS = 30.0
"""How long an answer is used again: a storm of one service's alerts asks once."""
LEDGER_SCHEMA = "ballast_budget"
_FAILURES = (*UNAVAILABLE, psycopg.Error, TimeoutError)


class Enricher:
    """Asks both databases. `ledger_url` may be empty; `aclose` it at the end."""

    def __init__(self, store: Store, registry: CollectorRegistry, *, ledger_url: str = "", seconds: float = SECONDS) -> None:
        self._store = store
        self._seconds = seconds
        self._known: dict[tuple[str, str, str], tuple[float, str]] = {}
        self.breakers = {
            name: Breaker(name, failures=3, seconds=5.0) for name in ("deploys", *(["ledger"] if ledger_url else []))
        }
        self._asked = Counter(
            "gateway_enrichment",
            "Sources asked before a page: told, nothing, late or gone.",
            ["source", "result"],
            registry=registry,
        )
        self._ledger: AsyncConnectionPool[AsyncConnection] | None = None
        if ledger_url:
            given = str(conninfo.conninfo_to_dict(ledger_url).get("options") or "")
            options = given if "search_path" in given else f"{given} -c search_path={LEDGER_SCHEMA}".strip()
            self._ledger = AsyncConnectionPool(
                ledger_url, kwargs={"connect_timeout": 3, "options": options}, min_size=0, max_size=2, timeout=2.0, open=False
            )

    async def facts(self, notification: Notification) -> dict[str, str]:
        """Names and values for the details of a page, within the time that there is."""
        service, slo = notification.common_labels.get("service", ""), notification.common_labels.get("slo", "")
        if not service:
            return {}
        asked: dict[str, Awaitable[str]] = {"recent deploys": self._ask("deploys", service, "", lambda: self._deploys(service))}
        if slo and self._ledger is not None:
            asked["budget left"] = self._ask("ledger", service, slo, lambda: self._budget(service, slo))
        answers = await asyncio.gather(*asked.values())
        return {name: answer for name, answer in zip(asked, answers, strict=True) if answer}

    async def aclose(self) -> None:
        """Close the connections to the ledger."""
        if self._ledger is not None:
            await self._ledger.close(timeout=1.0)

    async def _ask(self, source: str, service: str, slo: str, work: Callable[[], Any]) -> str:
        key = (source, service, slo)
        at, answer = self._known.get(key, (float("-inf"), ""))
        if time.monotonic() - at < KEEP_SECONDS:
            return answer
        try:
            answer = await self.breakers[source].call(lambda: promptly(work(), self._seconds), _FAILURES)
        except (Open, *_FAILURES) as error:
            self._asked.labels(source, "late" if isinstance(error, TimeoutError) else "gone").inc()
            return ""
        self._asked.labels(source, "told" if answer else "nothing").inc()
        self._known = dict(list(self._known.items())[-1000:]) | {key: (time.monotonic(), answer)}
        return answer

    async def _deploys(self, service: str) -> str:
        async with self._store.connection() as connection:
            rows = await (await connection.execute(_DEPLOYS, (service, RECENT_SECONDS))).fetchall()
        return "; ".join(_deploy(*row) for row in rows)

    async def _budget(self, service: str, slo: str) -> str:
        assert self._ledger is not None, "the caller looked"
        await self._ledger.open(wait=False)
        async with self._ledger.connection() as connection:
            row = await (await connection.execute(_BUDGET, (service, slo))).fetchone()
        if row is None or row[1] is None:
            return ""
        left, last = float(row[0]), row[1].astimezone(UTC)
        return f"{left:.1%} of {slo} (ledger up to {last:%Y-%m-%d %H:%M} UTC)"


def record_deploy(database_url: str, service: str, version: str, *, at: datetime, by: str = "", url: str = "") -> bool:
    """Write down a deploy, for pages that come after it; False when it was there. Raises CannotRun."""
    from ballast.repo import CannotRun

    try:
        with psycopg.connect(database_url, connect_timeout=5) as connection:
            return connection.execute(_DEPLOYED, (service, version, at, by, url)).rowcount == 1
    except psycopg.errors.UndefinedTable:
        raise CannotRun("this database has no gateway's tables yet") from None
    except psycopg.Error as error:
        raise CannotRun(f"PostgreSQL cannot be used: {str(error).strip().splitlines()[0]}") from None


def _deploy(version: str, ago: float, by: str, url: str) -> str:
    when = f"{ago / 60:.0f} min ago" if ago < 5400 else f"{ago / 3600:.0f} h ago"
    return " ".join(part for part in (version, when, f"by {by}" if by else "", url) if part)


_DEPLOYS = """
select version, extract(epoch from clock_timestamp() - at)::float8, by_whom, url from gateway_deploys
where service = %s and at between clock_timestamp() - make_interval(secs => %s) and clock_timestamp() order by at desc limit 3
"""
_BUDGET = "select remaining, last_known from budget where service = %s and slo = %s"
_DEPLOYED = """
insert into gateway_deploys (service, version, at, by_whom, url) values (%s, %s, %s, %s, %s) on conflict do nothing
"""
