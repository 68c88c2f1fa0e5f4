"""Values of a dashboard's variables, and texts with them filled in as Grafana does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ballast.dashboards.model import Dashboard, Variable, listing, mapping, text
from ballast.dashboards.preview.span import Span, rate_interval

_NAME = re.compile(r"\$\{(\w+)(?:\.[\w.]+)?(?::(\w+)[^}]*)?\}|\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]")
_LABEL_VALUES = re.compile(r"\s*label_values\(\s*(?:(.*),)?\s*(\w+)\s*\)\s*", re.DOTALL)
_ALL = ("$__all", "All")

LabelValues = Callable[[str, str], list[str]]
"""Values of a label (first) among the series of a selector (second, "" for all)."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable is: its values, and whether they are put into a query as a regular expression."""

    values: tuple[str, ...]
    pattern: bool = False
    every: str = ""
    """What stands for all values; "" where only some are chosen."""

    def written(self, form: str = "") -> str:
        """As a format (`csv`, `pipe`, `raw`, `text`, …) writes it; without one as a query of Prometheus does."""
        if self.every:
            return "All" if form == "text" else self.every
        if form in ("csv", "text"):
            return (" + " if form == "text" else ",").join(self.values)
        if form == "json":
            return json.dumps(list(self.values))
        if form in ("pipe", "raw", "glob"):
            return "|".join(self.values)
        if not self.pattern and form != "regex":
            return self.values[0] if self.values else ""
        escaped = [re.sub(r"([\\^$*+?.()|\[\]{}])", r"\\\\\1" if not form else r"\\\1", v) for v in self.values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


Values = Mapping[str, Value]


def choose(dashboard: Dashboard, given: Mapping[str, str], label_values: LabelValues) -> dict[str, Value]:
    """A value for each variable: the one given, else what the dashboard was saved with, else what its query finds first."""
    found: dict[str, Value] = {}
    for variable in dashboard.variables:
        if variable.name in given:
            found[variable.name] = Value((given[variable.name],))
        elif variable.name:
            found[variable.name] = _saved(variable) or _first(variable, found, label_values)
    return found | {name: Value((value,)) for name, value in given.items() if name not in found}


def _saved(variable: Variable) -> Value | None:
    current = mapping(variable.data.get("current")).get("value")
    values = tuple(v for v in (listing(current) or [current]) if isinstance(v, str) and v)
    if not values:
        return None
    if values[0] in _ALL:
        return Value((), True, text(variable.data.get("allValue")) or ".*")
    return Value(values, _pattern(variable))


def _pattern(variable: Variable) -> bool:
    return variable.multi or variable.data.get("includeAll") is True


def _first(variable: Variable, known: Values, label_values: LabelValues) -> Value:
    if variable.data.get("includeAll") is True and variable.type == "query":
        return Value((), True, text(variable.data.get("allValue")) or ".*")
    if variable.type == "query":
        asked = _LABEL_VALUES.fullmatch(variable.query)
        values = label_values(asked[2], fill(asked[1] or "", known)) if asked else []
        kept = [v for v in values if _kept(text(variable.data.get("regex")), v)]
        return Value((kept[0],), _pattern(variable)) if kept else Value((), True, ".*")
    options = [option.strip() for option in variable.query.split(",")] if variable.type in ("custom", "interval") else []
    return Value((options[0].rpartition(" : ")[2] if options else variable.query,), _pattern(variable))


def _kept(expression: str, value: str) -> bool:
    try:
        return not expression or re.search(expression.strip("/"), value) is not None
    except re.error:
        return True


def fill(written: str, values: Values, span: Span | None = None, step: float = 0.0, form: str = "") -> str:
    """`written` with its variables; one that nobody knows stays. `form` is the format of those that name none."""

    def put(found: re.Match[str]) -> str:
        name = found[1] or found[3] or found[4]
        if span is not None and name in (own := built_in(span, step)):
            return own[name]
        return values[name].written(found[2] or found[5] or form) if name in values else found[0]

    return _NAME.sub(put, written)


def built_in(span: Span, step: float) -> dict[str, str]:
    """Grafana's own variables of a panel with `$__interval` of `step` seconds."""
    return {
        "__interval": f"{step:g}s",
        "__interval_ms": f"{step * 1000:.0f}",
        "__rate_interval": f"{rate_interval(step):g}s",
        "__range": f"{span.length:.0f}s",
        "__range_s": f"{span.length:.0f}",
        "__range_ms": f"{span.length * 1000:.0f}",
        "__from": f"{span.start * 1000:.0f}",
        "__to": f"{span.end * 1000:.0f}",
    }
