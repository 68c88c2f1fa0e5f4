"""Alertmanager's configuration for the demo: pages leave at once, by two legs (DESIGN decision 9)."""

from __future__ import annotations

from typing import Any

from ballast.stack import ROUTING_KEY

GROUP = ["alertname", "service", "slo", "severity"]
"""What one notification is about: one SLO and one severity, so nothing has to be waited for to batch it."""


def settings(gateway: str, pagerduty: str, *, group_wait: float = 0.0, group_interval: float = 5.0) -> dict[str, Any]:
    """Alertmanager's configuration as data. `gateway` is the webhook's URL, `pagerduty` that of its events API; seconds.

    Pages of P1 and P2 go to PagerDuty directly and to the gateway, with the same deduplication key. Everything else goes to
    the gateway alone.
    """
    webhook = {"url": gateway, "send_resolved": True, "max_alerts": 0}
    direct = {
        "routing_key": ROUTING_KEY,
        "url": pagerduty,
        "send_resolved": True,
        "severity": "critical",
        "client": "Alertmanager",
        "description": "[{{ .CommonLabels.tier }}] {{ (index .Alerts 0).Annotations.summary }}",
        "source": "{{ .CommonLabels.service }}",
        "component": "{{ .CommonLabels.service }}",
        "group": "{{ .CommonLabels.slo }}",
        "class": "{{ .CommonLabels.alertname }}",
        "details": {
            "description": "{{ .CommonAnnotations.description }}",
            "owner": "{{ .CommonLabels.owner }}",
            "tier": "{{ .CommonLabels.tier }}",
            # Alertmanager adds these four; the first two would repeat everything above for each alert.
            "firing": "{{ .Alerts.Firing | len }}",
            "resolved": "{{ .Alerts.Resolved | len }}",
            "num_firing": "",
            "num_resolved": "",
        },
        "links": [
            {"href": "{{ .CommonAnnotations.runbook_url }}", "text": "Runbook"},
            {"href": "{{ .CommonAnnotations.dashboard_url }}", "text": "Dashboard"},
        ],
    }  # fmt: skip
    return {
        "global": {"resolve_timeout": "5m"},
        "route": {
            "receiver": "gateway",
            "group_by": GROUP,
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
