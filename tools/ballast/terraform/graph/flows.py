"""Reads which module calls a root makes, directly and inside them, and which outputs of one are given to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ballast.repo import CannotRun
from ballast.terraform import hcl
from ballast.terraform.hcl import Block, Expression


@dataclass(frozen=True, slots=True)
class Node:
    """A module call that makes resources. `group` is the call that it lies in, empty in the root itself."""

    name: str
    source: str
    group: str
    resources: int
    """How many resource and data blocks the module has, itself."""

    @property
    def key(self) -> str:
        """Unique in its graph."""
        return f"{self.group}.{self.name}".strip(".")


@dataclass(frozen=True, slots=True)
class Flow:
    """Outputs of one module call that another is given, with the names of the arguments that take them."""

    source: str
    target: str
    outputs: tuple[str, ...]
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A root's module calls and the flows between them."""

    root: str
    nodes: list[Node]
    flows: list[Flow]

    def words(self) -> list[str]:
        """A sentence a flow, and one for each module that nothing flows into."""
        names = {node.key: node.name for node in self.nodes}
        told = [
            f"{names[f.source]} gives {', '.join(f.outputs)} to {names[f.target]} ({', '.join(f.arguments)})."
            for f in self.flows
        ]
        alone = [node.name for node in self.nodes if not any(flow.target == node.key for flow in self.flows)]
        return [*told, *([f"Nothing flows into {', '.join(alone)}."] if alone else [])]


def read(root: Path) -> Graph:
    """The graph of a root or module. Raises CannotRun when it has no Terraform files or calls no module.

    A module that makes nothing itself but calls others stands for those: they are read in its place, as a group, and what flows
    through its variables and outputs flows between them.
    """
    if not any(root.glob("*.tf")):
        raise CannotRun(f"{root} has no *.tf files: name a root such as terraform/environments/staging/aws/cluster")
    nodes: list[Node] = []
    try:
        scopes = list(_Scope(root).all(nodes))
    except hcl.Unreadable as error:
        raise CannotRun(str(error)) from None
    if not nodes:
        raise CannotRun(f"{root} calls no module: there is nothing to draw")
    found: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for scope in scopes:
        for call in scope.leaves.values():
            for argument, value in call.attributes.items():
                for source, output in scope.sources(value, frozenset()):
                    outputs, arguments = found.setdefault((source, scope.key(call.label)), (set(), set()))
                    outputs.add(output)
                    arguments.add(argument)
    flows = [Flow(s, t, tuple(sorted(o)), tuple(sorted(a))) for (s, t), (o, a) in sorted(found.items())]
    return Graph(root.as_posix(), nodes, flows)


class _Scope:
    """A root or a group: its calls, and what its variables are given from outside."""

    def __init__(self, folder: Path, group: str = "", parent: _Scope | None = None, call: Block | None = None) -> None:
        self.group, self.parent, self.call, self.folder = group, parent, call, folder
        self.blocks = [block for file in hcl.read(folder, "*.tf") for block in file.blocks]
        self.locals = {name: value for b in self.blocks if b.kind == "locals" for name, value in b.attributes.items()}
        self.outputs = {b.label: b.attributes["value"] for b in self.blocks if b.kind == "output" and "value" in b.attributes}
        self.leaves: dict[str, Block] = {}
        self.groups: dict[str, _Scope] = {}

    def key(self, call: str) -> str:
        return f"{self.group}.{call}".strip(".")

    def all(self, nodes: list[Node]) -> Iterator[_Scope]:
        """Itself and its groups; calls that are no groups become nodes."""
        for call in (b for b in self.blocks if b.kind == "module"):
            source = (call.attributes["source"].literal or "") if "source" in call.attributes else ""
            local = source.startswith(".") and (self.folder / source).is_dir()
            inner = _Scope(self.folder / source, self.key(call.label), self, call) if local else None
            resources = sum(b.kind in ("resource", "data") for b in inner.blocks) if inner else 0
            if inner and not resources and any(b.kind == "module" for b in inner.blocks):
                self.groups[call.label] = inner
                yield from inner.all(nodes)
            else:
                self.leaves[call.label] = call
                nodes.append(Node(call.label, source.rpartition("/")[2] if local else source, self.group, resources))
        yield self

    def sources(self, value: Expression, seen: frozenset[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Module calls (by key) and outputs that an expression reads, also by locals, variables and outputs of groups."""
        for reference in value.references:
            step = (self.group, reference)
            if step in seen:
                continue
            further = seen | {step}
            match reference.split("."):
                case "module", call, output, *_ if call in self.leaves:
                    yield self.key(call), output
                case "module", call, output, *_ if call in self.groups and output in self.groups[call].outputs:
                    yield from self.groups[call].sources(self.groups[call].outputs[output], further)
                case "local", name, *_ if name in self.locals:
                    yield from self.sources(self.locals[name], further)
                case "var", name, *_ if self.parent and self.call and name in self.call.attributes:
                    yield from self.parent.sources(self.call.attributes[name], further)
