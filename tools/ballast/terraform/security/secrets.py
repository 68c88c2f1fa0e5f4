"""No plain secret in anything that the plan would write: values, manifests, resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ballast.terraform.platform import proven
from ballast.terraform.security.model import Cell, View

SECTION = "secrets"

# A key whose value would be a secret; what ends so names a place, an algorithm or a duration instead.
_KEY = re.compile(
    r"(?:^|[_-])(?:password|passwd|token|secret|secret_?key|private_?key|routing_?key|service_?key|api_?key|access_?key|client_?secret)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Looks like a secret wherever it stands.
_SHAPE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bhvs\.[A-Za-z0-9_-]{20,}|\bglsa_[A-Za-z0-9_]{20,}|[a-z][a-z0-9+.-]*://[^/\s:@{}$]*:[^/\s@{}$]+@"
    r"|\b(?:password|passwd|requirepass|masterauth)[ =:]+[^\s\"'{}$&/]{6,}",
    re.IGNORECASE,
)
# A reference to a secret is none.
_REFERENCE = re.compile(
    r"^$|^/|\$\{|\$__|\{\{|^file:|^[a-z0-9.-]*-(?:tls|keys|key|secret|token)$|^(?:true|false|none|disabled)$"
)

# Kubernetes calls the name of a key within a secret `secretKey`.
_NAME = re.compile(r"^[a-z_.-]{1,40}$")


def secrets(view: View) -> Iterator[Cell]:
    """A cell for each release, each set of manifests, and all other resources together by type."""
    for release in view.platform.releases:
        yield _cell(f"{release.namespace}/{release.name}", release.address, release.values)
    by_address: dict[str, list[Any]] = {}
    for manifest in view.platform.manifests:
        by_address.setdefault(manifest.address, []).append(manifest.document)
    for address, documents in by_address.items():
        yield _cell(f"manifests of {address}", address, documents)
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for resource in view.platform.resources:
        by_type.setdefault(resource.type, []).append({resource.address: resource.values})
    for kind, values in by_type.items():
        yield _cell(kind, kind, values)


def _cell(subject: str, address: str, data: Any) -> Cell:
    found = [".".join(path) for path in leaks(data)]
    return Cell(
        SECTION, subject, "holds none", proven(not found, f"{address}: {found[0]}" if found else address, ", ".join(found[:5]))
    )


def leaks(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of values that are secrets, or look like one. The data of a Kubernetes Secret always is."""
    if isinstance(data, Mapping):
        if data.get("kind") == "Secret" and (data.get("data") or data.get("stringData")):
            yield (*path, "data")
        for key, value in data.items():
            yield from leaks(value, (*path, str(key)))
    elif isinstance(data, list | tuple):
        for number, value in enumerate(data):
            yield from leaks(value, (*path, str(number)))
    elif isinstance(data, str):
        named = any("kubernetes_secret_v1" in part for part in path) and path[-2:-1] in (("data",), ("binary_data",))
        key = _CAMEL.sub("_", path[-1]) if path else ""
        reference = _REFERENCE.search(data) or (path[-1:] == ("secretKey",) and _NAME.match(data))
        if named or _SHAPE.search(data) or (_KEY.search(key) and not reference):
            yield path
