"""`alerts/routing.yaml` as Alertmanager's configuration (https://prometheus.io/docs/alerting/latest/configuration/).

One receiver a tier, P1 to P4, each with the legs of its row; a route a tier by the alert's label `tier`. What has no tier is a
P2 when its severity is a page and a P3 otherwise, as in `Routing.alert_tier`. A mute time that is for some services only has a
route of its own below its tier's, in front of the others. The always-firing alert `Heartbeat` goes to a
receiver of that name, which is empty here: where it leads is each cloud's own, and module `prometheus` fills it in.
"""

from __future__ import annotations

from typing import Any, get_args

import yaml

from ballast.findings import generator
from ballast.repo import AlertTier, Delivery, MuteTime, Repository, Routing, Tier

__all__ = ["GROUP_BY", "HEARTBEAT", "alertmanager_config", "pagerduty_receiver"]

FILE = "alerts/alertmanager.yaml"
GROUP_BY = ["alertname", "service", "slo", "severity"]
"""What one notification is about: one SLO and one severity, so nothing has to be waited for to batch it."""
HEARTBEAT = "Heartbeat"
_TIERS: tuple[AlertTier, ...] = get_args(AlertTier)
_MAX_ALERTS = 100  # of a group in one webhook: the gateway refuses bodies of more than 1 MiB


def alertmanager_config(routing: Routing) -> dict[str, Any]:
    """Alertmanager's whole configuration, as data. No secret is in it: keys are files."""
    return {
        "global": {"resolve_timeout": "5m"},
        "route": {
            "receiver": "P3",
            # Clusters are told apart where there are several; an alert without the label is grouped as before.
            "group_by": ["cluster", *GROUP_BY],
            **_timing(routing.tiers.P3),
            "routes": [
                _heartbeat(),
                *(_route([f'tier="{name}"'], name, routing) for name in _TIERS),
                _route(['severity=~"page|critical"'], "P2", routing),
                # Mute times do not count on the root route.
                *([_route([], "P3", routing)] if _mutes(routing, "P3") else []),
            ],
        },
        "inhibit_rules": [
            {"source_matchers": rule.source, "target_matchers": rule.target, "equal": rule.equal}
            for rule in routing.inhibitions
        ],
        **({"time_intervals": [_interval(mute) for mute in routing.mute_times]} if routing.mute_times else {}),
        "receivers": [
            *(_receiver(name, routing.tiers.of(name), routing.delivery) for name in _TIERS),
            {"name": HEARTBEAT.lower()},
        ],
    }


def pagerduty_receiver(severity: str, **key: str) -> dict[str, Any]:
    """The direct leg: PagerDuty's Events API v2 with what a page shows. `key` is `routing_key` or `routing_key_file`."""
    return {
        **key,
        "send_resolved": True,
        "severity": severity,
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
    }


def _route(matchers: list[str], tier: AlertTier, routing: Routing) -> dict[str, Any]:
    always = [mute.name for mute in _mutes(routing, tier) if not mute.services]
    services = sorted({service for mute in _mutes(routing, tier) for service in mute.services})
    special = [
        {
            "receiver": tier,
            "matchers": [f'service="{service}"'],
            "mute_time_intervals": [
                mute.name for mute in _mutes(routing, tier) if not mute.services or service in mute.services
            ],
        }
        for service in services
    ]
    return {
        "receiver": tier,
        **({"matchers": matchers} if matchers else {}),
        **_timing(routing.tiers.of(tier)),
        **({"mute_time_intervals": always} if always else {}),
        **({"routes": special} if special else {}),
    }


def _mutes(routing: Routing, tier: AlertTier) -> list[MuteTime]:
    return [mute for mute in routing.mute_times if tier in mute.tiers]


def _interval(mute: MuteTime) -> dict[str, Any]:
    within = {
        "times": [{"start_time": mute.start, "end_time": mute.until}],
        "weekdays": list(mute.days),
        "location": mute.time_zone,
    }
    return {"name": mute.name, "time_intervals": [within]}


def _timing(tier: Tier) -> dict[str, str]:
    return {"group_wait": tier.group_wait, "group_interval": tier.group_interval, "repeat_interval": tier.repeat_interval}


def _heartbeat() -> dict[str, Any]:
    # A repeat is due when more than repeat_interval has passed since the last one was sent, and that is looked at every
    # group_interval: with a minute for both, every second look would come a few milliseconds too early.
    return {
        "receiver": HEARTBEAT.lower(),
        "matchers": [f'alertname="{HEARTBEAT}"'],
        "group_by": ["cluster"],
        "group_wait": "0s",
        "group_interval": "30s",
        "repeat_interval": "50s",
    }


def _receiver(name: str, tier: Tier, delivery: Delivery) -> dict[str, Any]:
    receiver: dict[str, Any] = {"name": name}
    if "pagerduty" in tier.legs:
        receiver["pagerduty_configs"] = [pagerduty_receiver(tier.severity, routing_key_file=delivery.pagerduty_key_file)]
    if "gateway" in tier.legs:
        receiver["webhook_configs"] = [_webhook(delivery)]
    return receiver


def _webhook(delivery: Delivery) -> dict[str, Any]:
    files = {
        f"{name}_file": f"{delivery.certificates}/{file}"
        for name, file in (("ca", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key"))
    }
    return {
        "url": delivery.gateway,
        "send_resolved": True,
        "max_alerts": _MAX_ALERTS,
        "http_config": {"tls_config": files},
    }


@generator("alerts/alertmanager", owns=(FILE,))
def alertmanager_file(repository: Repository) -> dict[str, str]:
    """`alerts/alertmanager.yaml`, which the platform's roots give to module `prometheus`."""
    header = "# Generated by Ballast from alerts/routing.yaml: edit that, then run `ballast generate`.\n"
    return {FILE: header + yaml.dump(alertmanager_config(repository.routing), Dumper=_Plain, sort_keys=False, width=128)}


class _Plain(yaml.SafeDumper):
    """YAML without anchors: a configuration is read by people."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True
