"""Reads a Terraform plan (`terraform show -json PLAN`, format 1.x) into a `Platform`.

Values that are known only after apply are left out, so what a proof reads is what was reviewed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ballast.repo import CannotRun
from ballast.terraform.platform.model import Manifest, Platform, Release, Resource

OBJECTS_CHART = "kubernetes-objects"


def read_plan(plan: Mapping[str, Any], root: str) -> Platform:
    """The platform that `plan` would make. Raises CannotRun when it is no plan, or a release's values are not known yet."""
    if "planned_values" not in plan:
        raise CannotRun(
            f"{root}: this is no plan in Terraform's JSON (planned_values is missing): terraform show -json PLANFILE"
        )
    releases: list[Release] = []
    manifests: list[Manifest] = []
    resources: list[Resource] = []
    for item in sorted(_resources(plan["planned_values"].get("root_module", {})), key=lambda r: str(r["address"])):
        address, kind, values = item["address"], item["type"], item.get("values") or {}
        if kind != "helm_release":
            resources.append(Resource(address, kind, values))
            continue
        release = Release(
            address=address,
            name=str(values.get("name") or ""),
            namespace=str(values.get("namespace") or ""),
            chart=str(values.get("chart") or "").rsplit("/", 1)[-1],
            version=str(values.get("version") or ""),
            values=_values(address, values.get("values")),
        )
        if _is_objects(str(values.get("chart") or "")):
            manifests.extend(_manifests(release))
        else:
            releases.append(release)
    return Platform(root, tuple(releases), tuple(manifests), tuple(resources))


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base` as Helm merges values documents: maps key by key, everything else replaced."""
    merged = dict(base)
    for key, value in over.items():
        mine = merged.get(key)
        merged[key] = merge(mine, value) if isinstance(mine, Mapping) and isinstance(value, Mapping) else value
    return merged


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (r for r in module.get("resources", ()) if r.get("mode") == "managed")
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _values(address: str, documents: list[str | None] | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for text in documents or ():
        if text is None:
            raise CannotRun(
                f"{address}: its values are known only after apply: no value of a chart may come from a new resource"
            )
        values = merge(values, yaml.load(text, yaml.CSafeLoader) or {})
    return values


def _is_objects(chart: str) -> bool:
    return f"/{OBJECTS_CHART}/" in f"{chart}/"


def _manifests(release: Release) -> Iterator[Manifest]:
    for key, text in sorted((release.get("objects") or {}).items()):
        yield Manifest(release.address, key, json.loads(text))
