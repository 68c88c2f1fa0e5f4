"""PagerDuty Events API v2: the event for a notification, within the documented limits, and what an answer means.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ballast.gateway.keys import Key
from ballast.gateway.notification import Notification, Tier
from ballast.gateway.provider import Leave, Message, Outcome, client, clip, no_key, post

MAX_SUMMARY = 1024
MAX_BYTES = 512 * 1024
MAX_VALUE = 4096
"""Characters of one label or annotation in the details (a limit of ours, so that one long value cannot push out the rest)."""
SEVERITY: dict[Tier, str] = {"P1": "critical", "P2": "error", "P3": "warning", "P4": "info"}
EVENTS_PER_MINUTE = 120
"""What PagerDuty takes for one integration key."""


def event(notification: Notification, action: str, *, note: str = "", extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The event without its routing key, which is added when it is sent and never stored."""
    head = {"event_action": action, "dedup_key": notification.dedup_key}
    if action != "trigger":
        return head
    labels = notification.common_labels
    name = notification.name
    firing = notification.firing or notification.alerts
    summary = f"{notification.title} ({note})" if note else notification.title
    payload = {
        "summary": clip(f"[{notification.tier}] {summary}", MAX_SUMMARY),
        "source": labels.get("service") or labels.get("instance") or labels.get("job") or name,
        "severity": SEVERITY[notification.tier],
        "timestamp": min(alert.starts_at for alert in firing).isoformat(),
        "component": labels.get("service", ""),
        "group": labels.get("slo", ""),
        "class": name,
        "custom_details": _details(notification, note, extra or {}),
    }
    whole = {
        **head,
        "client": "Ballast",
        "client_url": notification.external_url,
        "payload": {key: value for key, value in payload.items() if value},
        "links": [{"href": url, "text": text} for text, url in notification.links()],
    }
    return _within(whole, MAX_BYTES - 1024)  # room for the routing key


def _details(notification: Notification, note: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    alerts = [
        {
            "labels": _clipped(alert.labels),
            "annotations": _clipped(alert.annotations),
            "since": alert.starts_at.isoformat(),
            **({"values": alert.values} if alert.values else {}),
        }
        for alert in notification.firing
    ]
    return {
        **({"note": clip(note, MAX_VALUE)} if note else {}),
        **{key: clip(value, MAX_VALUE) if isinstance(value, str) else value for key, value in extra.items()},
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


class PagerDuty:
    """Sends events. One instance holds one connection pool; close it with `aclose`."""

    name = "pagerduty"

    def __init__(self, url: str, routing_key: Key, *, timeout: float = 10.0, per_minute: int = EVENTS_PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._url = url
        self._routing_key = routing_key
        self._client = client(url, timeout)

    async def send(self, message: Message, leave: Leave) -> Outcome:
        """One attempt. Never raises for what the network or PagerDuty does."""
        key = self._routing_key()
        if not key:
            return no_key("BALLAST_PAGERDUTY_ROUTING_KEY")
        whole = event(message.notification, message.action, note=message.note, extra=message.extra)
        return await post(self._client, self._url, {"routing_key": key, **whole}, leave)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
