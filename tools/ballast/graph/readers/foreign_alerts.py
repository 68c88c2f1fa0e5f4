"""Alerts that others evaluate: SLOs on logs and traces in Grafana, and what the platform's chart brings."""

from __future__ import annotations

from typing import Any

from ballast.alerts.grafana import ENDINGS, GRAFANA
from ballast.graph.builder import Builder, reader
from ballast.repo import Position, Routing, ServiceTier, link_from
from ballast.repo.source import RawDocument, read

PLATFORM = "alerts/platform-alerts.yaml"
CHART_SERVICE = "kubernetes"
"""The chart labels all its alerts with this service (terraform/modules/platform-alerts.json)."""


@reader("slos-in-grafana", reads=GRAFANA)
def grafana(builder: Builder) -> None:
    """`alerts/grafana.yaml`: an SLO a key; its alerts are named after it."""
    for file in builder.tree.match(*GRAFANA):
        for raw in read(file.path, file.data)[0]:
            slos = raw.data.get("slos") if isinstance(raw.data, dict) else None
            for key, slo in slos.items() if isinstance(slos, dict) else ():
                if isinstance(slo, dict):
                    _slo(builder, raw, file.path, str(key), slo)


def _slo(builder: Builder, raw: RawDocument, path: str, key: str, slo: dict[str, Any]) -> None:
    def at(*keys: str) -> Position:
        place = raw.text.place(raw.number, ("slos", key, *keys), key=not keys)
        return Position(path, place.line, place.column)

    service, owner = str(slo.get("service", "")), str(slo.get("owner", ""))
    facts = {"objective": f"{slo.get('objective', '')} %", "window": "30d", "source": "grafana"}
    node = builder.node("slo", key, at(), **facts)
    builder.link(f"service:{service}", "promises", node, at("service"))
    tier = slo.get("tier") if slo.get("tier") in (1, 2, 3) else None
    severities = {ENDINGS[0]: ("page", "ticket") if slo.get("page", True) else ("ticket",), ENDINGS[1]: ("ticket",)}
    for ending in ENDINGS:
        name = f"{slo.get('name', '')}{ending}"
        alert = ""
        for severity in severities[ending]:
            tiers = {"severity": severity, "tier": _tier(builder.repository.routing, tier, severity)}
            alert = builder.node("alert", name, at("name"), owner=owner, service=service, source="grafana", **tiers)
        builder.link(node, "is watched by", alert, at("name"))
        settings = builder.settings
        builder.url(alert, "is handled by", settings.runbook_url.replace("{alert}", name), at("name"))
        board = link_from(settings.dashboard_url, alert=name, service=service, slo=key.rpartition("/")[2])
        builder.url(alert, "is shown on", board, at("name"))


def _tier(routing: Routing, tier: ServiceTier | None, severity: str) -> str:
    return routing.alert_tier(tier, "page" if severity == "page" else "ticket")


@reader("platform-alerts", reads=(PLATFORM,))
def platform(builder: Builder) -> None:
    """Those that are kept. Their queries are the chart's."""
    document = builder.repository.platform_alerts
    if document is None:
        return
    listed = document.model
    service = builder.repository.services.get(CHART_SERVICE)
    tier = service.model.tier if service else None
    for group, alerts in listed.groups.items():
        for name, alert in alerts.items():
            if alert.decision == "disable":
                continue
            at = document.position("groups", group, name)
            node = ""
            for severity in ("page", "ticket") if alert.by_severity else (alert.decision,):
                facts = {"severity": severity, "tier": _tier(builder.repository.routing, tier, severity)}
                node = builder.node(
                    "alert",
                    name,
                    at,
                    owner=listed.owner,
                    service=CHART_SERVICE,
                    source=listed.chart,
                    protects=alert.slo,
                    **facts,
                )
            if alert.slo:
                builder.link(f"slo:{alert.slo}", "is protected by", node, document.position("groups", group, name, "slo"))
            elif service:
                builder.link(f"service:{CHART_SERVICE}", "is watched by", node, at)
            place = document.position("groups", group, name, "runbook")
            builder.link(node, "is handled by", f"runbook:{alert.runbook}", place)
