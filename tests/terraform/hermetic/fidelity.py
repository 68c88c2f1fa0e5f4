"""Compares two schemas of a type, for test_fidelity and its report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def differences(ours: dict[str, Any], theirs: dict[str, Any], path: str = "") -> Iterator[str]:
    """What differs between two `block` objects, a line each: `path: ours → theirs`. Flags that bindings lose do not count.

    A line that begins with `type` is about an attribute that both have with different types.
    """
    mine, other = ours.get("attributes", {}), theirs.get("attributes", {})
    for name in sorted({*mine, *other}):
        yield from _attribute(mine.get(name), other.get(name), f"{path}{name}")
    mine, other = ours.get("block_types", {}), theirs.get("block_types", {})
    for name in sorted({*mine, *other}):
        here = f"{path}{name}"
        if name not in mine or name not in other:
            yield f"{here}: {'block' if name in mine else 'nothing'} → {'block' if name in other else 'nothing'}"
            continue
        counts = [(b["nesting_mode"], b.get("min_items", 0), b.get("max_items", 0)) for b in (mine[name], other[name])]
        if counts[0] != counts[1]:
            yield f"{here}: {counts[0]} → {counts[1]}"
        yield from differences(mine[name].get("block", {}), other[name].get("block", {}), f"{here}.")


def _attribute(ours: dict[str, Any] | None, theirs: dict[str, Any] | None, path: str) -> Iterator[str]:
    if ours is None or theirs is None:
        yield f"{path}: {'attribute' if ours else 'nothing'} → {'attribute' if theirs else 'nothing'}"
        return
    flags = [" ".join(flag for flag in ("required", "optional", "computed") if a.get(flag)) for a in (ours, theirs)]
    if flags[0] != flags[1]:
        yield f"{path}: {flags[0]} → {flags[1]}"
    nested = [a.get("nested_type") for a in (ours, theirs)]
    if nested[0] and nested[1]:
        yield from differences(nested[0], nested[1], f"{path}.")
    elif ours.get("type") != theirs.get("type") or nested[0] != nested[1]:
        kinds = [str(a.get("type", "object")) for a in (ours, theirs)]
        grown = all("object" in kind for kind in kinds)  # a computed object with one member more
        yield f"{'' if grown else 'type '}{path}: {kinds[0]} → {kinds[1]}"
