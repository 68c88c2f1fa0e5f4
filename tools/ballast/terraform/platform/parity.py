"""Two platforms compared, object by object and value by value: what AWS and Google Cloud render differently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

from ballast.terraform.platform.model import Platform
from ballast.terraform.platform.objects import manifests

type Leaves = dict[str, Any]


def leaves(platform: Platform, schemas: Path) -> Leaves:
    """Every value of every Kubernetes object and release by its path: `NetworkPolicy thanos/outward-thanos: spec.egress.0.…`.

    Texts that are JSON or YAML documents of an application are compared as they stand.
    """
    found: Leaves = {}
    for release in platform.releases:
        found |= _flat(release.values, f"{release.chart} {release.namespace}/{release.name}: ")
        found[f"{release.chart} {release.namespace}/{release.name}: version"] = release.version
    for manifest in manifests(platform, schemas):
        name = str(manifest.document.get("metadata", {}).get("name", ""))
        where = f"{manifest.namespace}/{name}" if manifest.namespace else name
        found |= _flat(manifest.document, f"{manifest.kind} {where}: ")
    return found


def differences(ours: Leaves, theirs: Leaves) -> list[str]:
    """Paths whose value differs, or that only one side has; an object that one side lacks is named without a path."""
    missing = object()
    paths = {path for path in ours.keys() | theirs.keys() if ours.get(path, missing) != theirs.get(path, missing)}
    one, other = ({_object(path) for path in side} for side in (ours, theirs))
    return sorted({path if _object(path) in one & other else _object(path) for path in paths})


def unlisted(paths: list[str], listed: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Of the paths, those that no pattern covers (`*` matches anything); and the patterns that cover none."""
    rest = [path for path in paths if not any(fnmatchcase(path, _plain(pattern)) for pattern in listed)]
    idle = [pattern for pattern in listed if not any(fnmatchcase(path, _plain(pattern)) for path in paths)]
    return rest, idle


def _object(path: str) -> str:
    return path.partition(": ")[0]


def _plain(pattern: str) -> str:
    return re.sub(r"\[", "[[]", pattern)


def _flat(value: Any, prefix: str) -> Leaves:
    return {f"{prefix}{path}": leaf for path, leaf in _walk(value, ())}


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, str) and value[:1] == "{":
        with suppress(ValueError):
            value = orjson.loads(value)
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _walk(item, (*path, str(key)))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from _walk(item, (*path, str(number)))
    else:
        yield ".".join(path), value
