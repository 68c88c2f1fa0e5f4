"""Waiting for PostgreSQL no longer than somebody else will wait for us."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

_abandoned: set[asyncio.Task[Any]] = set()


async def promptly[T](work: Coroutine[Any, Any, T], seconds: float) -> T:
    """The result, or TimeoutError after `seconds`. A query that is cancelled first asks PostgreSQL to stop it, and that takes
    long when PostgreSQL hangs: nobody waits for it here.
    """
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if done:
        return task.result()
    task.cancel()
    _abandoned.add(task)
    task.add_done_callback(_forget)
    raise TimeoutError


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, or asyncio complains
