"""What the two readers share: data sources, the language of a query, and problems of structure."""

from __future__ import annotations

import re
from typing import Any

from ballast.dashboards.model import Datasource, Json, Language, listing, mapping, text
from ballast.dashboards.source import Source
from ballast.dashboards.spans import Path
from ballast.repo import Problem

_LANGUAGES: dict[str, Language] = {
    "prometheus": "promql",
    "grafana-amazonprometheus-datasource": "promql",
    "grafana-azureprometheus-datasource": "promql",
    "loki": "logql",
    "tempo": "traceql",
}
_LOGQL = re.compile(
    r"\|[=~>]|!>|\|\s*(?:json|logfmt|pattern|regexp|unpack|line_format|label_format|unwrap|decolorize|drop|keep)\b"
)
_BARE_STREAM = re.compile(r"^\s*\{[^{}]*\}\s*(?:!=|!~|\||$)")
_LOG_RANGE = re.compile(r"\b(?:bytes_rate|bytes_over_time|(?:count_over_time|rate)\s*\(\s*\{[^}]*\}\s*(?:\||!=|!~|\[))")


class Reader:
    """Collects problems while a dashboard is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def objects(self, value: Any, path: Path, what: str) -> list[tuple[Path, Json]]:
        """The objects of a list with their paths; anything else there is a problem."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(path, f"{what} are a list, and this is {_kind(value)}")
            return []
        found = []
        for number, item in enumerate(value):
            if isinstance(item, dict):
                found.append(((*path, number), item))
            else:
                self.wrong((*path, number), f"each of the {what} is an object, and this is {_kind(item)}")
        return found

    def text(self, value: Any, path: Path, what: str) -> str:
        """A text; anything else that is not absent is a problem."""
        if isinstance(value, str):
            return value
        if value is not None:
            self.wrong(path, f"{what} is a text, and this is {_kind(value)}")
        return ""

    def wrong(self, path: Path, message: str) -> None:
        """Note a problem of structure."""
        hint = "export the dashboard from Grafana again, or mend it by hand"
        self.problems.append(Problem(self.source.position(path), "dashboards/structure", message, hint))


def datasource(value: Any) -> Datasource:
    """The old form is a name, the new one an object."""
    if isinstance(value, dict):
        return Datasource(text(value.get("type")), text(value.get("uid")), bool(value))
    return Datasource("", value, True) if isinstance(value, str) and value else Datasource()


def declared(inputs: Any, variables: list[tuple[str, str]]) -> dict[str, str]:
    """Types of the data sources that variables stand for, by name: of inputs (asked for at import) and of variables."""
    found = {}
    for item in listing(inputs):
        item = mapping(item)
        if text(item.get("name")) and text(item.get("pluginId")):
            found[text(item["name"])] = text(item["pluginId"])
    found.update(variables)
    return found


def settled(first: Datasource, second: Datasource, types: dict[str, str]) -> Datasource:
    """The data source of a query: its own, else its panel's; with its type where a variable tells it."""
    chosen = second if not first.written or first.uid in ("", "-- Mixed --") else first
    if not chosen.type and chosen.variable in types:
        return Datasource(types[chosen.variable], chosen.uid, chosen.written)
    if chosen.type.startswith("$") or (not chosen.type and chosen.uid.lower() in _LANGUAGES):
        return Datasource(types.get(chosen.type.strip("${}"), chosen.uid.lower()), chosen.uid, chosen.written)
    return chosen


def language(source: Datasource, expr: str, only: str = "") -> Language:
    """What a query is written in. Where no type says it: by its data source's name, else by what only LogQL has.

    `only` is the type of the one data source variable of the dashboard, "" where there are several or none.
    """
    kind = source.type or (only if not source.written else "")
    if kind:
        return _LANGUAGES.get(kind, "other")
    name = source.uid.lower()
    if "loki" in name:
        return "logql"
    if "tempo" in name:
        return "traceql"
    if _LOGQL.search(_without_texts(expr)) or (_BARE_STREAM.match(expr) and "|" in expr) or _LOG_RANGE.search(expr):
        return "logql"
    return "promql"


def _without_texts(expr: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"|`[^`]*`', '""', expr)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
