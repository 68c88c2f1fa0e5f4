"""Dashboards to test with: seeded, in the forms and with the faults that real ones have."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from ballast.dashboards.example import DASHBOARD, PANEL

EXPRESSIONS = (
    'sum by (route) (rate(http_requests_total{job=~"$job", instance=~"$instance"}[5m]))',
    "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[$__rate_interval])))",
    'node_memory_MemAvailable_bytes{instance="$instance"} / node_memory_MemTotal_bytes',
    "topk($n, sum by ($by) (container_memory_working_set_bytes))",
    '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[1m])))',
    'up{job="$job"} == 0',
    "sum(http_requests_total)",
    "sum(rate(x[5m])",
    'max_over_time(rate(kafka_messages_total{topic=~".*orders.*"}[5m])[7d:1m])',
)
TYPES = ("timeseries", "stat", "gauge", "table", "heatmap", "graph", "bargauge", "text", "state-timeline")
UNITS = ("s", "ms", "bytes", "reqps", "seconds", "", "percentunit", "short")
COLOURS = ("green", "red", "#73BF69", "#F2495C", "rgba(50, 172, 45, 0.97)", "orange", "#308cf6", "semi-dark-blue", "text")


def dashboard(seed: int, panels: int = 12, rows: bool = True) -> dict[str, Any]:
    """A dashboard with faults, of classic form; every seventh has rows, every fifth is collapsed in parts."""
    rng = random.Random(seed)
    made = copy.deepcopy(DASHBOARD)
    made.update(
        title=f"Dashboard {seed}", uid=f"d{seed}", editable=rng.random() < 0.5, refresh=rng.choice(("5s", "30s", "", "1m"))
    )
    made["templating"]["list"][1]["refresh"] = rng.choice((0, 1, 2))
    made["panels"] = [panel(rng, number) for number in range(panels)]
    if seed % 4 == 0:
        made["panels"][0] |= {"repeat": "job", "repeatDirection": rng.choice("hv"), "maxPerRow": 3}
        deploys = {"enable": True, "name": "Deploys", "iconColor": "red", "target": {"type": "tags", "tags": ["deploy"]}}
        down = {"enable": True, "name": "Down", "datasource": "Prometheus", "expr": "up == 0", "titleFormat": "{{job}}"}
        made["annotations"] = {"list": [deploys, down]}
    if rows and seed % 7 == 0:
        made["rows"] = [{"title": "R", "collapse": False, "panels": made.pop("panels")}]
    elif rows and seed % 5 == 0:
        made["panels"] = [{"type": "row", "title": "R", "collapsed": True, "panels": made["panels"][:3]}, *made["panels"][3:]]
    return made


def panel(rng: random.Random, number: int) -> dict[str, Any]:
    made = copy.deepcopy(PANEL)
    made.update(id=number + 1, type=rng.choice(TYPES), title=rng.choice(("Requests", "Errors", "", f"Panel {number}")))
    made["description"] = rng.choice(("", "What it is."))
    made["gridPos"] = {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": 12, "h": 8}
    made["fieldConfig"]["defaults"]["unit"] = rng.choice(UNITS)
    steps = [{"color": rng.choice(COLOURS), "value": value} for value in (None, 50, 80)]
    made["fieldConfig"]["defaults"]["thresholds"] = {"mode": "absolute", "steps": steps}
    made["targets"] = [
        {
            "refId": "ABC"[n],
            "expr": rng.choice(EXPRESSIONS),
            "legendFormat": rng.choice(("{{route}}", "{{instance}}", "x")),
            "exemplar": n == 0,
        }
        for n in range(rng.randint(1, 3))
    ]
    if rng.random() < 0.5:
        made["datasource"] = rng.choice(({"type": "prometheus", "uid": "P1809"}, "Prometheus", {"type": "loki", "uid": "L1"}))
    return made


def v2(seed: int, panels: int = 12) -> dict[str, Any]:
    """The same panels as elements of the second schema."""
    old = dashboard(seed, panels, rows=False)
    elements, items = {}, []
    for number, item in enumerate(old["panels"]):
        queries = [
            {
                "kind": "PanelQuery",
                "spec": {
                    "refId": target["refId"],
                    "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": target["expr"]}},
                },
            }
            for target in item["targets"]
        ]
        viz = {"kind": "VizConfig", "group": item["type"], "spec": {"fieldConfig": item["fieldConfig"], "options": {}}}
        spec = {"id": item["id"], "title": item["title"], "description": item["description"], "vizConfig": viz}
        spec["data"] = {"kind": "QueryGroup", "spec": {"queries": queries}}
        elements[f"panel-{number}"] = {"kind": "Panel", "spec": spec}
        place = {"x": 0, "y": 8 * number, "width": 12, "height": 8}
        place["element"] = {"kind": "ElementReference", "name": f"panel-{number}"}
        items.append({"kind": "GridLayoutItem", "spec": place})
    variable = {
        "kind": "QueryVariable",
        "spec": {"name": "job", "refresh": "never", "query": {"kind": "DataQuery", "spec": {}}},
    }
    spec = {"title": old["title"], "elements": elements, "variables": [variable], "editable": True}
    spec["layout"] = {"kind": "RowsLayout", "spec": {"rows": [{"kind": "RowsLayoutRow", "spec": {"title": "R", "layout": {
        "kind": "GridLayout", "spec": {"items": items}}}}]}}  # fmt: skip
    return {"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "metadata": {"name": "u"}, "spec": spec}


def text(value: Any, indent: int | str | None = 2) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)
