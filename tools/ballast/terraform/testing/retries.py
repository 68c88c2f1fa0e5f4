"""Which errors are worth another try: by what they say."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """Errors that match `pattern` (a regular expression) are tried again, `attempts` times in all, `wait` seconds apart."""

    pattern: str
    attempts: int = 3
    wait: float = 5.0


TRANSIENT = (
    Retry(r"(?i)TLS handshake timeout|connection reset by peer|i/o timeout|unexpected EOF|no such host"),
    Retry(r"(?i)Throttling|RequestLimitExceeded|TooManyRequests|rateLimitExceeded|Error 429|quota exceeded.*retry", wait=20.0),
    Retry(r"(?i)Error 50[234]|InternalError|ServiceUnavailable|backendError", wait=10.0),
    Retry(r"(?i)OperationAborted|ConflictException|concurrent modification|etag mismatch", wait=10.0),
)
"""Errors of clouds and registries that pass by themselves."""


def attempt[T](
    call: Callable[[], T], failed: Callable[[T], str], retries: Sequence[Retry], sleep: Callable[[float], None] = time.sleep
) -> T:
    """Call until `failed` says "" or says what no pattern matches or what was tried often enough; the last result."""
    tried: dict[Retry, int] = {}
    while True:
        result = call()
        said = failed(result)
        match = next((retry for retry in retries if said and re.search(retry.pattern, said)), None)
        if match is None:
            return result
        tried[match] = tried.get(match, 1) + 1
        if tried[match] > match.attempts:
            return result
        sleep(match.wait)
