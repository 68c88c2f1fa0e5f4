"""Provider schemas: read a snapshot (the form of `terraform providers schema -json`), ask about it, send it over the protocol.

A snapshot file holds one provider. Beside `provider_schemas` it has `"ballast": {"version": …, "origin": …}`: the provider
release that the schemas describe and where they came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from ballast.repo import CannotRun
from ballast.terraform.hermetic import protocol_pb2 as pb

type CtyType = str | list[Any]
"""A type in Terraform's JSON notation: `"string"`, `["set", "string"]`, `["object", {"a": "number"}]`, `"dynamic"`."""

NESTING = {
    "single": pb.Schema.SINGLE,
    "list": pb.Schema.LIST,
    "set": pb.Schema.SET,
    "map": pb.Schema.MAP,
    "group": pb.Schema.GROUP,
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One argument or computed value. Exactly one of `type` and `nested` is set."""

    name: str
    type: CtyType | None
    nested: Nested | None
    required: bool
    optional: bool
    computed: bool
    sensitive: bool
    write_only: bool
    deprecated: bool

    @property
    def settable(self) -> bool:
        """Whether a configuration may set it."""
        return self.required or self.optional


@dataclass(frozen=True, slots=True)
class Nested:
    """The object type of a nested attribute, and how many of them there are (single, list, set, map)."""

    attributes: dict[str, Attribute]
    mode: str


@dataclass(frozen=True, slots=True)
class NestedBlock:
    """A block inside a block. `maximum` 0 means any number."""

    block: Block
    mode: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Block:
    """Attributes and nested blocks by name."""

    attributes: dict[str, Attribute]
    blocks: dict[str, NestedBlock]


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a resource type, a data source, an ephemeral resource or a provider's own configuration."""

    version: int
    block: Block


@dataclass(frozen=True)
class Snapshot:
    """One provider as its snapshot states it; schemas are parsed when asked for."""

    source: str
    """`hashicorp/aws`"""
    version: str
    origin: str
    raw: dict[str, Any] = field(repr=False)
    folder: Path | None = None
    """Where it was read; its `rules/` may say more about the provider than Ballast's own rules."""

    @classmethod
    def read(cls, path: Path) -> Snapshot:
        """Parse the file; raises CannotRun when it is not a snapshot of exactly one provider."""
        try:
            document = orjson.loads(path.read_bytes())
            [(address, raw)] = document["provider_schemas"].items()
            about = document.get("ballast", {})
            return cls(
                "/".join(address.split("/")[-2:]),
                about.get("version", "0.0.0"),
                about.get("origin", "unknown"),
                raw,
                path.parent,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotRun(
                f"{path} is not a provider schema snapshot ({error}): make it with `ballast schemas update`"
            ) from None

    @cached_property
    def provider(self) -> Schema:
        """The provider's own configuration."""
        return parse_schema(self.raw.get("provider", {}))

    @cached_property
    def resources(self) -> dict[str, Schema]:
        """Managed resource types."""
        return {name: parse_schema(raw) for name, raw in self.raw.get("resource_schemas", {}).items()}

    @cached_property
    def data_sources(self) -> dict[str, Schema]:
        """Data sources."""
        return {name: parse_schema(raw) for name, raw in self.raw.get("data_source_schemas", {}).items()}

    @cached_property
    def ephemeral(self) -> dict[str, Schema]:
        """Ephemeral resource types."""
        return {name: parse_schema(raw) for name, raw in self.raw.get("ephemeral_resource_schemas", {}).items()}


def parse_schema(raw: dict[str, Any]) -> Schema:
    """One entry of `resource_schemas` and its like."""
    return Schema(raw.get("version", 0), _block(raw.get("block", {})))


def _block(raw: dict[str, Any]) -> Block:
    return Block(
        {name: _attribute(name, a) for name, a in raw.get("attributes", {}).items()},
        {
            name: NestedBlock(_block(b.get("block", {})), b["nesting_mode"], b.get("min_items", 0), b.get("max_items", 0))
            for name, b in raw.get("block_types", {}).items()
        },
    )


def _attribute(name: str, raw: dict[str, Any]) -> Attribute:
    nested = raw.get("nested_type")
    return Attribute(
        name,
        raw.get("type"),
        Nested({n: _attribute(n, a) for n, a in nested["attributes"].items()}, nested["nesting_mode"]) if nested else None,
        raw.get("required", False),
        raw.get("optional", False),
        raw.get("computed", False),
        raw.get("sensitive", False),
        raw.get("write_only", name.endswith("_wo") and not raw.get("computed")),  # snapshots from bindings lost the flag
        raw.get("deprecated", False),
    )


def attribute_type(attribute: Attribute) -> CtyType:
    """The attribute's type, a nested attribute's written out as objects."""
    if attribute.nested is None:
        assert attribute.type is not None
        return attribute.type
    members = attribute.nested.attributes
    optional = [name for name, a in members.items() if not a.required]
    shape: CtyType = ["object", {name: attribute_type(a) for name, a in members.items()}, *([optional] if optional else [])]
    return shape if attribute.nested.mode == "single" else [attribute.nested.mode, shape]


def schema_message(schema: Schema, protocol: int) -> pb.Schema:
    """The schema as the protocol sends it. Protocol 5 knows no nested attributes: they go as attributes of an object type."""
    return pb.Schema(version=schema.version, block=_block_message(schema.block, protocol))


def _block_message(block: Block, protocol: int) -> pb.Schema.Block:
    return pb.Schema.Block(
        attributes=[_attribute_message(a, protocol) for a in block.attributes.values()],
        block_types=[
            pb.Schema.NestedBlock(
                type_name=name,
                block=_block_message(b.block, protocol),
                nesting=NESTING[b.mode],
                min_items=b.minimum,
                max_items=b.maximum,
            )
            for name, b in block.blocks.items()
        ],
    )


def _attribute_message(attribute: Attribute, protocol: int) -> pb.Schema.Attribute:
    message = pb.Schema.Attribute(
        name=attribute.name,
        required=attribute.required,
        optional=attribute.optional,
        computed=attribute.computed,
        sensitive=attribute.sensitive,
        deprecated=attribute.deprecated,
        write_only=attribute.write_only and protocol >= 6,
    )
    if attribute.nested is None or protocol < 6:
        message.type = orjson.dumps(attribute_type(attribute))
    else:
        message.nested_type.nesting = NESTING[attribute.nested.mode]
        message.nested_type.attributes.extend(_attribute_message(a, protocol) for a in attribute.nested.attributes.values())
    return message
