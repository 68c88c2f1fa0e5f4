"""Refuses a provider that is configured from what its own root creates.

Such a root cannot be planned from nothing (the value is unknown), nor destroyed in order. While it plans, a hermetic provider
refuses unknown configuration; this check reads the plan's JSON, so it also finds a root whose resource exists already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def providers_from_own_root(plan: Mapping[str, Any]) -> list[str]:
    """A sentence for each provider of the plan (`terraform show -json PLAN`) that needs a resource of its own root.

    References are followed through module outputs and inputs; not through local values, which a plan does not show.
    """
    configuration = plan.get("configuration", {})
    root = configuration.get("root_module", {})
    found = []
    for provider in configuration.get("provider_config", {}).values():
        module, path = _module(root, provider.get("module_address", "")), provider.get("module_address", "")
        for argument, reference in _references(provider.get("expressions", {}), ()):
            if resource := _resource(root, module, path, reference, 0):
                name = provider.get("full_name", provider.get("name", "?")).removeprefix("registry.terraform.io/")
                found.append(
                    f'provider {name}: "{argument}" comes from {resource}, which this root creates. Move it to another root '
                    "and read it from that root's state."
                )
    return sorted(set(found))


def _references(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every reference in the expressions with the argument that holds it; the longest of `a.b.c`, `a.b`, `a` comes first."""
    if isinstance(value, dict):
        if isinstance(value.get("references"), list):
            for reference in value["references"]:
                yield ".".join(path), reference
        else:
            for key, item in value.items():
                yield from _references(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _references(item, path)


def _module(root: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    for name in [part for part in address.split(".") if part not in ("", "module")]:
        root = root.get("module_calls", {}).get(name.split("[")[0], {}).get("module", {})
    return root


def _resource(root: Mapping[str, Any], module: Mapping[str, Any], path: str, reference: str, depth: int) -> str | None:
    """The managed resource that a reference leads to, if any. `path` is the address of the module that holds the reference."""
    if depth > 50:
        return None
    head, *rest = reference.split(".")
    head = head.split("[")[0]
    if head == "module" and len(rest) >= 2:
        call = module.get("module_calls", {}).get(rest[0].split("[")[0], {})
        output = call.get("module", {}).get("outputs", {}).get(rest[1].split("[")[0], {})
        inner = f"{path}.module.{rest[0]}".strip(".")
        return _first(root, call.get("module", {}), inner, output.get("expression", {}), depth)
    if head == "var" and path:
        parent_path, _, name = path.rpartition("module.")
        parent = _module(root, parent_path.strip("."))
        argument = (
            parent.get("module_calls", {}).get(name.split("[")[0], {}).get("expressions", {}).get(rest[0].split("[")[0], {})
        )
        return _first(root, parent, parent_path.strip("."), argument, depth)
    if head == "data" and len(rest) >= 2:
        for resource in module.get("resources", []):
            if resource.get("mode") == "data" and [resource["type"], resource["name"]] == [rest[0], rest[1].split("[")[0]]:
                return _first(root, module, path, resource.get("expressions", {}), depth)
        return None
    for resource in module.get("resources", []):
        if resource.get("mode") == "managed" and rest and [resource["type"], resource["name"]] == [head, rest[0].split("[")[0]]:
            return f"{path}.{resource['address']}".strip(".")
    return None


def _first(root: Mapping[str, Any], module: Mapping[str, Any], path: str, expressions: Any, depth: int) -> str | None:
    found = (_resource(root, module, path, reference, depth + 1) for _, reference in _references(expressions, ()))
    return next((resource for resource in found if resource), None)
