"""Whether a schema may replace another under the same version: who reads by the old one must read what is written by the new
one, and the other way round, for a topic holds both.

So nothing that was promised goes away or changes its type, and what is added may be missing. Descriptions and defaults may
change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_EXACT = ("const", "pattern", "format", "minLength", "maxLength", "minimum", "maximum")


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What of `new` breaks readers or writers of `old`, one sentence each; empty when it may replace it."""
    return list(_object(_flat(old, old), _flat(new, new), ""))


def _object(old: dict[str, Any], new: dict[str, Any], where: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, still = set(old.get("required", [])), set(new.get("required", []))
    for name in before:
        path = f"{where}.{name}".lstrip(".")
        if name not in after:
            yield f"{path} is gone"
            continue
        yield from _value(before[name], after[name], path)
        if name in needed and name not in still:
            yield f"{path} may be missing now"
        if name in still and name not in needed:
            yield f"{path} may not be missing any more, and is in older events"
    for name in sorted(still - set(before)):
        yield f"{f'{where}.{name}'.lstrip('.')} is new and may not be missing, but is in no older event"


def _value(old: dict[str, Any], new: dict[str, Any], where: str) -> Iterator[str]:
    was, now = _types(old), _types(new)
    if was != now:
        yield f"{where} was {' or '.join(sorted(was))} and is {' or '.join(sorted(now))}"
        return
    if set(map(str, old.get("enum", []))) != set(map(str, new.get("enum", []))):
        yield f"{where} has other values than before"
    for key in _EXACT:
        if old.get(key) != new.get(key):
            yield f"{where} has another {key} than before"
    yield from _object(old, new, where)
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            yield from _value(old[key], new[key], f"{where}[]")
        elif old.get(key) != new.get(key):
            yield f"{where} holds other values than before"


def _types(schema: dict[str, Any]) -> frozenset[str]:
    if "anyOf" in schema:
        return frozenset().union(*(_types(one) for one in schema["anyOf"]))
    given = schema.get("type", "any")
    return frozenset([given] if isinstance(given, str) else given)


def _flat(schema: Any, root: dict[str, Any]) -> Any:
    """The schema with its references followed."""
    if isinstance(schema, list):
        return [_flat(one, root) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _flat({**target, **{key: value for key, value in schema.items() if key != "$ref"}}, root)
    return {key: _flat(value, root) for key, value in schema.items() if key != "$defs"}
