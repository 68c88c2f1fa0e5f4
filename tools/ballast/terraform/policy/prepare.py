"""A plan as the policies are to see it: values that come at apply count as set, and what goes away stands beside what stays."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ballast.terraform.addresses import local_part, modules_of, without_keys

GOING = "going:"
"""Begins the address of a copy of what the plan destroys or replaces."""
LATER = "true_after_unknown"
"""What a configured value is that only an apply will know; checkov's own word for it."""


def prepare(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The plan for checkov, which by itself leaves out unknown values (a key by reference looks like none) and destroys.

    What is destroyed or replaced gets an entry in planned_values with its present values, and a change whose only action is
    `delete`. Only what the configuration sets is filled in: a value that the provider decides stays absent.
    """
    changes = plan.get("resource_changes", [])
    values = copy.deepcopy(plan.get("planned_values") or {})
    by_address = {change["address"]: change for change in changes}
    for resource in _resources(values.get("root_module", {})):
        unknown = by_address.get(resource["address"], {}).get("change", {}).get("after_unknown")
        if isinstance(unknown, dict) and isinstance(resource.get("values"), dict):
            _fill(resource["values"], unknown, expressions_of(plan, resource["address"]))
    seen = {**plan, "resource_changes": list(changes), "planned_values": values}
    resources = values.setdefault("root_module", {}).setdefault("resources", [])
    gone = [c for c in changes if c.get("mode") == "managed" and "delete" in c["change"]["actions"]]
    for number, change in enumerate(gone):
        address = GOING + change["address"]
        known = {"mode": "managed", "type": change["type"], "name": f"going_{number}", "address": address}
        resources.append({**known, "values": change["change"].get("before") or {}})
        seen["resource_changes"].append({**change, "address": address, "change": {**change["change"], "actions": ["delete"]}})
    return seen


def expressions_of(plan: Mapping[str, Any], address: str) -> dict[str, Any]:
    """The arguments of a resource as the configuration writes them, in the form of `terraform show -json`."""
    module = plan.get("configuration", {}).get("root_module", {})
    for name in modules_of(address):
        module = module.get("module_calls", {}).get(name, {}).get("module", {})
    wanted = without_keys(local_part(address))
    found: dict[str, Any] = next((r for r in module.get("resources", []) if r["address"] == wanted), {})
    expressions: dict[str, Any] = found.get("expressions", {})
    return expressions


def _fill(values: dict[str, Any], unknown: Mapping[str, Any], written: Mapping[str, Any] | None) -> None:
    """Put the word for "later" where a value is unknown and written. `written` is None within a dynamic block: all of it is."""
    for name, later in unknown.items():
        if later is True:
            if written is None or name in written:
                values[name] = LATER
            continue
        inner = values.get(name)
        expression = None if written is None or name not in written else written[name]
        if isinstance(later, dict) and isinstance(inner, dict):
            _fill(inner, later, expression if isinstance(expression, dict) and "references" not in expression else None)
        elif isinstance(later, list) and isinstance(inner, list):
            _fill_each(inner, later, expression)


def _fill_each(values: list[Any], unknown: list[Any], written: Any) -> None:
    for index, later in enumerate(unknown[: len(values)]):
        if later is True:
            values[index] = LATER
        elif isinstance(later, dict) and isinstance(values[index], dict):
            own = written[index] if isinstance(written, list) and index < len(written) else None
            _fill(values[index], later, own if isinstance(own, dict) else None)


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (r for r in module.get("resources", ()) if r.get("mode") == "managed")
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def applied(plan: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """The plan with what an apply of it made (`terraform show -json`) in place of what it expected: nothing is unknown now."""
    known = [{**c, "change": {**c["change"], "after_unknown": {}}} for c in plan.get("resource_changes", [])]
    return {**plan, "planned_values": state.get("values") or {}, "resource_changes": known}
