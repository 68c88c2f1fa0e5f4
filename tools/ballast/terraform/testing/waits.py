"""Waiting for what an apply made to answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import httpx


def wait_http(
    url: str,
    *,
    status: int = 200,
    body: Callable[[str], bool] | None = None,
    timeout: float = 60.0,
    every: float = 1.0,
    verify: bool = True,
) -> httpx.Response:
    """The first answer with this status whose text `body` accepts. `timeout` and `every` in seconds.

    Raises TimeoutError with the last thing seen.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            answer = httpx.get(url, timeout=max(0.1, min(10.0, timeout)), verify=verify)
        except httpx.HTTPError as error:
            seen = f"{type(error).__name__}: {error}"
        else:
            accepted = body is None or body(answer.text)
            if answer.status_code == status and accepted:
                return answer
            seen = f"status {answer.status_code}{'' if accepted else ', a body that was not accepted'}: {answer.text[:200]!r}"
        if time.monotonic() + every > deadline:
            raise TimeoutError(f"{url} did not answer with {status} within {timeout:g} s; last seen: {seen}")
        time.sleep(every)


def wait_tcp(host: str, port: int, *, timeout: float = 60.0, every: float = 0.5) -> None:
    """Return when the port takes a connection. Raises TimeoutError with the last error."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            socket.create_connection((host, port), timeout=max(0.1, min(5.0, timeout))).close()
        except OSError as error:
            seen = error.strerror or str(error)
        else:
            return
        if time.monotonic() + every > deadline:
            raise TimeoutError(f"{host}:{port} took no connection within {timeout:g} s; last seen: {seen}")
        time.sleep(every)
