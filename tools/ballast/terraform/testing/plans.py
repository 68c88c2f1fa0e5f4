"""A plan to assert on. A failed assertion names the resource, the path, what was expected and found, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import tftest

from ballast.terraform.addresses import locate
from ballast.terraform.policy import FILE, Violation, judge, read
from ballast.terraform.summary.masking import masked
from ballast.terraform.workspace import repository

QUIET = (["no-op"], ["read"])


class Plan(tftest.TerraformPlanOutput):  # type: ignore[misc]
    """tftest's view of a plan (`outputs`, `resources`, `modules`, `resource_changes`, `variables`), with assertions."""

    def __init__(self, raw: Mapping[str, Any], root: Path, again: str) -> None:
        super().__init__(raw)
        self.raw, self.root, self.again = raw, root, again

    @property
    def actions(self) -> dict[str, list[str]]:
        """What the plan does, by address; what it leaves alone is left out."""
        found = {address: change["change"]["actions"] for address, change in self.resource_changes.items()}
        return {address: actions for address, actions in found.items() if actions not in QUIET}

    @property
    def replaced(self) -> list[str]:
        """Addresses that are destroyed and made anew."""
        return [address for address, actions in self.actions.items() if {"create", "delete"} <= set(actions)]

    @property
    def destroyed(self) -> list[str]:
        """Addresses that are destroyed and not made anew."""
        return [address for address, actions in self.actions.items() if actions == ["delete"]]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Planned values of all resources of a type by address; what only an apply knows reads "(known after apply)"."""
        return {
            a: self._values(a)
            for a, c in self.resource_changes.items()
            if c["type"] == kind and c["change"]["after"] is not None
        }

    def value(self, address: str, path: str) -> Any:
        """A planned value at a dotted path (`versioning.0.enabled`). Fails when the address or the path is not there."""
        here: Any = self._values(address)
        steps = path.split(".") if path else []
        for number, step in enumerate(steps):
            if isinstance(here, dict) and step in here:
                here = here[step]
            elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
                here = here[int(step)]
            else:
                there = ".".join(steps[:number]) or "the resource"
                known = (
                    ", ".join(sorted(here))
                    if isinstance(here, dict)
                    else f"{len(here)} elements"
                    if isinstance(here, list)
                    else repr(here)
                )
                self._fail(address, path, "that path", f"nothing: {there} has {known}")
        return here

    def expect(self, address: str, path: str, expected: Any) -> None:
        """The planned value at a path is this; a function is asked instead of compared."""
        found = self.value(address, path)
        if not (expected(found) if callable(expected) else found == expected):
            self._fail(address, path, _said(expected), repr(found))

    def expect_each(self, kind: str, path: str, expected: Any) -> None:
        """`expect` for every resource of a type; fails as well when there is none."""
        found = self.of(kind)
        if not found:
            self._fail(kind, path, f"at least one {kind}", "none in the plan")
        for address in found:
            self.expect(address, path, expected)

    def expect_no_changes(self) -> None:
        """The plan does nothing."""
        for address, actions in self.actions.items():
            change = self.resource_changes[address]["change"]
            paths = ", ".join(_differing(change)) or "the whole resource"
            self._fail(address, paths, "no change", "/".join(actions))

    def expect_nothing_lost(self) -> None:
        """The plan destroys and replaces nothing."""
        for address in [*self.replaced, *self.destroyed]:
            paths = [".".join(map(str, path)) for path in self.resource_changes[address]["change"].get("replace_paths", [])]
            self._fail(address, ", ".join(paths) or "the whole resource", "kept", "/".join(self.actions[address]))

    def violations(self) -> list[Violation]:
        """What the plan breaks of checkov's policies and ours (20 s); the exceptions in terraform/policy.yaml hold."""
        repo = repository(self.root)
        file = repo / FILE
        exemptions, _ = read(file.read_text()) if file.is_file() else ([], [])
        found = judge(repo, {str(self.root): self.raw})
        return [v for v in found if not any(e.covers(v.policy, v.address) for e in exemptions)]

    def expect_policies(self, *policies: str) -> None:
        """The plan breaks none of these policies (`public-endpoint`, `CKV_AWS_144`); without names, none at all."""
        for violation in self.violations():
            if not policies or violation.policy in policies:
                self._fail(violation.address, f"policy {violation.policy}", "held", violation.message)

    def _values(self, address: str) -> dict[str, Any]:
        change = self.resource_changes.get(address)
        if change is None:
            near = sorted(a for a in self.resource_changes if a.split("[")[0] == address.split("[")[0]) or sorted(
                self.resource_changes
            )
            self._fail(address, "", "in the plan", f"not there; there are {', '.join(near[:8])}{'…' if len(near) > 8 else ''}")
        raw = change["change"]
        shown: dict[str, Any] = masked(raw["after"] or {}, None, raw.get("after_unknown"))
        return shown

    def _fail(self, address: str, path: str, expected: str, found: str) -> NoReturn:
        known = address in self.resource_changes
        place = locate(repository(self.root), self.root, self.raw, address) if known else self.root
        lines = (f"expected: {expected}", f"found:    {found}", f"where:    {place}", f"again:    {self.again}")
        raise AssertionError("\n  ".join([f"{address}{f': {path}' if path else ''}", *lines]))


def _said(expected: Any) -> str:
    """What a function asks, in its docstring or by its name; else the value."""
    if not callable(expected):
        return repr(expected)
    return str(expected.__doc__ or getattr(expected, "__name__", "something else")).strip()


def _differing(change: Mapping[str, Any]) -> Iterator[str]:
    before, after = change.get("before"), change.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        yield from (key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key))
