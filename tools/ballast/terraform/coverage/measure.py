"""Runs a module's tests on hermetic providers and sees what they exercise.

One `terraform test -json -verbose` on a shadow of the module does all of it: the test files as they stand, one more file for
each expected refusal (see runs.py), and beside the module's files one with an output for each choice (see choices.py).
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ballast.repo import CannotRun, Position
from ballast.terraform.core import Core
from ballast.terraform.coverage import runs as tests
from ballast.terraform.coverage.choices import Choice
from ballast.terraform.coverage.items import Item, Kind, Module, default_of, shares
from ballast.terraform.diagnostics import place_of, words_of
from ballast.terraform.hcl import Block, Expression
from ballast.terraform.workspace import Workspace, repository

BESIDE = "ballast_coverage.tf"
OUTPUT = "ballast_choice_"
_RULE = re.compile(r"This was checked by the validation rule at\s+(\S+?):(\d+),")
_SOURCE = re.compile(r'source\s*=\s*"([\w-]+/[\w-]+)"')


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that did not pass, or what kept any from running."""

    position: Position
    message: str


@dataclass(slots=True)
class Coverage:
    """What a module's tests came to. `covered` are keys of `items`; `seconds` is wall time."""

    name: str
    items: list[Item]
    covered: set[str] = field(default_factory=set)
    passed: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def missing(self) -> list[Item]:
        """What no test exercises, by place."""
        return sorted(
            (i for i in self.items if i.key not in self.covered), key=lambda i: (i.position.path, i.position.line, i.key)
        )

    @property
    def shares(self) -> dict[Kind, tuple[int, int]]:
        """By kind, how many are covered and of how many."""
        return shares(self.items, self.covered)

    @property
    def percent(self) -> float:
        """All kinds together; 100 only when nothing is missing."""
        return 100.0 * (len(self.items) - len(self.missing)) / len(self.items) if self.items else 100.0


def measure(folder: Path, *, core: Core | None = None, also: Path | None = None) -> Coverage:
    """Run the tests of the module in `folder`. `also` is a folder of records that `ballast.terraform.testing` wrote.

    Raises CannotRun when Terraform cannot run at all, `hcl.Unreadable` when a file is no HCL.
    """
    began = time.monotonic()
    repo = repository(folder)
    resolved = folder.resolve()
    name = resolved.relative_to(repo).as_posix() if resolved.is_relative_to(repo) else resolved.name
    module = Module(resolved, name)
    found = Coverage(name, module.items)
    files = tests.read(resolved, name)
    with (
        tempfile.TemporaryDirectory(prefix="ballast-coverage-") as into,
        Workspace(folder, into=Path(into), core=core, mode="hermetic", unprotect=True, announce=False) as workspace,
    ):
        shadow_tests(workspace.folder, module, files)
        choices = instrument(workspace.folder, module)
        workspace.init()
        _Reader(repo, module, found, files, choices).read(_messages(workspace))
    if also is not None:
        for record in records(also, name):
            found.covered |= set(record)
    found.covered &= {item.key for item in found.items}
    found.seconds = time.monotonic() - began
    return found


def shadow_tests(shadow: Path, module: Module, files: Iterable[tuple[Path, Block]]) -> None:
    """Make the shadow's tests a real directory with links to the module's, and write the probes into it."""
    folder = shadow / "tests"
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    real = module.folder / "tests"
    for path in real.iterdir() if real.is_dir() else ():
        (folder / path.name).symlink_to(path)
    for path, parsed in files:
        for number, text in enumerate(tests.probes(path.read_text(), parsed, module.sole)):
            name = f"{tests.PROBE}{path.name.removesuffix('.tftest.hcl')}_{number}.tftest.hcl"
            (folder / name).write_text(text)


def instrument(shadow: Path, module: Module) -> list[Choice]:
    """Write an output for each choice of the module beside its files; the choices in the order of their outputs' numbers."""
    choices = [choice for choice in module.choices if choice.sides]
    text = "".join(f'output "{OUTPUT}{n}" {{\n  sensitive = true\n  value = {c.value}\n}}\n' for n, c in enumerate(choices))
    (shadow / BESIDE).write_text(text)
    return choices


def taken(choices: list[Choice], outputs: Mapping[str, Any]) -> set[str]:
    """Keys of the sides that the values of the instrumented outputs show."""
    keys = set()
    for name, value in outputs.items():
        if name.startswith(OUTPUT) and isinstance(value, list):
            keys |= {choices[int(name.removeprefix(OUTPUT))].side(side) for side in value if isinstance(side, bool)}
    return keys


def made(document: Mapping[str, Any]) -> set[str]:
    """Addresses, without keys of instances, of what a plan or state in JSON has: resources, data sources, module calls."""
    found: set[str] = set()
    for change in document.get("resource_changes", ()):
        if change["change"]["actions"] != ["delete"]:
            found |= _addresses(change["address"])
    for resource in _resources(document.get("root_module", {})):
        found |= _addresses(resource["address"])
    return found


