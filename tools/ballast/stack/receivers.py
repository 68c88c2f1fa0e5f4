"""The local receivers that stand for services that cannot run here, as processes (what they speak: the `*_app` modules)."""

from __future__ import annotations

import base64
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ballast.stack.process import Process
from ballast.stack.wait import http_ok


class _Receiver(Process):
    """One of our own programs, with an API under `/api` for those who look on."""

    program = ""
    health = "/healthz"

    def command(self) -> Sequence[str | Path]:
        """The receiver, run by this interpreter."""
        return [sys.executable, "-m", f"ballast.stack.{self.program}", str(self.port)]

    def ready(self) -> bool:
        """Whether it answers."""
        return http_ok(f"{self.url}{self.health}")

    def calls(self) -> list[dict[str, Any]]:
        """What it was asked, oldest first."""
        return self._api("GET", "calls")  # type: ignore[no-any-return]

    def _api(self, method: str, path: str, body: object = None) -> Any:
        import httpx

        answer = httpx.request(method, f"{self.url}/api/{path}", json=body, timeout=10, trust_env=False).raise_for_status()
        return answer.json() if answer.content else None


class _Faulty(_Receiver):
    def fault(self, status: int, *, count: int = 1, retry_after: int | None = None) -> None:
        """Answer the next `count` calls with this status and take nothing of them; asked for before, used up first."""
        more = {} if retry_after is None else {"retry_after": retry_after}
        self._api("POST", "faults", {"status": status, "count": count, **more})

    def heal(self) -> None:
        """No more faults."""
        self._api("DELETE", "faults")


class Jsm(_Faulty):
    """Jira Service Management's alert API (Opsgenie's) on loopback. Alerts live as long as its process."""

    program = "jsm_app"

    def __init__(self, directory: Path, *, port: int | None = None, name: str = "jsm") -> None:
        super().__init__(name, directory, port=port)

    def alerts(self) -> list[dict[str, Any]]:
        """Alerts, oldest first: alias, status (open, closed), acknowledged, count, body."""
        return self._api("GET", "alerts")  # type: ignore[no-any-return]

    def fate(self, *, unseen: int = 0, fails: str = "") -> None:
        """Of the next request that is taken: its outcome is not known for `unseen` questions; it `fails` with this status."""
        self._api("POST", "fates", {"unseen": unseen, "fails": fails})


class Sink(_Faulty):
    """Takes whatever is posted: webhooks, chats, OTLP."""

    program = "sink_app"

    def __init__(self, directory: Path, *, port: int | None = None, name: str = "sink") -> None:
        super().__init__(name, directory, port=port)

    def posts(self, path: str) -> list[tuple[dict[str, str], bytes]]:
        """Headers (names in lower case) and body of each post to a path that was answered with 200."""
        taken = [call for call in self.calls() if call["path"] == path and call["status"] == 200]
        return [(call["headers"], base64.b64decode(call["body"])) for call in taken]


class Vault(_Receiver):
    """Vault's API, as far as a client needs it that signs in and reads a secret. Who may sign in: `vault_app`."""

    program = "vault_app"
    health = "/v1/sys/health"

    def __init__(self, directory: Path, *, port: int | None = None, name: str = "vault") -> None:
        super().__init__(name, directory, port=port)

    def put(self, path: str, data: dict[str, str]) -> None:
        """A new version of the secret at `<mount>/<path>`."""
        self._api("POST", "secret", {"path": path, "data": data})

    def state(self, **changes: object) -> None:
        """`sealed`, `ttl` and `max_ttl` of tokens in seconds, `revoke` (all tokens)."""
        self._api("POST", "state", changes)
