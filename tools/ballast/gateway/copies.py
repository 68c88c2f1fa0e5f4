"""Redis, where there is one: copies of keys' rows, and the token buckets of rate limits. Nothing is missed when it is gone.

A copy is used only together with its version: PostgreSQL refuses a write that was decided on an old one. So a Redis that was
emptied, restored or left behind costs a second read and never a wrong decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ballast.gateway.breaker import Breaker, Open
from ballast.gateway.state import KeyState

SECONDS = 0.05
"""What it may take: after that PostgreSQL is asked."""
KEEP_SECONDS = 7 * 24 * 3600
_FAILURES = (RedisError, OSError, TimeoutError)

TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local burst, rate, wanted, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(held[1]) or burst
local at = tonumber(held[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local granted = math.max(0, math.min(wanted, math.floor(tokens - reserve)))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 60)
return granted
"""


class Copies:
    """The cache of the store, and a source of tokens. `name` keeps several gateways' databases apart in one Redis."""

    def __init__(self, url: str, name: str, *, seconds: float = SECONDS, breaker: Breaker | None = None) -> None:
        self.breaker = breaker or Breaker("redis", failures=3, seconds=1.0)
        self._seconds = seconds
        self._prefix = f"ballast:{name}:"
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=seconds)
        self._take = self._redis.register_script(TAKE)

    async def get(self, keys: Sequence[str]) -> dict[str, KeyState]:
        """The copies there are; none when Redis is slow or gone."""
        wanted = list(dict.fromkeys(keys))
        texts = await self._ask(lambda: self._redis.mget([self._prefix + key for key in wanted]))
        found = {}
        for key, text in zip(wanted, texts or [], strict=False):
            try:
                if text is not None and (state := KeyState.read(orjson.loads(text))).dedup_key == key:
                    found[key] = state
            except (ValueError, KeyError, TypeError):  # another version's, or somebody else's
                continue
        return found

    async def put(self, states: Iterable[KeyState]) -> None:
        """Keep copies."""

        async def put() -> None:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for state in states:
                    pipeline.set(self._prefix + state.dedup_key, orjson.dumps(state.json()), ex=KEEP_SECONDS)
                await pipeline.execute()

        await self._ask(put)

    async def take(self, bucket: str, wanted: int, burst: float, rate: float, reserve: float) -> int | None:
        """Tokens granted, or None when Redis cannot say."""
        values = [burst, rate, wanted, reserve]
        granted = await self._ask(lambda: self._take(keys=[f"{self._prefix}bucket:{bucket}"], args=values))
        return None if granted is None else int(granted)

    async def _ask[T](self, work: Callable[[], Awaitable[T]]) -> T | None:
        async def within() -> T:
            async with asyncio.timeout(self._seconds):
                return await work()

        try:
            return await self.breaker.call(within, _FAILURES)
        except (Open, *_FAILURES):
            return None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