def records(folder: Path, name: str) -> Iterator[list[str]]:
    """What tests in Python exercised of a module."""
    for path in sorted(folder.glob("*.json")):
        try:
            record = orjson.loads(path.read_bytes())
        except ValueError:
            continue
        if record.get("module") == name:
            yield record["covered"]


class _Reader:
    """Reads the messages of `terraform test -json -verbose` in order."""

    def __init__(
        self, repo: Path, module: Module, found: Coverage, files: list[tuple[Path, Block]], choices: list[Choice]
    ) -> None:
        self.repo, self.module, self.found, self.choices = repo, module, found, choices
        self.runs = {
            (path.relative_to(module.folder).as_posix(), run.block.label): run for path, f in files for run in tests.runs(f)
        }
        self.defaults = default_of(module)
        self.state: dict[tuple[str, str], str] = {}
        self.said: list[tuple[tuple[str, str], Failure]] = []
        self.seen: dict[tuple[str, str], set[str]] = {}

    def read(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Take every message, then count what passing runs exercised."""
        for message in messages:
            self.take(message)
        # Terraform 1.15 prints a refusal that a run expects as well; the run then passes.
        self.found.failures += [failure for key, failure in self.said if self.state.get(key) != "pass"]
        for key, state in self.state.items():
            run = self.runs.get(key)
            if state != "pass" or run is None:
                continue
            self.found.passed += 1
            if run.refused:
                self.found.covered |= self.refused(run)
            else:
                self.found.covered |= self.seen.get(key, set()) | {f"output.{name}" for name in run.outputs}
                self.found.covered |= {f"var.{n}" for n, value in run.variables.items() if self.told(n, value)}

    def refused(self, run: tests.Run) -> set[str]:
        """The only rule of what refused, and sides that need a variable to be empty, where that is what was refused."""
        expected = run.block.attributes["expect_failures"].references
        empty = {n for n, value in run.variables.items() if f"var.{n}" in expected and value.text in ("{}", "[]")}
        rules = {self.module.sole[owner] for owner in expected if owner in self.module.sole}
        return rules | {choice.side(False) for choice in self.choices if choice.empties in empty}

    def told(self, name: str, value: Expression) -> bool:
        """Whether a variable is given something else than its default."""
        return value.plain != self.defaults.get(name)

    def take(self, message: Mapping[str, Any]) -> None:
        """One message of the core."""
        key = (message.get("@testfile", ""), message.get("@testrun", ""))
        probe = key[0].rpartition("/")[2].startswith(tests.PROBE)
        match message.get("type"):
            case "test_run" if message["test_run"].get("progress") == "complete" and not probe:
                self.state[key] = status = message["test_run"]["status"]
                if status not in ("pass", "skip") and (run := self.runs.get(key)):
                    self.found.failures.append(Failure(run.block.position, f"run {key[1]}: {status}"))
                elif status == "skip" and (run := self.runs.get(key)):
                    self.found.failures.append(
                        Failure(run.block.position, f"run {key[1]} was skipped after an earlier failure")
                    )
            case "test_plan":
                outputs = {n: c.get("after") for n, c in message["test_plan"].get("output_changes", {}).items()}
                self.seen.setdefault(key, set()).update(made(message["test_plan"]), taken(self.choices, outputs))
            case "test_state":
                outputs = {n: o.get("value") for n, o in message["test_state"].get("outputs", {}).items()}
                self.seen.setdefault(key, set()).update(made(message["test_state"]), taken(self.choices, outputs))
            case "diagnostic":
                self.diagnostic(message["diagnostic"], probe, key)

    def diagnostic(self, said: Mapping[str, Any], probe: bool, key: tuple[str, str]) -> None:
        """A refusal, in a probe; a failure elsewhere."""
        where = said.get("range") or {}
        if probe:
            rule = _RULE.search(said.get("detail", ""))
            place = (rule[1], int(rule[2])) if rule else (where.get("filename", ""), where.get("start", {}).get("line", 0))
            if (refused := self.module.refusals.get(place)) is not None:
                self.found.covered.add(refused)
        elif said["severity"] == "error":
            at = place_of(self.repo, self.module.name, said, otherwise=key[0] or "main.tf")
            self.said.append((key, Failure(at, words_of(self.repo, said))))


def _messages(workspace: Workspace) -> Iterator[dict[str, Any]]:
    done = workspace.run("test", "-json", "-verbose", "-no-color", capture=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise CannotRun(f"{workspace.core} could not test {workspace.root}: {(done.stderr or done.stdout).strip()}")
    for line in lines:
        yield orjson.loads(line)


def _addresses(address: str) -> set[str]:
    parts = re.sub(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]', "", address).split(".")
    return {".".join(parts[:2])} if parts[0] == "module" else {".".join(parts)}


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)
