"""Typed models of Grafana's classic dashboard JSON, schema version 42: the last version of this form, says Grafana's migrator.

Module grafana pins chart grafana 12.11.1, which runs Grafana 13.2.0. That it opens these dashboards was never tried: no Grafana
runs here. Only what our dashboards use is modelled. Lengths on the grid are in its units: 24 columns, 30 pixels a row with 8
between two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ballast.repo import dashboard_uid

SCHEMA_VERSION = 42
COLUMNS = 24
PROMETHEUS, LOKI, TEMPO = "prometheus", "loki", "tempo"

Json = dict[str, Any]
Stage = tuple[float | None, str]
"""A threshold: from which value (None: from below all) and which colour."""


@dataclass(frozen=True, slots=True)
class Target:
    """A query. `legend` is Grafana's template ({{label}}); `instant` asks for one value, else for a range."""

    expr: str
    legend: str = ""
    instant: bool = False
    format: Literal["time_series", "table", "heatmap"] = "time_series"
    exemplars: bool = False
    source: str = PROMETHEUS

    def document(self, ref: str) -> Json:
        """As Grafana writes it, under the letter `ref`."""
        source = data_source(self.source)
        if self.source == TEMPO:
            return {
                "datasource": source,
                "limit": 20,
                "query": self.expr,
                "queryType": "traceql",
                "refId": ref,
                "tableType": "traces",
            }
        found: Json = {"datasource": source, "editorMode": "code", "expr": self.expr, "refId": ref}
        if self.source == LOKI:
            return found | {"maxLines": 200, "queryType": "range"}
        found |= {"format": self.format, "legendFormat": self.legend or "__auto", "range": not self.instant}
        found |= {"instant": True} if self.instant else {}
        return found | ({"exemplar": True} if self.exemplars else {})


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: `kind` is Grafana's plugin id, `height` and `width` grid units; `options`, `custom` and the like are Grafana's.

    `name` is what its id is made of (its title where empty), so that a new title or a new neighbour changes no id.
    """

    kind: str
    title: str
    description: str
    targets: Sequence[Target] = ()
    width: int = 12
    height: int = 8
    unit: str = ""
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    stages: Sequence[Stage] = ()
    no_value: str = ""
    mappings: Sequence[Json] = ()
    custom: Json = field(default_factory=dict)
    color: Json = field(default_factory=dict)
    overrides: Sequence[Json] = ()
    options: Json = field(default_factory=dict)
    transformations: Sequence[Json] = ()
    links: Sequence[Json] = ()
    time_from: str = ""
    name: str = ""

    def document(self) -> Json:
        """As Grafana writes it, without id and place."""
        defaults: Json = {"custom": self.custom} if self.custom else {}
        for key, value in (
            ("unit", self.unit),
            ("noValue", self.no_value),
            ("color", self.color),
            ("mappings", list(self.mappings)),
        ):
            if value:
                defaults[key] = value
        for key, number in (("decimals", self.decimals), ("min", self.low), ("max", self.high)):
            if number is not None:
                defaults[key] = number
        if self.stages:
            steps = [{"color": color, "value": value} for value, color in self.stages]
            defaults["thresholds"] = {"mode": "absolute", "steps": steps}
        found: Json = {
            "description": self.description,
            "fieldConfig": {"defaults": defaults, "overrides": list(self.overrides)},
            "options": self.options,
            "title": self.title,
            "type": self.kind,
        }
        if self.targets:
            found["datasource"] = data_source(self.targets[0].source)
            found["targets"] = [t.document(chr(ord("A") + i)) for i, t in enumerate(self.targets)]
        for key, more in (("transformations", self.transformations), ("links", self.links)):
            if more:
                found[key] = list(more)
        if self.time_from:
            found["timeFrom"] = self.time_from
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it, from left to right, broken where 24 columns are full. A collapsed one hides them."""

    title: str
    panels: Sequence[Panel]
    collapsed: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: a data source by its plugin's id, or `label_values(...)` of the data source `$datasource`."""

    name: str
    label: str
    description: str
    query: str
    kind: Literal["datasource", "query"] = "query"
    prefer: str = ""

    def document(self) -> Json:
        """As Grafana writes it."""
        found: Json = {"description": self.description, "label": self.label, "name": self.name, "hide": 0, "type": self.kind}
        if self.kind == "datasource":
            current = {"current": {"selected": False, "text": self.prefer, "value": self.prefer.lower()}} if self.prefer else {}
            return found | {"multi": False, "includeAll": False, "query": self.query, "refresh": 1, **current}
        return found | {
            "allValue": ".*",
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
            "datasource": data_source(PROMETHEUS),
            "definition": self.query,
            "includeAll": True,
            "multi": True,
            "query": {"query": self.query, "refId": f"variable-{self.name}", "qryType": 1},
            "refresh": 2,
            "sort": 1,
        }


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard; `rows` are laid out below each other, one without a title at the top has no heading."""

    uid: str
    title: str
    description: str
    rows: Sequence[Row]
    variables: Sequence[Variable]
    tags: Sequence[str] = ()
    links: Sequence[Json] = ()
    annotations: Sequence[Json] = ()
    past: str = "6h"
    refresh: str = "1m"

    def document(self) -> Json:
        """As Grafana writes it."""
        return {
            "annotations": {"list": [GRAFANA_ANNOTATIONS, *self.annotations]},
            "description": self.description,
            "editable": False,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "links": list(self.links),
            "panels": _placed(self.rows),
            "refresh": self.refresh,
            "schemaVersion": SCHEMA_VERSION,
            "tags": list(self.tags),
            "templating": {"list": [v.document() for v in self.variables]},
            "time": {"from": f"now-{self.past}", "to": "now"},
            "timepicker": {},
            "timezone": "utc",
            "title": self.title,
            "uid": self.uid,
            "weekStart": "monday",
        }

    def text(self) -> str:
        """The file: keys sorted, two spaces, a newline at the end."""
        document = self.document()
        if sum(v.kind == "datasource" for v in self.variables) > 1:  # then each is named after what it is
            document = _renamed(document)
        return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


GRAFANA_ANNOTATIONS: Json = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}


def data_source(kind: str) -> Json:
    """The data source of this kind, by its variable: `$datasource` for metrics, `$loki_datasource`, `$tempo_datasource`."""
    return {"type": kind, "uid": "${datasource}" if kind == PROMETHEUS else f"${{{kind}_datasource}}"}


def slug(*parts: str) -> str:
    """A uid: parts joined by `-`, as Grafana takes it."""
    return dashboard_uid("-".join(parts))


def _renamed(part: Any) -> Any:
    """The same with `$datasource` called `$prometheus_datasource`."""
    if isinstance(part, dict):
        found = {key: _renamed(value) for key, value in part.items()}
        if part.get("type") == "datasource" and part.get("name") == "datasource":
            found |= {"label": "Prometheus data source", "name": "prometheus_datasource"}
        return found
    if isinstance(part, list):
        return [_renamed(value) for value in part]
    return "${prometheus_datasource}" if part == "${datasource}" else part


def _placed(rows: Sequence[Row]) -> list[Json]:
    """All panels with ids and places."""
    taken: set[int] = set()
    found: list[Json] = []
    y = 0
    for row in rows:
        inside: list[Json] = []
        top = y
        if row.title:
            y += 1
        x = line = 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y, line = 0, y + line, 0
            place = {"h": panel.height, "w": panel.width, "x": x, "y": y}
            inside.append(panel.document() | {"gridPos": place, "id": _id(f"{row.title}/{panel.name or panel.title}", taken)})
            x, line = x + panel.width, max(line, panel.height)
        y += line
        if row.title:
            heading: Json = {
                "collapsed": row.collapsed,
                "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": top},
                "title": row.title,
            }
            heading |= {"type": "row", "id": _id(row.title, taken), "panels": inside if row.collapsed else []}
            found.append(heading)
        if row.collapsed:
            y = top + 1
        else:
            found += inside
    return found


def _id(name: str, taken: set[int]) -> int:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 1_000_000 + 1
    while number in taken:
        number += 1
    taken.add(number)
    return number


def matchers(selector: str, **more: str) -> str:
    """PromQL matchers: those written in `selector` and `name=~"value"` ones."""
    return ",".join(filter(None, [selector, *(f'{name}=~"{value}"' for name, value in more.items())]))


def mapping(values: Mapping[str, tuple[str, str]]) -> Json:
    """A value mapping: value to its word and colour."""
    options = {v: {"color": color, "index": i, "text": text} for i, (v, (text, color)) in enumerate(values.items())}
    return {"type": "value", "options": options}
