"""A gateway as a process of a stack."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ballast.gateway.settings import VARIABLES
from ballast.stack import LOOPBACK, ROUTING_KEY, Process, http_ok


class GatewayProcess(Process):
    """One gateway on loopback. `overrides` are more of `Settings`, by name; `more` are variables besides (`OTEL_…`).

    With `tls_cert` among them it needs a `status_port` too, where it is asked whether it is ready.
    """

    stop_seconds = 15.0  # open requests, then the drain

    def __init__(
        self,
        directory: Path,
        *,
        database_url: str,
        pagerduty_url: str,
        routing_key: str = ROUTING_KEY,
        overrides: Mapping[str, object] | None = None,
        more: Mapping[str, str] | None = None,
        needs_database: bool = True,
        port: int | None = None,
        name: str = "gateway",
    ) -> None:
        super().__init__(name, directory, port=port)
        self._more = dict(more or {})
        self._path = "/readyz" if needs_database else "/healthz"
        self._settings: dict[str, object] = {
            "database_url": database_url,
            "pagerduty_url": pagerduty_url,
            "routing_key": routing_key,
            **(overrides or {}),
        }

    @property
    def url(self) -> str:
        """Its base URL; https where clients must show a certificate."""
        return f"https://{LOOPBACK}:{self.port}" if self._settings.get("tls_cert") else super().url

    @property
    def status_url(self) -> str:
        """Where health and metrics answer in plain HTTP."""
        port = self._settings.get("status_port")
        return f"http://{LOOPBACK}:{port}" if port else super().url

    @property
    def webhook(self) -> str:
        """The URL for Alertmanager's `webhook_configs`."""
        return f"{self.url}/v1/alertmanager"

    def prepare(self) -> None:
        """Its environment: a connection string does not belong on a command line."""
        everything = self._settings | {"host": LOOPBACK, "port": self.port}
        self.env = {**self._more, **{VARIABLES[name]: str(value) for name, value in everything.items()}}

    def command(self) -> Sequence[str | Path]:
        """The gateway, run by this interpreter."""
        return [sys.executable, "-m", "ballast.gateway"]

    def ready(self) -> bool:
        """Whether it would store a webhook (with `needs_database=False`: whether it answers)."""
        return http_ok(self.status_url + self._path)
