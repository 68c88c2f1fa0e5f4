"""The objectives of an SLO: one for all its series, and where it has groups, others for some of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ballast.repo import Slo, budget_ratio

__all__ = ["Objective", "objectives_of", "within"]

_SPECIAL = re.compile(r"([.^$*+?()\[\]{}|\\])")


@dataclass(frozen=True, slots=True)
class Objective:
    """`percent` is promised to the series that `matchers` pick (all, where empty); `budget` is a ratio."""

    matchers: str
    percent: float
    budget: float


def objectives_of(slo: Slo) -> tuple[Objective, ...]:
    """The SLO's own objective first, then those of single groups; each series belongs to exactly one."""
    groups = slo.groups
    if not groups or not groups.objectives:
        return (Objective("", slo.objective, budget_ratio(slo.objective)),)
    label, values = groups.by[0], sorted(groups.objectives)
    by_percent: dict[float, list[str]] = {}
    for value in values:
        by_percent.setdefault(groups.objectives[value], []).append(value)
    others = tuple(
        Objective(_matcher(label, "=", chosen), percent, budget_ratio(percent))
        for percent, chosen in sorted(by_percent.items())
    )
    return (Objective(_matcher(label, "!=", values), slo.objective, budget_ratio(slo.objective)), *others)


def within(selector: str, matchers: str) -> str:
    """A selector in braces, narrowed down by more matchers."""
    return f"{selector[:-1]},{matchers}}}" if matchers else selector


def _matcher(label: str, op: str, values: list[str]) -> str:
    if len(values) == 1:
        return f"{label}{op}{_quoted(values[0])}"
    expression = "|".join(_SPECIAL.sub(r"\\\1", value) for value in values)
    return f"{label}{'=~' if op == '=' else '!~'}{_quoted(expression)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
