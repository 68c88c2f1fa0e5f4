"""What a plan would do, taken from its JSON: the twin of the Markdown comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ballast.repo import CannotRun
from ballast.terraform.addresses import local_part
from ballast.terraform.policy.prepare import expressions_of
from ballast.terraform.summary import kinds
from ballast.terraform.summary.masking import LATER, SENSITIVE, masked

type Action = Literal["replace", "destroy", "create", "update", "import", "move", "forget", "read"]
ORDER: tuple[Action, ...] = ("replace", "destroy", "forget", "create", "update", "import", "move", "read")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One argument that changes; values are masked. `forces` says that it is why the resource is replaced."""

    path: str
    before: Any
    after: Any
    forces: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource. `topics`: identity, network or data, where it is about that."""

    address: str
    type: str
    module: str
    action: Action
    attributes: tuple[Attribute, ...]
    topics: tuple[str, ...]
    effects: tuple[str, ...] = ()
    """In words, what an identity gets or loses, or what can be reached: `+ Allow s3:GetObject on …`."""
    previous_address: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that the plan breaks."""

    policy: str
    address: str
    message: str
    crashed: bool = False


@dataclass(slots=True)
class Summary:
    """A plan in short. `result` says what it is worth; `policies` is None where none was judged, `unproven` then says why."""

    root: str
    result: str
    terraform: str
    changes: list[Change]
    drifted: list[str]
    outputs: dict[str, str]
    unknown_documents: int
    policies: list[Policy] | None = None
    unproven: str = ""
    refused: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[Action, int]:
        """How many resources by action, the loud ones first; none with nothing."""
        counted = {action: sum(change.action == action for change in self.changes) for action in ORDER}
        return {action: number for action, number in counted.items() if number}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"version": 1, "counts": self.counts, **asdict(self)}


def summarise(plan: Mapping[str, Any], *, root: str = "", result: str = "") -> Summary:
    """Read a plan (`terraform show -json PLAN`). Raises CannotRun when it is none."""
    if "resource_changes" not in plan and "planned_values" not in plan:
        raise CannotRun("this is no plan in Terraform's JSON (resource_changes is missing): terraform show -json PLANFILE")
    changes = [change for raw in plan.get("resource_changes", []) if (change := _change(plan, raw)) is not None]
    changes.sort(key=lambda change: (ORDER.index(change.action), change.address))
    outputs = {
        name: "/".join(raw["actions"])
        for name, raw in sorted(plan.get("output_changes", {}).items())
        if raw["actions"] not in (["no-op"], ["read"])
    }
    drifted = [raw["address"] for raw in plan.get("resource_drift", []) if raw["change"]["actions"] != ["no-op"]]
    later = sum(kinds.document_unknown(raw) for raw in plan.get("resource_changes", []))
    return Summary(root, result, str(plan.get("terraform_version", "")), changes, drifted, outputs, later)


def _change(plan: Mapping[str, Any], raw: Mapping[str, Any]) -> Change | None:
    change = raw["change"]
    action = _action(raw)
    if action is None:
        return None
    written = expressions_of(plan, raw["address"])  # what the provider decides anew in a replacement is no news
    return Change(
        address=raw["address"],
        type=raw["type"],
        module=raw["address"][: len(raw["address"]) - len(local_part(raw["address"]))].rstrip("."),
        action=action,
        attributes=tuple(a for a in _attributes(change) if a.after != LATER or a.forces or a.path.partition(".")[0] in written),
        topics=tuple(kinds.topics(raw["type"])),
        effects=tuple(kinds.effects(raw)),
        previous_address=raw.get("previous_address", ""),
    )


def _action(raw: Mapping[str, Any]) -> Action | None:
    match raw["change"]["actions"]:
        case ["no-op"] | ["read"] if raw["change"].get("importing"):
            return "import"
        case ["no-op"]:
            return "move" if raw.get("previous_address") else None
        case ["read"]:
            return None
        case ["create"]:
            return "create"
        case ["update"]:
            return "update"
        case ["delete"]:
            return "destroy"
        case ["forget"]:
            return "forget"
    return "replace"


def _attributes(change: Mapping[str, Any]) -> Iterator[Attribute]:
    """Arguments that differ, by path; of what is only created or destroyed, none."""
    before, after = change.get("before"), change.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    forced = {".".join(map(str, path)) for path in change.get("replace_paths", [])}
    ours = masked(before, change.get("before_sensitive"))
    theirs = masked(after, change.get("after_sensitive"), change.get("after_unknown"))
    # Two different secrets look alike once they are masked: the paths that differ come from the values themselves.
    real = _different(before, masked(after, None, change.get("after_unknown")), ())
    for path in sorted(real):
        name = ".".join(path)
        yield Attribute(name, _get(ours, path), _get(theirs, path), any(name == f or name.startswith(f"{f}.") for f in forced))


def _different(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _different(before.get(key), after.get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _different(one, other, (*path, str(index)))
    elif before != after:
        yield path


def _get(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if value in (SENSITIVE, LATER):
            return value
        value = (
            value.get(step)
            if isinstance(value, dict)
            else value[int(step)]
            if isinstance(value, list) and int(step) < len(value)
            else None
        )
    return value
