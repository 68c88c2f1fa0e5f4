"""Alertmanager's configuration for the demo: pages leave at once, by two legs (DESIGN decision 9)."""

from __future__ import annotations

from typing import Any

from ballast.alerts import GROUP_BY, pagerduty_receiver
from ballast.stack import ROUTING_KEY

NOBODY: dict[str, Any] = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
"""Until it is known where the gateway listens."""


def settings(gateway: str, pagerduty: str, *, group_wait: float = 0.0, group_interval: float = 5.0) -> dict[str, Any]:
    """Alertmanager's configuration as data. `gateway` is the webhook's URL, `pagerduty` that of its events API; seconds.

    Pages of P1 and P2 go to PagerDuty directly and to the gateway, with the same deduplication key. Everything else goes to
    the gateway alone.
    """
    webhook = {"url": gateway, "send_resolved": True, "max_alerts": 0}
    direct = {**pagerduty_receiver("critical", routing_key=ROUTING_KEY), "url": pagerduty}
    return {
        "global": {"resolve_timeout": "5m"},
        "route": {
            "receiver": "gateway",
            "group_by": GROUP_BY,
            "group_wait": "30s",
            "group_interval": "1m",
            "repeat_interval": "12h",
            "routes": [
                {
                    "receiver": "page",
                    "matchers": ['tier=~"P1|P2"'],
                    "group_wait": f"{round(group_wait * 1000)}ms",
                    "group_interval": f"{round(group_interval * 1000)}ms",
                    "repeat_interval": "4h",
                }
            ],
        },
        "receivers": [
            {"name": "page", "webhook_configs": [webhook], "pagerduty_configs": [direct]},
            {"name": "gateway", "webhook_configs": [webhook]},
        ],
    }
