"""Schema snapshots in terraform/schemas/: what providers look like, pruned to the types in use, one type a line.

The form is that of `terraform providers schema -json` with one more key, `ballast`, that records the provider's version and
where the schemas came from. Descriptions are left out.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ballast.repo import CannotRun
from ballast.terraform.core import Core

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
    "atlassian-operations": "atlassian/atlassian-operations",
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
        if (kind or "resource") not in KINDS or not re.fullmatch(r"[a-z0-9_-]+", name):
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
            return cls.parse(path.read_bytes(), str(path), version, origin)
        except OSError as error:
            raise CannotRun(f"{path} cannot be read: {error.strerror}") from None

    @classmethod
    def parse(cls, data: bytes, name: str, version: str = "", origin: str = "") -> Document:
        """The content of a file called `name`. Raises CannotRun as `read` does."""
        try:
            raw = orjson.loads(data)
            [(address, schemas)] = raw["provider_schemas"].items()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotRun(f"{name} does not hold one provider's schemas: {error}") from None
        about = raw.get("ballast", {})
        return cls(address, version or about.get("version", "0.0.0"), origin or about.get("origin", "unknown"), schemas)

    def types(self) -> set[TypeRef]:
        """Every type in it."""
        return {TypeRef(kind, name) for kind, key in KINDS.items() for name in self.schemas.get(key, {})}

    @property
    def source(self) -> str:
        """`hashicorp/aws`"""
        return "/".join(self.address.split("/")[-2:])

    def line(self, ref: TypeRef) -> bytes:
        """A type's schema as the file has it."""
        return _line(self.schemas[KINDS[ref.kind]][ref.name])

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


def used(repo: Path) -> set[TypeRef]:
    """The types that the repository's Terraform files use."""
    from ballast.terraform.usage import uses

    files = (p for p in (repo / "terraform").rglob("*.tf") if ".terraform" not in p.parts)
    return {use.ref for path in files for use in uses(path.read_text(errors="replace")) if use.kind != "function"}


def prune(folder: Path, wanted: set[TypeRef], sources: Collection[str] = ()) -> list[str]:
    """Drop every type that is not wanted (of these providers; of all by default); what was dropped, a line each."""
    said: list[str] = []
    for path in sorted(folder.glob("*.json")):
        document = Document.read(path)
        if sources and document.source not in sources:
            continue
        dropped = document.types() - wanted
        document.keep(wanted)
        if write(path, document.text()):
            said += [f"{path.name}: {ref}" for ref in sorted(dropped)] or [f"{path.name}: rewritten"]
    return said


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh of one snapshot came to. `lost` are types in use that the provider has no more; they stay out."""

    source: str
    version: str
    changed: list[TypeRef]
    lost: list[TypeRef]


def refresh(folder: Path, core: Core, env: Mapping[str, str], constraints: Mapping[str, str]) -> list[Refreshed]:
    """Take the types of every snapshot anew from real providers: `terraform init` and `providers schema -json` elsewhere.

    `constraints` are version constraints by source (`{"hashicorp/aws": "~> 6.25"}`); without one, the newest. Raises CannotRun
    when a provider cannot be fetched; nothing is written then.
    """
    old = {d.source: d for d in (Document.read(path) for path in sorted(folder.glob("*.json")))}
    with tempfile.TemporaryDirectory() as scratch:
        required = {
            source.split("/")[1]: {"source": source} | ({"version": constraints[source]} if source in constraints else {})
            for source in old
        }
        Path(scratch, "main.tf.json").write_bytes(orjson.dumps({"terraform": {"required_providers": required}}))

        def ask(*arguments: str) -> bytes:
            command = [str(core.path), *arguments]
            done = subprocess.run(
                command, cwd=scratch, env=dict(env) | {"CHECKPOINT_DISABLE": "1"}, capture_output=True, check=False
            )
            if done.returncode:
                said = (done.stdout + done.stderr).decode(errors="replace").strip()
                raise CannotRun(f"`{' '.join(arguments)}` of {core} failed (is a provider registry reachable?):\n{said}")
            return done.stdout

        ask("init", "-no-color", "-input=false")
        versions = {
            "/".join(k.split("/")[-2:]): v for k, v in orjson.loads(ask("version", "-json"))["provider_selections"].items()
        }
        fresh = orjson.loads(ask("providers", "schema", "-json"))["provider_schemas"]
    out: list[Refreshed] = []
    for address, schemas in fresh.items():
        source = "/".join(address.split("/")[-2:])
        before, version = old[source], versions[source]
        document = Document(before.address, version, f"terraform providers schema -json of {source} {version}", schemas)
        lost = sorted(before.types() - document.types())
        document.keep(before.types())
        changed = sorted(ref for ref in document.types() if before.line(ref) != document.line(ref))
        write(snapshot_path(folder, source), document.text())
        out.append(Refreshed(source, version, changed, lost))
    return sorted(out, key=lambda r: r.source)
