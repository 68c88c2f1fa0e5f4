"""What exists behind the provider during one server's life, and the faults that a test asks for.

A core's state is the truth about what was applied; the world only lets a test act behind its back (objects vanish, drift, exist
before an import) and lets calls fail. An object that the world does not know (from an earlier session's state) is as that says.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ballast.repo import CannotRun
from ballast.terraform.hermetic.templates import token
from ballast.terraform.hermetic.values import get, is_unknown

type Moment = Literal["plan", "create", "read", "update", "delete", "import"]


@dataclass(frozen=True, slots=True)
class Target:
    """Which objects: a type, and values at dotted paths that it must have. The protocol tells a provider no addresses."""

    type: str
    where: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, document: Mapping[str, Any], address: str) -> Target:
        """The target for a resource address in `terraform show -json` of a plan or a state.

        Takes the identifying values that are known there: all plain values in a plan, the id or arn in a state.
        Raises CannotRun when the address is not in the document.
        """
        for change in document.get("resource_changes", []):
            if change["address"] == address:
                values = change["change"]["after"] or change["change"]["before"] or {}
                return cls(change["type"], {k: v for k, v in values.items() if isinstance(v, str | int | bool)})
        for resource in _resources(document.get("values", {}).get("root_module", {})):
            if resource["address"] == address:
                values = resource["values"]
                key = next((k for k in ("id", "arn", "self_link", "name") if values.get(k)), None)
                return cls(resource["type"], {key: values[key]} if key else {})
        raise CannotRun(f"there is no {address} in that plan or state")

    def matches(self, kind: str, values: Any) -> bool:
        """Whether an object of type `kind` with these values is meant."""
        return kind == self.type and all(get(values, path) == wanted for path, wanted in self.where.items())


def _resources(module: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*module.get("resources", []), *(r for child in module.get("child_modules", []) for r in _resources(child))]


@dataclass(slots=True)
class Fault:
    """What goes wrong for a target.

    `error`: the call fails and nothing was done. `timeout`: the object is there but never got ready, the provider gives up (a
    core taints what it was creating). `hang`: no answer for `seconds` or until the core stops the provider, then `timeout`.
    `vanish`: the call succeeds and the object disappears right after.
    """

    target: Target
    moment: Moment
    kind: Literal["error", "timeout", "hang", "vanish"]
    message: str
    times: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """One thing a core asked for: the type, what (`create`, `update`, `delete`, `read`), of which object, and how it ended."""

    moment: Moment
    type: str
    id: str
    failed: bool = False


class World:
    """Objects by a key that travels in the state's private data; thread-safe."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._objects: dict[str, tuple[str, dict[str, Any]]] = {}
        self._gone: set[str] = set()
        self._gone_targets: list[Target] = []
        self._faults: list[Fault] = []
        self._count = 0
        self._lock = threading.RLock()
        self.calls: list[Call] = []

    def new_key(self, kind: str) -> str:
        """A key for an object about to be created; the token of its made-up values too."""
        with self._lock:
            self._count += 1
            return token(self.seed, kind, self._count)

    def store(self, key: str, kind: str, values: dict[str, Any]) -> None:
        """The object is now so."""
        with self._lock:
            self._objects[key] = (kind, copy.deepcopy(values))

    def remove(self, key: str) -> None:
        """The object was deleted."""
        with self._lock:
            self._objects.pop(key, None)

    def read(self, key: str, kind: str, state: dict[str, Any]) -> dict[str, Any] | None:
        """The object as it is now: as the world knows it, else as the state says; None when it vanished."""
        with self._lock:
            if (known := self._objects.get(key)) is not None:
                return copy.deepcopy(known[1])
            if key in self._gone or any(target.matches(kind, state) for target in self._gone_targets):
                return None
            return state

    def find(self, kind: str, wanted: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Objects of the type that have all the wanted values, with their keys, oldest first."""
        with self._lock:
            target = Target(kind, wanted)
            return [(key, copy.deepcopy(values)) for key, (k, values) in self._objects.items() if target.matches(k, values)]

    def vanish(self, target: Target) -> None:
        """Remove the objects behind the core's back, also those that only a state knows."""
        with self._lock:
            hit = {key for key, (kind, values) in self._objects.items() if target.matches(kind, values)}
            for key in hit:
                del self._objects[key]
            self._gone |= hit
            if not hit:
                self._gone_targets.append(target)

    def vanish_key(self, key: str) -> None:
        """Remove one object behind the core's back."""
        with self._lock:
            self._objects.pop(key, None)
            self._gone.add(key)

    def change(self, target: Target, changes: Mapping[str, Any]) -> int:
        """Drift: set values at dotted paths of the matching objects; how many there were."""
        with self._lock:
            hit = [values for kind, values in self._objects.values() if target.matches(kind, values)]
            for values in hit:
                for path, value in changes.items():
                    _set(values, path.split("."), value)
            return len(hit)

    def add_fault(self, fault: Fault) -> None:
        """From now on."""
        with self._lock:
            self._faults.append(fault)

    def clear_faults(self) -> None:
        """Everything works again."""
        with self._lock:
            self._faults.clear()

    def fault(self, moment: Moment, kind: str, values: Any) -> Fault | None:
        """The fault that meets this call, counted as used."""
        with self._lock:
            for fault in self._faults:
                if fault.times and fault.moment == moment and fault.target.matches(kind, values):
                    fault.times -= 1
                    return fault
            return None

    def record(self, moment: Moment, kind: str, values: Any, failed: bool = False) -> None:
        """Remember the call."""
        name = next((v for k in ("id", "name", "arn") if isinstance(v := get(values, k), str) and not is_unknown(v)), "")
        with self._lock:
            self.calls.append(Call(moment, kind, name, failed))


def _set(value: Any, path: list[str], new: Any) -> None:
    step: Any = int(path[0]) if isinstance(value, list) else path[0]
    if len(path) == 1:
        value[step] = new
    else:
        _set(value[step], path[1:], new)
