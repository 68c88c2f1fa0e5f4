"""All lanes to all providers, and what has to be done from time to time: resolving what has become quiet, making months."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress

import psycopg

from ballast.gateway.breaker import Breaker
from ballast.gateway.provider import Provider
from ballast.gateway.sender import Common, Sender
from ballast.gateway.store import UNAVAILABLE

log = logging.getLogger("ballast.gateway")
QUIET_SECONDS = 1.0
"""How often flapping groups are looked at."""
MONTHS_SECONDS = 3600.0
"""How often partitions are."""


class Worker:
    """P1 has slots of its own for each provider, so that it waits for nothing but P1."""

    def __init__(self, providers: Sequence[Provider], common: Common, *, slots: int, urgent_slots: int) -> None:
        self.breakers: Mapping[str, Breaker] = {p.name: Breaker(p.name, failures=6, subjects=3, seconds=2.0) for p in providers}
        """By provider. One event that it always fails on is not the provider's fault: three different ones are."""
        self._common = common
        self._providers = providers
        self._senders = [
            Sender(p, self.breakers[p.name], tiers, count, common, urgent=urgent)
            for p in providers
            for tiers, count, urgent in ((("P1",), urgent_slots, True), (("P2", "P3", "P4"), slots, False))
        ]

    def wake(self) -> None:
        """Something was stored."""
        for sender in self._senders:
            sender.wake()

    def close(self) -> None:
        """Let `run` return once nothing is being sent and nothing is due."""
        for sender in self._senders:
            sender.close()

    async def run(self) -> None:
        """Work until `close`, then until nothing is due."""
        chores = [asyncio.create_task(self._quiet()), asyncio.create_task(self._months())]
        try:
            async with asyncio.TaskGroup() as group:
                for sender in self._senders:
                    group.create_task(sender.run())
        finally:
            for chore in chores:
                chore.cancel()

    async def aclose(self) -> None:
        """Close the providers' connections."""
        for provider in self._providers:
            await provider.aclose()

    async def _quiet(self) -> None:
        while True:
            await asyncio.sleep(QUIET_SECONDS)
            with suppress(*UNAVAILABLE):
                if await self._common.store.release():
                    self.wake()

    async def _months(self) -> None:
        while True:
            await asyncio.sleep(MONTHS_SECONDS)
            try:
                if made := await self._common.store.make_months():
                    log.info("months made", extra={"partitions": made})
            except (*UNAVAILABLE, psycopg.Error) as error:
                log.warning("months could not be made; rows go into the default partitions", extra={"error": str(error)})
