"""PagerDuty Events API v2: the event for a notification, within the documented limits, and what an answer means.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import orjson

from ballast.gateway.notification import Notification, Tier

MAX_SUMMARY = 1024
MAX_BYTES = 512 * 1024
MAX_VALUE = 4096
"""Characters of one label or annotation in the details (a limit of ours, so that one long value cannot push out the rest)."""
SEVERITY: dict[Tier, str] = {"P1": "critical", "P2": "error", "P3": "warning", "P4": "info"}
FIRST_DELAY, LAST_DELAY = 0.5, 60.0
"""Seconds before the second attempt, and at most before any other (Retry-After may ask for more)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `retry_after` is what the provider asked for, in seconds."""

    result: Literal["delivered", "retry", "parked"]
    reason: str = ""
    retry_after: float = 0.0


def event(notification: Notification, action: str) -> dict[str, Any]:
    """The event without its routing key, which is added when it is sent and never stored."""
    head = {"event_action": action, "dedup_key": notification.dedup_key}
    if action != "trigger":
        return head
    labels, annotations = notification.common_labels, notification.common_annotations
    name = labels.get("alertname") or notification.group_labels.get("alertname") or "Alert"
    firing = notification.firing or notification.alerts
    summary = annotations.get("summary") or f"{name}: {len(firing)} alert(s) firing"
    payload = {
        "summary": clip(f"[{notification.tier}] {summary}", MAX_SUMMARY),
        "source": labels.get("service") or labels.get("instance") or labels.get("job") or name,
        "severity": SEVERITY[notification.tier],
        "timestamp": min(alert.starts_at for alert in firing).isoformat(),
        "component": labels.get("service", ""),
        "group": labels.get("slo", ""),
        "class": name,
        "custom_details": _details(notification),
    }
    urls = {
        "Runbook": annotations.get("runbook_url", ""),
        "Dashboard": annotations.get("dashboard_url", ""),
        "Alertmanager": notification.external_url,
    }
    whole = {
        **head,
        "client": "Ballast",
        "client_url": notification.external_url,
        "payload": {key: value for key, value in payload.items() if value},
        "links": [{"href": url, "text": text} for text, url in urls.items() if url],
    }
    return _within(whole, MAX_BYTES - 1024)  # room for the routing key


def _details(notification: Notification) -> dict[str, Any]:
    alerts = [
        {"labels": _clipped(alert.labels), "annotations": _clipped(alert.annotations), "since": alert.starts_at.isoformat()}
        for alert in notification.firing
    ]
    return {
        "description": clip(notification.common_annotations.get("description", ""), MAX_VALUE),
        "tier": notification.tier,
        "labels": _clipped(notification.common_labels),
        "firing": len(alerts) + notification.truncated_alerts,
        "alerts": alerts,
    }


def _within(whole: dict[str, Any], limit: int) -> dict[str, Any]:
    """Leave out alerts from the end, then the common labels, until the event is small enough."""
    details = whole["payload"]["custom_details"]
    while len(orjson.dumps(whole)) > limit:
        if details.get("alerts"):
            details["alerts"] = details["alerts"][: len(details["alerts"]) // 2]
            details["left_out"] = details["firing"] - len(details["alerts"])
        elif details.pop("labels", None) is None:
            whole["links"] = []
            whole["payload"] = {
                key: clip(value, MAX_SUMMARY) for key, value in whole["payload"].items() if value is not details
            }
            whole["client_url"] = clip(whole["client_url"], MAX_SUMMARY)
            break
    return whole


def _clipped(labels: dict[str, str]) -> dict[str, str]:
    return {key: clip(value, MAX_VALUE) for key, value in labels.items()}


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, the last one `…` where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


class PagerDuty:
    """Sends events. One instance holds one connection pool; close it with `aclose`."""

    name = "pagerduty"

    def __init__(self, url: str, routing_key: str, *, timeout: float = 10.0) -> None:
        self._url = url
        self._routing_key = routing_key
        local = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
        self._client = httpx.AsyncClient(timeout=timeout, trust_env=not local, headers={"User-Agent": "ballast-gateway"})

    async def send(self, notification: Notification, action: str) -> Outcome:
        """One attempt. Never raises for what the network or PagerDuty does."""
        body = {"routing_key": self._routing_key, **event(notification, action)}
        try:
            answer = await self._client.post(
                self._url, content=orjson.dumps(body), headers={"Content-Type": "application/json"}
            )
        except httpx.HTTPError as error:
            return Outcome("retry", f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        return judge(answer)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def judge(answer: httpx.Response) -> Outcome:
    """2xx is delivered; 429 and 5xx are tried again, with the provider's Retry-After; anything else never will be accepted."""
    said = f"{answer.status_code} {clip(answer.text.strip(), 500)}".strip()
    if answer.is_success:
        return Outcome("delivered")
    if answer.status_code == 429 or answer.status_code >= 500:
        return Outcome("retry", said, _retry_after(answer.headers.get("Retry-After", "")))
    return Outcome("parked", said)


def _retry_after(text: str) -> float:
    """Seconds, from a number of seconds or an HTTP date (RFC 9110); 0 where there is none that can be read."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def delay(attempts: int, retry_after: float) -> float:
    """Seconds until the next attempt after `attempts` failed ones: doubling from half a second to a minute, a random half of it
    taken off so that many do not come back at once, and never before `retry_after` (an hour at most).
    """
    backoff = min(LAST_DELAY, FIRST_DELAY * 2.0 ** min(attempts - 1, 30))
    return max(min(retry_after, 3600.0), backoff * random.uniform(0.5, 1.0))
