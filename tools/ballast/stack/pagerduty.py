"""The local receiver that stands for PagerDuty, as a process (what it speaks: `pagerduty_app`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from ballast.stack.process import Process
from ballast.stack.wait import http_ok, wait_until

ROUTING_KEY = "0000000000000000ba11a57000000000"
"""The integration key that demos and tests use; the receiver takes any with 32 characters."""


class PagerDuty(Process):
    """A receiver of PagerDuty events on loopback. Incidents live as long as its process."""

    def __init__(self, directory: Path, *, port: int | None = None, name: str = "pagerduty") -> None:
        super().__init__(name, directory, port=port)

    @property
    def events_url(self) -> str:
        """Where events go (PagerDuty's own is https://events.pagerduty.com/v2/enqueue)."""
        return f"{self.url}/v2/enqueue"

    def command(self) -> Sequence[str | Path]:
        """The receiver, run by this interpreter."""
        return [sys.executable, "-m", "ballast.stack.pagerduty_app", str(self.port)]

    def ready(self) -> bool:
        """Whether it answers."""
        return http_ok(f"{self.url}/healthz")

    def incidents(self) -> list[dict[str, Any]]:
        """Incidents, oldest first: number, routing_key, dedup_key, event, opened, status, resolved, history."""
        return self._api("GET", "incidents")  # type: ignore[no-any-return]

    def calls(self) -> list[dict[str, Any]]:
        """Calls, oldest first: arrived, event, status (0: the answer was a reset), effect, incident, agent."""
        return self._api("GET", "calls")  # type: ignore[no-any-return]

    def fault(
        self,
        kind: Literal["status", "slow", "late", "reset", "lost"],
        *,
        status: int = 500,
        retry_after: int | None = None,
        seconds: float = 0.0,
        count: int | None = None,
        key: str | None = None,
        agent: str = "",
    ) -> None:
        """Have the next `count` calls go wrong (all of them where None), or those for one dedup `key`, or of one `agent`.

        Faults asked for before are used up first. What the kinds do: `pagerduty_app.Fault`.
        """
        wanted: dict[str, str | float | None] = {
            "kind": kind,
            "status": status,
            "retry_after": retry_after,
            "seconds": seconds,
            "count": count,
        }
        wanted |= {"key": key, "agent": agent}
        self._api("POST", "faults", wanted)

    def heal(self) -> None:
        """No more faults."""
        self._api("DELETE", "faults")

    def wait_for(self, status: str, seconds: float = 30.0, *, count: int = 1) -> list[dict[str, Any]]:
        """Wait until at least `count` incidents have this status, and return them."""

        def matching() -> list[dict[str, Any]]:
            found = [i for i in self.incidents() if i["status"] == status]
            return found if len(found) >= count else []

        return wait_until(matching, seconds, f"{count} incident(s) {status} at {self.name}")

    def _api(self, method: str, path: str, body: object = None) -> Any:
        import httpx

        answer = httpx.request(method, f"{self.url}/api/{path}", json=body, timeout=10, trust_env=False).raise_for_status()
        return answer.json() if answer.content else None
