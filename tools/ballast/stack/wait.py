"""Waiting for a condition with a deadline, and the usual conditions."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from ballast.stack.ports import LOOPBACK


def wait_until[T](condition: Callable[[], T], seconds: float, what: str, every: float = 0.02) -> T:
    """Poll until `condition` returns something true, and return that.

    `every` seconds at first, then a quarter more each time up to 0.25. Raises TimeoutError that says `what` did not happen.
    """
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(every)
        every = min(every * 1.25, 0.25)


def http_ok(url: str, timeout: float = 2.0) -> bool:
    """Whether GET `url` answers 2xx."""
    import httpx

    try:
        return httpx.get(url, timeout=timeout, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def tcp_open(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
