"""Terraform values in Python: msgpack on the wire, JSON in stored state.

A value is None, bool, int, float, str, list (lists, sets and tuples), dict (maps and objects), or UNKNOWN. A value of type
`dynamic` stays as it travels: a pair of its type (JSON bytes) and the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgpack
import orjson

from ballast.terraform.hermetic.schema import Attribute, Block, CtyType

UNKNOWN = msgpack.ExtType(0, b"\x00")
"""Known only after apply. A core may also send a refined unknown (ExtType 12); every ExtType counts as unknown."""


def is_unknown(value: Any) -> bool:
    """Whether the value itself (not one inside it) is unknown."""
    return isinstance(value, msgpack.ExtType)


def wholly_known(value: Any) -> bool:
    """Whether nothing in the value is unknown."""
    if isinstance(value, dict):
        return all(map(wholly_known, value.values()))
    if isinstance(value, list):
        return all(map(wholly_known, value))
    return not is_unknown(value)


def decode(data: bytes) -> Any:
    """Bytes from a core as a value."""
    return msgpack.unpackb(data, strict_map_key=False) if data else None


def encode(value: Any) -> bytes:
    """A value as bytes for a core."""
    data: bytes = msgpack.packb(value)
    return data


def elements(value: Any, mode: str) -> Iterator[tuple[str | int | None, Any]]:
    """The objects inside a nested block or attribute with their keys: an index, a map key, or None for a single one."""
    if value is None or is_unknown(value):
        return
    if mode in ("single", "group"):
        yield None, value
    elif mode == "map":
        yield from value.items()
    else:
        yield from enumerate(value)


def rebuilt(value: Any, mode: str, made: list[Any]) -> Any:
    """A nested value with its objects, in the order of `elements`, replaced by `made`."""
    if value is None or is_unknown(value):
        return value
    if mode in ("single", "group"):
        return made[0]
    return dict(zip(value, made, strict=True)) if mode == "map" else made


def empty(block: Block) -> dict[str, Any]:
    """An object of the block's shape with nothing set: attributes null, nested lists, sets and maps empty."""
    return dict.fromkeys(block.attributes) | {
        name: None if b.mode in ("single", "group") else {} if b.mode == "map" else [] for name, b in block.blocks.items()
    }


def from_state(block: Block, stored: dict[str, Any]) -> dict[str, Any]:
    """Stored JSON state in the block's shape: attributes that the schema no longer has are dropped, new ones are null."""
    out = empty(block)
    for name, attribute in block.attributes.items():
        out[name] = _attribute_from_state(attribute, stored.get(name))
    for name, nested in block.blocks.items():
        value = stored.get(name)
        if value is not None:
            out[name] = rebuilt(
                value, nested.mode, [from_state(nested.block, item) for _, item in elements(value, nested.mode)]
            )
    return out


def _attribute_from_state(attribute: Attribute, value: Any) -> Any:
    if value is None:
        return None
    if attribute.nested is not None:
        made = [
            {n: _attribute_from_state(a, item.get(n)) for n, a in attribute.nested.attributes.items()}
            for _, item in elements(value, attribute.nested.mode)
        ]
        return rebuilt(value, attribute.nested.mode, made)
    assert attribute.type is not None
    return _typed_from_state(attribute.type, value)


def _typed_from_state(kind: CtyType, value: Any) -> Any:
    if value is None:
        return None
    if kind == "dynamic":
        return [orjson.dumps(value["type"]), _typed_from_state(value["type"], value["value"])]
    if isinstance(kind, list):
        if kind[0] in ("list", "set"):
            return [_typed_from_state(kind[1], item) for item in value]
        if kind[0] == "map":
            return {key: _typed_from_state(kind[1], item) for key, item in value.items()}
        if kind[0] == "tuple":
            return [_typed_from_state(k, item) for k, item in zip(kind[1], value, strict=True)]
        return {key: _typed_from_state(k, value.get(key)) for key, k in kind[1].items()}
    return value


def at(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value at a dotted path, indices filled in: `vpc_config.subnet_ids` → `(vpc_config, 0, subnet_ids)`.

    Yields nothing where the path leads through a null or unknown value. A number in the path picks one element.
    """
    if not path:
        yield (), value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if path[0].isdigit():
                if int(path[0]) == index:
                    for found, inner in at(item, path[1:]):
                        yield (index, *found), inner
            else:
                for found, inner in at(item, path):
                    yield (index, *found), inner
    elif isinstance(value, dict) and path[0] in value:
        for found, inner in at(value[path[0]], path[1:]):
            yield (path[0], *found), inner


def get(value: Any, path: str) -> Any:
    """The first value at the dotted path, or None."""
    return next((inner for _, inner in at(value, tuple(path.split(".")))), None)
