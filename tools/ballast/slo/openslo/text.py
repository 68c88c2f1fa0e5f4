"""Plain data as YAML, in the order it has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ballast.slo.emit import block, scalar

__all__ = ["yaml_of"]


def yaml_of(data: Mapping[str, Any]) -> str:
    """One document; empty mappings, lists and None are left out."""
    return "".join(f"{line}\n" for line in _mapping(data, ""))


def _kept(value: Any) -> bool:
    return value is not None and value != {} and value != []


def _mapping(data: Mapping[str, Any], at: str) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        if not _kept(value):
            continue
        name = f"{at}{scalar(key)}:"
        if isinstance(value, Mapping):
            lines += [name, *_mapping(value, at + "  ")]
        elif isinstance(value, str) or not isinstance(value, Sequence):
            lines.append(f"{name} {_scalar(value, at + '  ')}")
        else:
            lines.append(name)
            for item in value:
                lines += _item(item, at)
    return lines


def _item(item: Any, at: str) -> list[str]:
    if not isinstance(item, Mapping):
        return [f"{at}  - {_scalar(item, at + '    ')}"]
    first, *rest = _mapping(item, at + "    ")
    return [f"{at}  - {first.lstrip()}", *rest]


def _scalar(value: Any, at: str) -> str:
    if isinstance(value, str):
        return block(value, at) if value else '""'
    return json.dumps(value) if not isinstance(value, float) else f"{value:.15g}"
