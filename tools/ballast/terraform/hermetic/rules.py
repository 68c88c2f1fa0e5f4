"""What schemas lack, read from rules/<namespace>-<name>.yaml: one readable file a provider, here or beside the snapshots.

The keys of a type's entry are the fields of `Rules`; the paths in them are dotted, without indices. `facts` are templates over
the provider's configuration (`config.…`); `every` holds rules for each type that has the attribute.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ballast.repo import CannotRun
from ballast.terraform.hermetic.schema import Block, Schema


@dataclass(frozen=True)
class Rules:
    """The rules of one type."""

    force_new: list[str] = field(default_factory=list)
    """A change here replaces the object."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """The value of an argument that is not set."""
    computed_blocks: list[str] = field(default_factory=list)
    """Nested blocks that the provider fills when the configuration has none."""
    derive: dict[str, Any] = field(default_factory=dict)
    """Computed values that a plan already knows when their inputs are known (templates)."""
    values: dict[str, Any] = field(default_factory=dict)
    """Computed values that only an apply knows (templates)."""
    changes: dict[str, list[str]] = field(default_factory=dict)
    """Computed values that become unknown when one of the paths (`*`: anything) changes."""
    enums: dict[str, list[Any]] = field(default_factory=dict)
    ranges: dict[str, list[float]] = field(default_factory=dict)
    """Smallest and largest number."""
    patterns: dict[str, str] = field(default_factory=dict)
    """Regular expressions for the whole text."""
    at_most_one: list[list[str]] = field(default_factory=list)
    exactly_one: list[list[str]] = field(default_factory=list)
    at_least_one: list[list[str]] = field(default_factory=list)
    sensitive: list[str] = field(default_factory=list)
    """Paths whose sensitive flag a snapshot lost."""
    protected_by: str = ""
    """While this attribute is true the provider refuses to delete the object."""
    import_id: str = ""
    """The form of an import id; without it the template of `values.id`."""


@dataclass(frozen=True)
class ProviderRules:
    """The rules of one provider."""

    facts: dict[str, Any]
    every: Rules
    resources: dict[str, Rules]
    data_sources: dict[str, Rules]
    ephemeral: dict[str, Rules]

    def of(self, kind: str, name: str, schema: Schema) -> Rules:
        """The rules of a type (`kind`: resources, data_sources or ephemeral), those for every type folded in where they fit."""
        own: Rules = getattr(self, kind).get(name, Rules())
        here = schema.block.attributes
        merged = {
            key: {path: value for path, value in getattr(self.every, key).items() if path.split(".")[0] in here}
            | getattr(own, key)
            for key in ("derive", "values", "defaults", "patterns", "enums")
            if kind != "ephemeral"
        }
        return Rules(**({f.name: getattr(own, f.name) for f in fields(Rules)} | merged))


@lru_cache(maxsize=32)
def provider_rules(source: str, folder: Path | None = None) -> ProviderRules:
    """The rules for `hashicorp/aws` and its like: from `folder` where that has them, else Ballast's own, else none.

    Raises CannotRun when the file is not one of rules.
    """
    name = f"{source.replace('/', '-')}.yaml"
    path = folder / name if folder is not None and (folder / name).is_file() else files(__package__) / "rules" / name
    if not path.is_file():
        return ProviderRules({}, Rules(), {}, {}, {})
    try:
        return _read(yaml.load(path.read_text(), Loader=yaml.CSafeLoader) or {})
    except (yaml.YAMLError, TypeError, AttributeError) as error:
        raise CannotRun(f"{path} is not a file of provider rules: {error}") from None


def _read(raw: dict[str, Any]) -> ProviderRules:

    def table(key: str) -> dict[str, Rules]:
        return {name: Rules(**(rules or {})) for name, rules in raw.get(key, {}).items()}

    return ProviderRules(
        raw.get("facts", {}), Rules(**raw.get("every", {})), table("resources"), table("data_sources"), table("ephemeral")
    )


def with_sensitive(schema: Schema, paths: list[str]) -> Schema:
    """The schema with these attributes marked sensitive."""
    block = schema.block
    for path in paths:
        block = _mark(block, path.split("."))
    return replace(schema, block=block)


def _mark(block: Block, path: list[str]) -> Block:
    head, rest = path[0], path[1:]
    if head in block.blocks:
        nested = block.blocks[head]
        return replace(block, blocks=block.blocks | {head: replace(nested, block=_mark(nested.block, rest))})
    if head not in block.attributes:  # another version of the provider
        return block
    attribute = block.attributes[head]
    if rest and attribute.nested is not None:
        inner = _mark(Block(attribute.nested.attributes, {}), rest)
        marked = replace(attribute, nested=replace(attribute.nested, attributes=inner.attributes))
    else:
        marked = replace(attribute, sensitive=True)
    return replace(block, attributes=block.attributes | {head: marked})


def unknown_paths(rules: Rules, block: Block) -> list[str]:
    """Paths in the rules that the schema does not have: mistakes in the rules file."""
    paths = [*rules.force_new, *rules.defaults, *rules.computed_blocks, *rules.derive, *rules.values, *rules.changes]
    paths += [*rules.enums, *rules.ranges, *rules.patterns, *rules.sensitive]
    paths += [path for group in (*rules.at_most_one, *rules.exactly_one, *rules.at_least_one) for path in group]
    paths += [rules.protected_by] if rules.protected_by else []
    return sorted({path for path in paths if not _exists(block, path.split("."))})


def _exists(block: Block, path: list[str]) -> bool:
    head, rest = path[0], path[1:]
    if head in block.blocks:
        return not rest or _exists(block.blocks[head].block, rest)
    if head not in block.attributes:
        return False
    attribute = block.attributes[head]
    if not rest:
        return True
    if attribute.nested is not None:
        return _exists(Block(attribute.nested.attributes, {}), rest)
    return isinstance(attribute.type, list) and "object" in str(attribute.type)
