"""Values of a dashboard's variables, and texts with them filled in as Grafana does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

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
    """What a query gets instead of the values where all are chosen (`allValue`, or what fits where none are known)."""
    all: bool = False

    def written(self, form: str = "", name: str = "") -> str:
        """As a format (`csv`, `pipe`, `text`, …) writes the variable `name`; without one as a query of Prometheus does."""
        if form == "text":
            return "All" if self.all else " + ".join(self.values)
        if self.every:
            return self.every
        one = len(self.values) == 1
        match form:
            case "csv" | "raw":
                return ",".join(self.values)
            case "pipe":
                return "|".join(self.values)
            case "glob":
                return self.values[0] if one else "{" + ",".join(self.values) + "}"
            case "json":
                return json.dumps(self.values[0] if one else list(self.values))
            case "doublequote" | "singlequote":
                mark = '"' if form == "doublequote" else "'"
                return ",".join(mark + value.replace(mark, f"\\{mark}") + mark for value in self.values)
            case "percentencode":
                return quote(self.values[0] if one else "{" + ",".join(self.values) + "}", safe="")
            case "queryparam":
                return "&".join(f"var-{name}={quote(value, safe='')}" for value in self.values)
        if not self.pattern and form != "regex":
            return self.values[0] if self.values else ""
        escaped = [re.sub(r"([\\^$*+?.()|\[\]{}])", r"\\\\\1" if not form else r"\\\1", v) for v in self.values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


Values = Mapping[str, Value]
Given = Mapping[str, tuple[str, ...]]
"""Values of variables as somebody asked for them; `All` and `$__all` are all."""


def choose(dashboard: Dashboard, given: Given, label_values: LabelValues) -> dict[str, Value]:
    """A value for each variable: those given, else what the dashboard was saved with, else what its query finds first."""
    found: dict[str, Value] = {}
    for variable in dashboard.variables:
        if variable.name:
            found[variable.name] = _value(variable, given.get(variable.name) or _saved(variable), found, label_values)
    return found | {name: Value(values) for name, values in given.items() if name not in found}


def _saved(variable: Variable) -> tuple[str, ...]:
    current = mapping(variable.data.get("current")).get("value")
    return tuple(v for v in (listing(current) or [current]) if isinstance(v, str) and v)


def _value(variable: Variable, chosen: tuple[str, ...], known: Values, label_values: LabelValues) -> Value:
    several = variable.data.get("includeAll") is True
    pattern = variable.multi or several
    if chosen and chosen[0] not in _ALL:
        return Value(chosen, pattern)
    options = _options(variable, known, label_values)
    if chosen or several:
        return Value(options, True, text(variable.data.get("allValue")) or ("" if options else ".*"), all=True)
    if options or variable.type != "query":
        return Value(options[:1] or ("",), pattern)
    return Value((), True, ".*")


def _options(variable: Variable, known: Values, label_values: LabelValues) -> tuple[str, ...]:
    """What there is to choose from, in Grafana's order."""
    if variable.type in ("custom", "interval"):
        written = (part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),", variable.query))
        return tuple(option.rpartition(" : ")[2] for option in written)
    if variable.type != "query":
        return (variable.query,)
    asked = _LABEL_VALUES.fullmatch(variable.query)
    values = label_values(asked[2], fill(asked[1] or "", known)) if asked else []
    kept = dict.fromkeys(v for v in (_kept(text(variable.data.get("regex")), value) for value in values) if v is not None)
    if kept:
        return tuple(_sorted(list(kept), variable.data.get("sort")))
    saved = (mapping(option).get("value") for option in listing(variable.data.get("options")))
    return tuple(value for value in saved if isinstance(value, str) and value not in _ALL)


def _kept(expression: str, value: str) -> str | None:
    """What a variable's regular expression makes of a value: the group `value`, the first group, or all of it."""
    if not expression:
        return value
    written = re.fullmatch(r"/(.*)/(\w*)", expression, re.DOTALL)
    body, flags = (written[1], written[2]) if written else (f"^{expression}$", "")
    try:
        found = re.search(re.sub(r"\(\?<(?=\w)", "(?P<", body), value, re.IGNORECASE if "i" in flags else 0)
    except re.error:
        return value
    if found is None:
        return None
    named = found.groupdict()
    groups = (named.get("value"), named.get("text"), *found.groups())
    return next((group for group in groups if group), None) if found.re.groups else value


def _number(value: str) -> float:
    digits = re.search(r"\d+", value)
    return float(digits[0]) if digits else -1.0


_ORDERS: dict[str, Callable[[str], float | str]] = {
    "alphabetical": str,
    "numerical": _number,
    "alphabeticalCaseInsensitive": str.lower,
}


def _sorted(values: list[str], order: object) -> list[str]:
    """In one of Grafana's orders: its number (1 to 6) or, in the second schema, its name."""
    names = [f"{name}{way}" for name in _ORDERS for way in ("Asc", "Desc")]
    name = names[order - 1] if isinstance(order, int) and 0 < order <= len(names) else order
    if not isinstance(name, str) or name not in names:
        return values
    return sorted(values, key=_ORDERS[name.removesuffix("Asc").removesuffix("Desc")], reverse=name.endswith("Desc"))


def fill(written: str, values: Values, span: Span | None = None, step: float = 0.0, form: str = "") -> str:
    """`written` with its variables; one that nobody knows stays. `form` is the format of those that name none."""

    def put(found: re.Match[str]) -> str:
        name = found[1] or found[3] or found[4]
        if span is not None and name in (own := built_in(span, step)):
            return own[name]
        return values[name].written(found[2] or found[5] or form, name) if name in values else found[0]

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
