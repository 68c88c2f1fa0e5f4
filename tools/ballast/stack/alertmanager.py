"""A real Alertmanager, alone (no cluster), with its configuration checked by amtool before each start."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun
from ballast.stack.ports import LOOPBACK
from ballast.stack.process import Process
from ballast.stack.toolchain import tool
from ballast.stack.wait import http_ok


class Alertmanager(Process):
    """An Alertmanager server. `settings` is its configuration, as data; change it and call `reload()` while it runs."""

    def __init__(
        self,
        directory: Path,
        settings: Mapping[str, Any],
        *,
        flags: Sequence[str] = (),
        port: int | None = None,
        name: str = "alertmanager",
    ) -> None:
        super().__init__(name, directory, port=port)
        self.settings = dict(settings)
        self.flags = list(flags)
        self.config = self.directory / "alertmanager.yaml"

    @property
    def target(self) -> str:
        """`host:port`, as Prometheus' configuration wants it."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Write the configuration and check it. Raises CannotRun with amtool's words."""
        import yaml

        self.config.write_text(yaml.safe_dump(self.settings, sort_keys=False))
        checked = subprocess.run([tool("amtool"), "check-config", self.config], capture_output=True, text=True, check=False)
        if checked.returncode:
            said = " ".join(f"{checked.stdout} {checked.stderr}".split())
            raise CannotRun(f"{self.config} is not a valid Alertmanager configuration: {said}")

    def command(self) -> Sequence[str | Path]:
        """Alertmanager on loopback, without gossip."""
        return [
            tool("alertmanager"),
            f"--config.file={self.config}",
            f"--storage.path={self.directory / 'data'}",
            f"--web.listen-address={self.target}",
            "--cluster.listen-address=",
            *self.flags,
        ]

    def ready(self) -> bool:
        """Its own readiness."""
        return http_ok(f"{self.url}/-/ready")

    def reload(self) -> None:
        """Write the configuration and have it read. Raises CannotRun with Alertmanager's words when it refuses."""
        import httpx

        self.prepare()
        answer = httpx.post(f"{self.url}/-/reload", timeout=30, trust_env=False)
        if not answer.is_success:
            raise CannotRun(f"{self.name} refused its new configuration: {answer.text.strip()}")

    def fire(self, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None, *, minutes: float = 60.0) -> None:
        """Post an alert as Prometheus does; it resolves by itself after `minutes`."""
        now = datetime.now(UTC)
        self._post(labels, annotations or {}, now, now + timedelta(minutes=minutes))

    def resolve(self, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> None:
        """Post the end of an alert with these labels."""
        now = datetime.now(UTC)
        self._post(labels, annotations or {}, now, now)  # Alertmanager keeps the earlier start that it knows

    def _post(self, labels: Mapping[str, str], annotations: Mapping[str, str], starts: datetime, ends: datetime) -> None:
        import httpx

        times = {"startsAt": starts.isoformat(), "endsAt": ends.isoformat()}
        alert = {"labels": dict(labels), "annotations": dict(annotations), **times}
        httpx.post(f"{self.url}/api/v2/alerts", json=[alert], timeout=10, trust_env=False).raise_for_status()

    def get(self, path: str) -> Any:
        """An answer of API v2 (`alerts`, `alerts/groups`, `silences`, `status`)."""
        import httpx

        return httpx.get(f"{self.url}/api/v2/{path}", timeout=10, trust_env=False).raise_for_status().json()
