"""What a provider itself checks in a configuration.

By the schema a core has already refused unknown, missing and wrongly typed arguments and wrong numbers of blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ballast.terraform.hermetic.planning import Path
from ballast.terraform.hermetic.rules import Rules
from ballast.terraform.hermetic.schema import Attribute, Block
from ballast.terraform.hermetic.values import at, elements, is_unknown


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error (or warning) for a core to show at `path` of the configuration."""

    summary: str
    detail: str
    path: Path = ()
    warning: bool = False


def validate(block: Block, rules: Rules, config: dict[str, Any]) -> list[Diagnostic]:
    """Everything that is wrong with the configuration of one object."""
    found = [*_read_only(block, config, ()), *_values(rules, config), *_groups(rules, config)]
    return [replace(d, path=_line_of(block, d.path)) for d in found]


def _line_of(block: Block, path: Path) -> Path:
    """The path as far as a core can find it in the text: to an argument, not into its value."""
    for index, step in enumerate(path):
        if isinstance(step, str) and step in block.attributes:
            return path[: index + 1]
        if isinstance(step, str) and step in block.blocks:
            block = block.blocks[step].block
    return path


def _read_only(block: Block, config: Any, path: Path) -> Iterator[Diagnostic]:
    for name, attribute in block.attributes.items():
        yield from _read_only_attribute(attribute, config.get(name), (*path, name))
    for name, nested in block.blocks.items():
        for key, item in elements(config.get(name), nested.mode):
            if not is_unknown(item):
                yield from _read_only(nested.block, item, (*path, name) if key is None else (*path, name, key))


def _read_only_attribute(attribute: Attribute, value: Any, path: Path) -> Iterator[Diagnostic]:
    if value is None:
        return
    if not attribute.settable:
        yield Diagnostic(
            "Value for a read-only attribute",
            f'The provider decides "{attribute.name}": remove it from the configuration.',
            path,
        )
    elif attribute.nested is not None:
        for key, item in elements(value, attribute.nested.mode):
            if isinstance(item, dict):
                for name, inner in attribute.nested.attributes.items():
                    here = (*path, name) if key is None else (*path, key, name)
                    yield from _read_only_attribute(inner, item.get(name), here)
                    if inner.required and item.get(name) is None:
                        yield Diagnostic("Missing argument", f'"{inner.name}" is required here.', here)


def _values(rules: Rules, config: dict[str, Any]) -> Iterator[Diagnostic]:
    for path, allowed in rules.enums.items():
        for where, value in _each(config, path):
            if value not in allowed:
                choice = ", ".join(map(str, allowed))
                yield Diagnostic("Value not allowed", f'"{path}" is {value!r}; the provider takes one of: {choice}.', where)
    for path, (low, high) in rules.ranges.items():
        for where, value in _each(config, path):
            if not low <= float(value) <= high:
                yield Diagnostic("Value out of range", f'"{path}" is {value}; the provider takes {low} to {high}.', where)
    for path, pattern in rules.patterns.items():
        for where, value in _each(config, path):
            if not re.fullmatch(pattern, str(value)):
                yield Diagnostic(
                    "Value not well formed", f'"{path}" is {value!r}; the provider takes what matches {pattern}.', where
                )


def _each(config: dict[str, Any], path: str) -> Iterator[tuple[Path, Any]]:
    """Known values at the path; a list's or set's elements one by one."""
    for where, value in at(config, tuple(path.split("."))):
        for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if item is not None and not is_unknown(item):
                yield (where if index is None else (*where, index)), item


def _groups(rules: Rules, config: dict[str, Any]) -> Iterator[Diagnostic]:
    for group in (*rules.at_most_one, *rules.exactly_one):
        present = [path for path in group if _is_set(config, path)]
        if len(present) > 1 and not any(_maybe_null(config, path) for path in present):
            names = ", ".join(f'"{path}"' for path in present)
            yield Diagnostic("Conflicting arguments", f"Only one of these can be set: {names}.", _path(config, present[1]))
    for group in (*rules.exactly_one, *rules.at_least_one):
        if not any(_is_set(config, path) for path in group):
            names = ", ".join(f'"{path}"' for path in group)
            yield Diagnostic("Missing argument", f"One of these must be set: {names}.")


def _is_set(config: dict[str, Any], path: str) -> bool:
    return any(value not in (None, [], {}) for _, value in at(config, tuple(path.split("."))))


def _maybe_null(config: dict[str, Any], path: str) -> bool:
    """An unknown value may turn out null."""
    return any(is_unknown(value) for _, value in at(config, tuple(path.split("."))))


def _path(config: dict[str, Any], path: str) -> Path:
    return next((where for where, _ in at(config, tuple(path.split(".")))), ())
