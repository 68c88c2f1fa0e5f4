"""How much may be sent: a token bucket a provider key, shared by all replicas, in Redis or else in PostgreSQL.

A bucket of L/2 tokens that gets L/120 a second lets through at most L calls in any minute (L/2 at once, L/2 as they come). Both
places count the same way; when Redis is lost, PostgreSQL's bucket is full, so that one minute may see half a limit more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ballast.gateway.copies import Copies
from ballast.gateway.store import Store

RESERVE = 0.25
"""The part of a bucket that only P1 may use."""

_HELD = """
select least(%(burst)s, tokens + %(rate)s * greatest(0, extract(epoch from clock_timestamp() - at)))
from gateway_buckets where name = %(name)s for update
"""


class Bucket(Protocol):
    """Somewhere that tokens are counted."""

    async def take(self, bucket: str, wanted: int, burst: float, rate: float, reserve: float) -> int | None: ...  # noqa: D102


class PostgresBucket:
    """Tokens in `gateway_buckets`. Raises what the store raises."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, bucket: str, wanted: int, burst: float, rate: float, reserve: float) -> int | None:
        """Tokens granted."""
        values = {"name": bucket, "burst": burst, "rate": rate}
        async with self._store.connection() as connection:
            await connection.execute(
                "insert into gateway_buckets values (%(name)s, %(burst)s, clock_timestamp()) on conflict do nothing", values
            )
            row = await (await connection.execute(_HELD, values)).fetchone()
            granted = max(0, min(wanted, int(float(row[0]) - reserve)))
            await connection.execute(
                "update gateway_buckets set tokens = %(left)s, at = clock_timestamp() where name = %(name)s",
                {"left": float(row[0]) - granted, "name": bucket},
            )
            return granted


@dataclass(slots=True)
class Limiter:
    """Asks Redis first, then PostgreSQL."""

    copies: Copies | None
    postgres: Bucket

    async def take(self, bucket: str, wanted: int, per_minute: int, *, urgent: bool) -> int:
        """How many of `wanted` calls may be made now. `per_minute` 0: all. Raises what the store raises."""
        if per_minute <= 0:
            return wanted
        burst, rate = max(1.0, per_minute / 2), per_minute / 120
        reserve = 0.0 if urgent else float(int(burst * RESERVE))
        granted = await self.copies.take(bucket, wanted, burst, rate, reserve) if self.copies else None
        if granted is None:
            granted = await self.postgres.take(bucket, wanted, burst, rate, reserve)
        return granted or 0
