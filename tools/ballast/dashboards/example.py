"""A small dashboard that breaks no rule, and what a fragment of one (a page's ± lines, a case's input) makes of it."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

_QUERY = 'sum by (route) (rate(http_requests_total{job=~"$job", instance=~"$instance"}[$__rate_interval]))'
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def _variable(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
    }


PANEL: dict[str, Any] = {
    "id": 1,
    "type": "timeseries",
    "title": "Requests",
    "description": "Requests a second by route.",
    "datasource": _SOURCE,
    "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
    "fieldConfig": {"defaults": {"unit": "reqps"}, "overrides": []},
    "options": {},
    "targets": [{"refId": "A", "datasource": _SOURCE, "expr": _QUERY, "legendFormat": "{{route}}"}],
}
DASHBOARD: dict[str, Any] = {
    "uid": "example",
    "title": "Example",
    "description": "Shows how it is done.",
    "editable": False,
    "refresh": "1m",
    "time": {"from": "now-6h", "to": "now"},
    "schemaVersion": 41,
    "templating": {
        "list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
            _variable("job", "label_values(http_requests_total, job)"),
            _variable("instance", 'label_values(http_requests_total{job=~"$job"}, instance)'),
        ]
    },
    "panels": [PANEL],
}
_OF_TARGET = {"expr", "legendFormat", "instant", "interval", "hide"}
_OF_DEFAULTS = {"unit", "thresholds", "color", "custom", "mappings"}


def repository(fragment: str) -> dict[str, str]:
    """The dashboard with members put in where they belong: into the query, the field defaults, the panel or the dashboard.

    A fragment that is a whole JSON object is the file. `variable` adds a template variable, `panel` adds a panel.
    """
    if fragment.lstrip().startswith("{"):
        return {"dashboards/example.json": fragment}
    dashboard = deepcopy(DASHBOARD)
    panel = dashboard["panels"][0]
    for name, value in _members(fragment):
        if name == "variable":
            kept = [v for v in dashboard["templating"]["list"] if v["name"] != value["name"]]
            dashboard["templating"]["list"] = [*kept, value]
        elif name == "panel":
            dashboard["panels"].append({**deepcopy(PANEL), "id": len(dashboard["panels"]) + 1, **value})
        elif name in _OF_TARGET:
            panel["targets"][0][name] = value
        elif name in _OF_DEFAULTS:
            panel["fieldConfig"]["defaults"][name] = value
        elif name in DASHBOARD and name not in ("title", "description"):
            dashboard[name] = value
        else:
            panel[name] = value
    return {"dashboards/example.json": json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"}


def _members(fragment: str) -> list[tuple[str, Any]]:
    """Members of an object, with or without commas between them; a name may come again."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while fragment[at:].strip(" \n,"):
        at += len(fragment[at:]) - len(fragment[at:].lstrip(" \n,"))
        name, at = decoder.raw_decode(fragment, at)
        at = fragment.index(":", at) + 1
        at += len(fragment[at:]) - len(fragment[at:].lstrip())
        value, at = decoder.raw_decode(fragment, at)
        found.append((name, value))
    return found
