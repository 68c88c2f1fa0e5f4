"""Keys of providers: from the environment or `.env`, or from Vault, read anew from time to time.

A secret of Vault (KV version 2) holds the same names as a `.env` would: `BALLAST_PAGERDUTY_ROUTING_KEY` and so on. While
Vault is gone or sealed the last keys are used, and `gateway_vault_up` is 0. A gateway that starts without Vault stores
alerts, and sends them as soon as it has a key.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ballast.repo import CannotRun
from ballast.secrets import Vault as Client
from ballast.secrets import VaultSettings

log = logging.getLogger("ballast.gateway")
RETRY_SECONDS = 5.0
"""Until Vault is asked again after it failed."""
Key = Callable[[], str]
"""The key as it is now; empty while there is none."""


@dataclass(slots=True)
class Keys:
    """Values by their names; those of Vault, once it has been read, over `given`."""

    given: Mapping[str, str] = field(repr=False)
    vault: Vault | None = None

    def get(self, name: str) -> str:
        """The value as it is now, or an empty string."""
        found = self.vault.values.get(name) if self.vault else None
        return found or self.given.get(name, "")

    def key(self, name: str) -> Key:
        """A function that says what it is now, for a provider."""
        return lambda: self.get(name)


class Vault:
    """Reads a secret (`<mount>/<path>`) every `refresh_seconds`. `run` it beside the gateway."""

    def __init__(self, settings: VaultSettings, path: str, refresh_seconds: float = 60.0) -> None:
        self.path = path
        self.refresh_seconds = refresh_seconds
        self.values: Mapping[str, str] = {}
        self.up = False
        """Whether the last reading succeeded."""
        self.read_at: float | None = None
        """Monotonic time of the last reading that did."""
        self._client = Client(settings)

    async def run(self) -> None:
        """Keep the values fresh, for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(self.refresh_seconds if self.up else min(RETRY_SECONDS, self.refresh_seconds))

    async def refresh(self) -> None:
        """Read once. Never raises: what fails is logged, and the values stay as they were."""
        try:
            values = await asyncio.to_thread(self._client.read, self.path)
        except Exception as error:  # a defect of a library must not end the loop either
            self.up = False
            reason = " ".join(str(error).split())[:300] if isinstance(error, CannotRun) else type(error).__name__
            log.error("Vault cannot be read; the last keys are used", extra={"reason": reason, "held": sorted(self.values)})
            return
        if values != self.values:
            log.info("keys read from Vault", extra={"names": sorted(values), "path": self.path})
        self.values, self.up, self.read_at = values, True, time.monotonic()
