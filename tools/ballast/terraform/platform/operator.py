"""The Prometheus configuration that the Prometheus operator makes of a `Prometheus` object's spec, where we set it.

The operator is not run here: its documented translation (camelCase fields of the API reference to Prometheus' own names) is
applied to what the module writes, so that promtool judges it. Scrape jobs come from other objects and are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_KEEP = {"headers", "externalLabels"}
"""Maps whose keys are names and not fields."""


def prometheus_config(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Global settings, remote write, and alert delivery of a spec (or of the part of one that is given)."""
    settings: dict[str, Any] = {"scrape_interval": spec.get("scrapeInterval") or "30s"}
    settings["evaluation_interval"] = spec.get("evaluationInterval") or settings["scrape_interval"]
    if spec.get("scrapeTimeout"):
        settings["scrape_timeout"] = spec["scrapeTimeout"]
    if spec.get("externalLabels"):
        settings["external_labels"] = dict(spec["externalLabels"])
    config: dict[str, Any] = {"global": settings}
    if writes := spec.get("remoteWrite"):
        config["remote_write"] = [_fields(write) for write in writes]
    alerting: dict[str, Any] = {}
    if relabel := spec.get("additionalAlertRelabelConfigs"):
        alerting["alert_relabel_configs"] = relabel if isinstance(relabel, list) else []
    if endpoints := spec.get("alertingEndpoints"):
        alerting["alertmanagers"] = [_alertmanager(endpoint) for endpoint in endpoints]
    return config | ({"alerting": alerting} if alerting else {})


def _alertmanager(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """An endpoint of a spec; the operator finds its addresses by Kubernetes discovery, which this checkout's promtool lacks."""
    made = {
        "scheme": endpoint.get("scheme", "http"),
        "path_prefix": endpoint.get("pathPrefix", "/"),
        "api_version": endpoint.get("apiVersion", "v2"),
        "timeout": endpoint.get("timeout", "30s"),
        "static_configs": [{"targets": [f"{endpoint['name']}.{endpoint.get('namespace', 'default')}.svc"]}],
    }
    if tls := endpoint.get("tlsConfig"):
        made["tls_config"] = _tls(tls)
    return made


def _fields(value: Any, key: str = "") -> Any:
    if key in _KEEP or not isinstance(value, Mapping):
        return [_fields(item) for item in value] if isinstance(value, list) and key not in _KEEP else value
    if key == "tlsConfig":
        return _tls(value)
    return {_snake(name): _fields(item, name) for name, item in value.items()}


def _tls(value: Mapping[str, Any]) -> dict[str, Any]:
    """Files stay; a reference to a secret becomes the file that the operator would mount it as."""
    made: dict[str, Any] = {}
    for name, item in value.items():
        match name, item:
            case ("ca" | "cert", {"secret": {"name": secret, "key": key}}):
                made[f"{name}_file"] = f"/etc/prometheus/certs/secret_{secret}_{key}"
            case ("keySecret", {"name": secret, "key": key}):
                made["key_file"] = f"/etc/prometheus/certs/secret_{secret}_{key}"
            case _:
                made[_snake(name)] = item
    return made


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: "_" + m[1].lower(), name)
