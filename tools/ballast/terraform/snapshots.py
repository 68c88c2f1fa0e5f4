"""Schema snapshots in terraform/schemas/: what providers look like, pruned to the types in use, one type a line.

The form is that of `terraform providers schema -json` with one more key, `ballast`, that records the provider's version and
where the schemas came from. Descriptions are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ballast.repo import CannotRun

KINDS = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}
PROVIDERS = {
    "aws": "hashicorp/aws",
    "google": "hashicorp/google",
    "kubernetes": "hashicorp/kubernetes",
    "helm": "hashicorp/helm",
    "vault": "hashicorp/vault",
    "pagerduty": "pagerduty/pagerduty",
    "grafana": "grafana/grafana",
}
"""The provider of a type, by the type's first word."""


@dataclass(frozen=True, slots=True, order=True)
class TypeRef:
    """A resource type, data source or ephemeral resource: `data:aws_region`, or plain `aws_vpc` for a resource."""

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> TypeRef:
        """Raises CannotRun for anything but NAME, data:NAME or ephemeral:NAME."""
        kind, _, name = text.rpartition(":")
        if (kind or "resource") not in KINDS or not re.fullmatch(r"[a-z0-9_]+", name):
            raise CannotRun(f"{text!r} is not a type: write aws_vpc, data:aws_region or ephemeral:aws_eks_cluster_auth")
        return cls(kind or "resource", name)

    @property
    def source(self) -> str:
        """The provider that has it. Raises CannotRun for one that Ballast does not know."""
        word = self.name.partition("_")[0]
        if word not in PROVIDERS:
            raise CannotRun(f"no provider is known for {self.name}: Ballast plays {', '.join(PROVIDERS)}")
        return PROVIDERS[word]

    def __str__(self) -> str:
        return self.name if self.kind == "resource" else f"{self.kind}:{self.name}"


def snapshot_path(folder: Path, source: str) -> Path:
    """Where a provider's snapshot is."""
    return folder / f"{source.replace('/', '-')}.json"


@dataclass(slots=True)
class Document:
    """A snapshot's raw content, to edit."""

    address: str
    version: str
    origin: str
    schemas: dict[str, Any]

    @classmethod
    def read(cls, path: Path, version: str = "", origin: str = "") -> Document:
        """Raises CannotRun when the file does not hold the schemas of exactly one provider."""
        try:
            raw = orjson.loads(path.read_bytes())
            [(address, schemas)] = raw["provider_schemas"].items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotRun(f"{path} does not hold one provider's schemas: {error}") from None
        about = raw.get("ballast", {})
        return cls(address, version or about.get("version", "0.0.0"), origin or about.get("origin", "unknown"), schemas)

    def types(self) -> set[TypeRef]:
        """Every type in it."""
        return {TypeRef(kind, name) for kind, key in KINDS.items() for name in self.schemas.get(key, {})}

    def keep(self, wanted: Iterable[TypeRef]) -> None:
        """Drop every other type."""
        names = set(wanted)
        for kind, key in KINDS.items():
            self.schemas[key] = {n: s for n, s in self.schemas.get(key, {}).items() if TypeRef(kind, n) in names}

    def text(self) -> bytes:
        """The file: one type a line, sorted, without descriptions."""
        lines = [b'{"format_version":"1.0"', b'"ballast":' + orjson.dumps({"version": self.version, "origin": self.origin})]
        body = [b'"provider":' + _line(self.schemas.get("provider", {"version": 0, "block": {}}))]
        for key in KINDS.values():
            if entries := self.schemas.get(key):
                rows = b",\n".join(orjson.dumps(name) + b":" + _line(entries[name]) for name in sorted(entries))
                body.append(orjson.dumps(key) + b":{\n" + rows + b"}")
        return (
            b",\n".join(lines)
            + b',\n"provider_schemas":{\n'
            + orjson.dumps(self.address)
            + b":{\n"
            + b",\n".join(body)
            + b"}}}\n"
        )


def _line(schema: Any) -> bytes:
    return orjson.dumps(_bare(schema), option=orjson.OPT_SORT_KEYS)


def _bare(value: Any) -> Any:
    """Without descriptions, and without flags that are false."""
    if isinstance(value, dict):
        return {
            key: _bare(item)
            for key, item in value.items()
            if not (key in ("description", "description_kind") and isinstance(item, str)) and item is not False
        }
    return [_bare(item) for item in value] if isinstance(value, list) else value


def write(path: Path, content: bytes) -> bool:
    """Replace the file when its content differs; whether it did."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
    return True


def find_source(folder: Path, source: str) -> Document:
    """A provider's full schemas among the files of a folder: `NAMESPACE-NAME.json` or `NAMESPACE-NAME-VERSION.json`.

    Raises CannotRun when there is none.
    """
    stem = source.replace("/", "-")
    found = sorted(p for p in folder.glob(f"{stem}*.json") if re.fullmatch(rf"{re.escape(stem)}(-[\d.]+)?\.json", p.name))
    if not found:
        raise CannotRun(f"no schemas of {source} in {folder} ({stem}-VERSION.json)")
    version = found[-1].stem.removeprefix(stem).strip("-")
    return Document.read(found[-1], version)


def add(folder: Path, wanted: Iterable[TypeRef], origin: Path, note: str) -> list[str]:
    """Put types into the snapshots from a folder of full schemas; what changed, a line each. `note` says where those come from.

    Raises CannotRun when a type is in none of them.
    """
    by_source: dict[str, set[TypeRef]] = {}
    for ref in wanted:
        by_source.setdefault(ref.source, set()).add(ref)
    said: list[str] = []
    for source, refs in sorted(by_source.items()):
        full = find_source(origin, source)
        if missing := refs - full.types():
            raise CannotRun(f"{source} {full.version} has no {', '.join(map(str, sorted(missing)))}")
        path = snapshot_path(folder, source)
        old = Document.read(path) if path.exists() else None
        kept = old.types() if old else set()
        full.origin = note
        full.keep(kept | refs)
        if old is not None:  # types that only the old snapshot has stay
            for key in KINDS.values():
                full.schemas[key] = old.schemas.get(key, {}) | full.schemas.get(key, {})
        if write(path, full.text()):
            said += [f"{path.name}: {ref}" for ref in sorted(refs - kept)] or [f"{path.name}: refreshed"]
    return said
