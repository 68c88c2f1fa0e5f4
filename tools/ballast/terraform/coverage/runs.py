"""What the runs of a module's *.tftest.hcl files set and assert, and copies of the files that show why a run was refused.

`terraform test` says that an expected failure came, not which of a variable's rules it was. So each run with expect_failures of
something that has several rules is also written as a file of its own without them: it fails, and its diagnostic names the rule.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from ballast.terraform import hcl
from ballast.terraform.hcl import Block, Expression

PROBE = "ballast_probe_"


@dataclass(frozen=True, slots=True)
class Run:
    """A run block: the variables it runs with, outputs that its asserts name, and whether it expects to be refused."""

    file: str
    block: Block
    variables: dict[str, Expression]
    outputs: frozenset[str]
    refused: bool


def runs(file: Block) -> list[Run]:
    """The runs of a parsed test file that are about the module itself (not about another one that they name)."""
    shared = {name: value for block in file.each("variables") for name, value in block.attributes.items()}
    found = []
    for block in file.each("run"):
        if any(block.each("module")):
            continue
        own = {name: value for given in block.each("variables") for name, value in given.attributes.items()}
        named = [
            r
            for rule in block.each("assert")
            if "condition" in rule.attributes
            for r in rule.attributes["condition"].references
        ]
        outputs = frozenset(_output(reference) for reference in named) - {""}
        found.append(Run(file.path, block, shared | own, outputs, "expect_failures" in block.attributes))
    return found


def probes(text: str, file: Block, sole: Container[str]) -> Iterator[str]:
    """For each run that expects failures the text of a test file that has this run only, without the expectation.

    None for runs that expect failures of what is in `sole` only: of what has one rule.
    """
    blocks = list(file.each("run"))
    for block in blocks:
        if "expect_failures" not in block.attributes:
            continue
        if all(reference in sole for reference in block.attributes["expect_failures"].references):
            continue
        needed = _needed(block, {b.label: b for b in blocks})
        cuts = [(b.start, b.end) for b in blocks if b.label not in needed]
        cuts.append(block.spans["expect_failures"])
        yield _without(text, cuts)


def _needed(block: Block, by_name: dict[str, Block]) -> set[str]:
    """The run and those whose outputs it reads, directly or not."""
    found, todo = set[str](), [block.label]
    while todo:
        name = todo.pop()
        if name in found or name not in by_name:
            continue
        found.add(name)
        todo += [r.split(".")[1] for r in _all_references(by_name[name]) if r.startswith("run.")]
    return found


def _all_references(block: Block) -> Iterator[str]:
    for value in block.attributes.values():
        yield from value.references
    for inner in block.blocks:
        yield from _all_references(inner)


def _output(reference: str) -> str:
    match reference.split("."):
        case "output", name, *_:
            return name.partition("[")[0]
        case "run", _, name, *_:
            return name.partition("[")[0]
    return ""


def _without(text: str, cuts: list[tuple[int, int]]) -> str:
    for start, end in sorted(cuts, reverse=True):
        text = text[:start] + text[end:]
    return text


def read(folder: Path, name: str) -> list[tuple[Path, Block]]:
    """The test files beside a module and in its tests/, parsed. Raises `hcl.Unreadable`."""
    paths = [*sorted(folder.glob("*.tftest.hcl")), *sorted(folder.glob("tests/*.tftest.hcl"))]
    prefix = f"{name}/".removeprefix("./")
    return [
        (path, hcl.parse(path.read_text(errors="replace"), f"{prefix}{path.relative_to(folder).as_posix()}")) for path in paths
    ]
