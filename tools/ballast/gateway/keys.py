"""Keys of providers: from the environment or `.env`, or from Vault, read anew from time to time.

A secret of Vault (KV version 2) holds the same names as a `.env` would: `BALLAST_PAGERDUTY_ROUTING_KEY` and so on. While
Vault is gone or sealed the last keys are used, and `gateway_vault_up` is 0. A gateway that starts without Vault stores
alerts, and sends them as soon as it has a key.

Vault's API: https://developer.hashicorp.com/vault/api-docs (auth/kubernetes, auth/approle, auth/token, secret/kv/kv-v2).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger("ballast.gateway")
RETRY_SECONDS = 5.0
"""Until Vault is asked again after it failed."""
Key = Callable[[], str]
"""The key as it is now; empty while there is none."""


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """Where Vault is and who we are there. `auth` is kubernetes (the pod's token) or approle; `path` is `<mount>/<secret>`."""

    address: str
    path: str
    role: str
    auth: str = "kubernetes"
    mount: str = ""
    jwt_file: str = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    secret_id_file: str = ""
    ca: str = ""
    cert: str = ""
    key: str = ""
    namespace: str = ""
    refresh_seconds: float = 60.0
    timeout_seconds: float = 5.0


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
    """Signs in, reads a secret every `refresh_seconds`, renews its token. `run` it beside the gateway."""

    def __init__(self, settings: VaultSettings) -> None:
        self.settings = settings
        self.values: Mapping[str, str] = {}
        self.up = False
        """Whether the last reading succeeded."""
        self.read_at: float | None = None
        """Monotonic time of the last reading that did."""
        self._client: Any = None
        self._renew_at = 0.0
        self._ends_at = 0.0

    async def run(self) -> None:
        """Keep the values fresh, for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(self.settings.refresh_seconds if self.up else min(RETRY_SECONDS, self.settings.refresh_seconds))

    async def refresh(self) -> None:
        """Read once. Never raises: what fails is logged, and the values stay as they were."""
        try:
            values = await asyncio.to_thread(self._read)
        except Exception as error:  # hvac, requests and the file system each have their own
            self.up = False
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            log.error("Vault cannot be read; the last keys are used", extra={"reason": reason, "held": sorted(self.values)})
            return
        if values != self.values:
            log.info("keys read from Vault", extra={"names": sorted(values), "path": self.settings.path})
        self.values, self.up, self.read_at = values, True, time.monotonic()

    def _read(self) -> Mapping[str, str]:
        import hvac.exceptions

        self._sign_in_or_renew()
        mount, _, path = self.settings.path.partition("/")
        try:
            answer = self._client.secrets.kv.v2.read_secret_version(path=path, mount_point=mount, raise_on_deleted_version=True)
        except (hvac.exceptions.Forbidden, hvac.exceptions.Unauthorized):
            self._client = None  # the token was revoked: sign in again next time
            raise
        return {str(name): str(value) for name, value in answer["data"]["data"].items()}

    def _sign_in_or_renew(self) -> None:
        import hvac.exceptions

        now = time.monotonic()
        if self._client is not None and now < self._renew_at:
            return
        if self._client is not None and now < self._ends_at:
            try:
                self._lease(self._client.auth.token.renew_self()["auth"], now)
                return
            except hvac.exceptions.VaultError as error:  # at the end of its longest life it cannot be renewed
                log.warning("Vault's token cannot be renewed; signing in again", extra={"reason": str(error)[:200]})
        self._client = None
        client = self._connect()
        self._lease(self._sign_in(client)["auth"], now)
        self._client = client

    def _lease(self, auth: Mapping[str, Any], now: float) -> None:
        """Renewed after two thirds of its life; one that cannot be renewed is replaced then."""
        seconds = float(auth["lease_duration"]) or float("inf")
        self._renew_at = now + seconds * 2 / 3
        self._ends_at = now + seconds if auth.get("renewable") else self._renew_at

    def _connect(self) -> Any:
        import hvac
        import requests

        settings = self.settings
        session = requests.Session()
        session.trust_env = not settings.address.startswith(("http://127.0.0.1", "https://127.0.0.1"))
        return hvac.Client(
            url=settings.address,
            verify=settings.ca or True,
            cert=(settings.cert, settings.key) if settings.cert else None,
            namespace=settings.namespace or None,
            timeout=settings.timeout_seconds,
            session=session,
        )

    def _sign_in(self, client: Any) -> Mapping[str, Any]:
        settings = self.settings
        mount = settings.mount or settings.auth
        if settings.auth == "approle":
            secret = Path(settings.secret_id_file).read_text().strip() if settings.secret_id_file else None
            answer = client.auth.approle.login(role_id=settings.role, secret_id=secret, mount_point=mount)
        else:
            jwt = Path(settings.jwt_file).read_text().strip()
            answer = client.auth.kubernetes.login(role=settings.role, jwt=jwt, mount_point=mount)
        return answer  # type: ignore[no-any-return]
