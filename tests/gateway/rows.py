"""Stores on schemas of their own, without a gateway around them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import orjson

from ballast.gateway.copies import Copies
from ballast.gateway.notification import parse
from ballast.gateway.plan import Arrival, Receipt
from ballast.gateway.state import Rules
from ballast.gateway.store import Job, Store
from tests.gateway.conftest import Room, webhook

schemas = (f"rows{i}" for i in itertools.count())
TIERS = ("P1", "P2", "P3", "P4")


@asynccontextmanager
async def store(
    url: str, owner: str = "me", *, rules: Rules | None = None, copies: Copies | None = None
) -> AsyncIterator[Store]:
    """An open store."""
    opened = Store(url, owner, rules=rules or Rules(), cache=copies)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()
        if copies:
            await copies.aclose()


def run(room: Room, body: Callable[[Store, Store], Awaitable[None]], *, rules: Rules | None = None, redis_url: str = "") -> str:
    """Two replicas' stores on one fresh schema, with Redis where a URL is given; returns the schema's name."""
    name = next(schemas)
    url = room.postgres.schema(name).url

    async def both() -> None:
        async with AsyncExitStack() as stack:
            one, two = [
                await stack.enter_async_context(
                    store(url, owner, rules=rules, copies=Copies(redis_url, name, seconds=1.0) if redis_url else None)
                )
                for owner in ("one", "two")
            ]
            await one.migrate()
            await body(one, two)

    asyncio.run(both())
    return name


def arrival(name: str, status: str = "firing", tier: str = "P1", destinations: tuple[str, ...] = ("pagerduty",)) -> Arrival:
    """A notification of the group called `name`."""
    body = webhook(name, status)
    body["commonLabels"] = body["commonLabels"] | {"tier": tier}
    return Arrival(*parse(orjson.dumps(body)), "alertmanager", destinations)


async def accept(into: Store, name: str, status: str = "firing", tier: str = "P1") -> Receipt:
    """Store one."""
    return (await into.accept([arrival(name, status, tier)]))[0]


async def claim(replica: Store, limit: int = 100, lease: float = 30, destination: str = "pagerduty") -> list[Job]:
    """Claim in every tier."""
    return await replica.claim(destination, TIERS, limit, lease)


async def deliver(replica: Store) -> list[str]:
    """Deliver all that is due; `name:action` in the order in which it went."""
    went = []
    while jobs := await claim(replica):
        for job in jobs:
            assert await replica.finish(job, "delivered")
            went.append(f"{job.payload['groupLabels']['alertname']}:{job.action}")
    return went


async def query(replica: Store, statement: str) -> list[tuple[object, ...]]:
    """Rows."""
    async with replica.connection() as connection:
        return await (await connection.execute(statement)).fetchall()  # type: ignore[no-any-return]
