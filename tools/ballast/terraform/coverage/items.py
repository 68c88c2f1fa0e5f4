"""What a module has that its tests should exercise, and where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from ballast.repo import Position
from ballast.terraform import hcl
from ballast.terraform.coverage.choices import Choice, find
from ballast.terraform.hcl import Block, Expression

type Kind = Literal["variable", "output", "resource", "branch", "validation", "condition", "check"]

KINDS: dict[Kind, str] = {
    "variable": "variables set to a non-default",
    "output": "outputs asserted",
    "resource": "resources and module calls made",
    "branch": "sides of counts, for_eachs and conditionals taken",
    "validation": "validations that refused",
    "condition": "pre- and postconditions that refused",
    "check": "checks that failed",
}
"""What is covered, in the words of a report."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to exercise. `key` is unique in its module; `mend` says which test is missing.

    `owner` of a rule is what an expect_failures names for it: `var.name`, `output.keys`, `aws_vpc.this`, `check.names`.
    """

    kind: Kind
    key: str
    position: Position
    mend: str
    owner: str = ""


class Module:
    """A module's files, parsed. `name` is the path that positions begin with. Raises `hcl.Unreadable`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.files = hcl.read(folder, "*.tf", name)

    @cached_property
    def blocks(self) -> list[Block]:
        """Top-level blocks of all files."""
        return [block for file in self.files for block in file.blocks]

    def each(self, kind: str) -> Iterator[Block]:
        """Top-level blocks of a kind."""
        return (block for block in self.blocks if block.kind == kind)

    @cached_property
    def locals(self) -> dict[str, Expression]:
        """Local values by name."""
        return {name: value for block in self.each("locals") for name, value in block.attributes.items()}

    def constant(self, expression: Expression, seen: frozenset[str] = frozenset()) -> bool:
        """Whether no input, resource or loop can change what the expression is."""
        for reference in expression.references:
            head, _, rest = reference.partition(".")
            name = rest.partition(".")[0]
            if head == "path":
                continue
            if head != "local" or name in seen or name not in self.locals:
                return False
            if not self.constant(self.locals[name], seen | {name}):
                return False
        return True

    @cached_property
    def choices(self) -> list[Choice]:
        """Every count, for_each (of dynamic blocks, too) and conditional outside of conditions and provisioners."""
        return list(find(self))

    @cached_property
    def items(self) -> list[Item]:
        """Everything there is to exercise."""
        return [*self._interface(), *self._resources(), *self._branches(), *self._conditions()]

    def _interface(self) -> Iterator[Item]:
        for block in self.each("variable"):
            mend = f"a run with `variables {{ {block.label} = … }}` other than its default"
            yield Item("variable", f"var.{block.label}", block.position, mend)
        for block in self.each("output"):
            yield Item(
                "output", f"output.{block.label}", block.position, f"an assert with output.{block.label} in its condition"
            )

    def _resources(self) -> Iterator[Item]:
        for block in self.blocks:
            if (address := address_of(block)) is not None and not only_computes(self.folder, block):
                yield Item("resource", address, block.position, f"a run that makes {address}")

    def _branches(self) -> Iterator[Item]:
        for choice in self.choices:
            for taken in choice.sides:
                yield Item("branch", choice.side(taken), choice.position, f"a run in which that is {str(taken).lower()}")

    def _conditions(self) -> Iterator[Item]:
        for block in self.each("variable"):
            for rule in block.each("validation"):
                where = f"validation of var.{block.label}, line {rule.line}"
                yield Item(
                    "validation",
                    where,
                    rule.position,
                    f"a run with expect_failures = [var.{block.label}] that breaks this rule",
                )
        for block in self.blocks:
            name = f"output.{block.label}" if block.kind == "output" else address_of(block)
            for holder in (block, *block.each("lifecycle")):
                for kind in ("precondition", "postcondition"):
                    for rule in holder.each(kind):
                        where = f"{kind} of {name}, line {rule.line}"
                        mend = f"a run with expect_failures = [{name}] that breaks it"
                        yield Item("condition", where, rule.position, mend, name or "")
        for block in self.each("check"):
            for rule in block.each("assert"):
                mend = f"a run with expect_failures = [check.{block.label}] that breaks it"
                yield Item("check", f"check.{block.label}, line {rule.line}", rule.position, mend, f"check.{block.label}")

    @cached_property
    def sole(self) -> Mapping[str, str]:
        """The key of the one rule of each owner that has only one: when the owner refuses, it was that."""
        owners = Counter(item.owner for item in self.items if item.owner)
        return {item.owner: item.key for item in self.items if item.owner and owners[item.owner] == 1}

    @cached_property
    def refusals(self) -> Mapping[tuple[str, int], str]:
        """Keys of validations and conditions by file name and each line that a core may name for them."""
        found: dict[tuple[str, int], str] = {}
        rules = [
            rule
            for block in self.blocks
            for holder in (block, *block.each("lifecycle"))
            for rule in holder.blocks
            if rule.kind in ("validation", "precondition", "postcondition", "assert")
        ]
        keys = {item.position: item.key for item in self.items if item.kind in ("validation", "condition", "check")}
        for rule in rules:
            if rule.position in keys:
                file = rule.path.rpartition("/")[2]
                found[file, rule.line] = keys[rule.position]
                if "condition" in rule.attributes:
                    found[file, rule.attributes["condition"].line] = keys[rule.position]
        return found


def address_of(block: Block) -> str | None:
    """The address of a resource, data source or module call; None for other blocks."""
    match block.kind, block.labels:
        case "resource", (kind, name):
            return f"{kind}.{name}"
        case "data", (kind, name):
            return f"data.{kind}.{name}"
        case "module", (name,):
            return f"module.{name}"
    return None


def only_computes(folder: Path, block: Block) -> bool:
    """Whether a block of a module in `folder` calls a module beside it that makes nothing: no plan shows such a call."""
    source = block.attributes.get("source")
    if block.kind != "module" or source is None or not (source.literal or "").startswith("."):
        return False
    called = (folder / str(source.literal)).resolve()
    blocks = [inner for file in hcl.read(called, "*.tf", called.name) for inner in file.blocks if address_of(inner)]
    return all(only_computes(called, inner) for inner in blocks)


def default_of(module: Module) -> dict[str, str | None]:
    """Each variable's default as written, None where it has none."""
    return {b.label: b.attributes["default"].plain if "default" in b.attributes else None for b in module.each("variable")}


def shares(items: Sequence[Item], covered: frozenset[str] | set[str]) -> dict[Kind, tuple[int, int]]:
    """For each kind how many are covered, and of how many."""
    out: dict[Kind, tuple[int, int]] = {}
    for kind in KINDS:
        mine = [item.key for item in items if item.kind == kind]
        out[kind] = (sum(key in covered for key in mine), len(mine))
    return out
