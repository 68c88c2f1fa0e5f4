"""Workflows and composite actions of GitHub, as nodes that know their place.

Read with PyYAML's composer, whose scalars stay text: in YAML 1.1 the key `on` would be true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from ballast.findings import File, Finding, per_file
from ballast.repo import CannotRun, Severity

WORKFLOWS = ".github/workflows/*.{yml,yaml}"
ACTIONS = ".github/actions/*/action.{yml,yaml}"


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file. `action` marks a composite action, whose steps belong to no job."""

    file: File
    root: yaml.MappingNode
    action: bool

    def jobs(self) -> Iterator[tuple[str, yaml.MappingNode]]:
        """Jobs by name, in order; none in an action."""
        jobs = get(self.root, "jobs")
        for name, job in items(jobs):
            if isinstance(job, yaml.MappingNode):
                yield name.value, job

    def steps(self) -> Iterator[yaml.MappingNode]:
        """All steps, in order."""
        holders = [get(self.root, "runs")] if self.action else [job for _, job in self.jobs()]
        for holder in holders:
            steps = get(holder, "steps")
            for step in steps.value if isinstance(steps, yaml.SequenceNode) else []:
                if isinstance(step, yaml.MappingNode):
                    yield step

    def events(self) -> dict[str, yaml.Node]:
        """What starts it, by name."""
        on = get(self.root, "on")
        if isinstance(on, yaml.MappingNode):
            return {key.value: key for key, _ in items(on)}
        nodes = on.value if isinstance(on, yaml.SequenceNode) else [on] if on is not None else []
        return {str(node.value): node for node in nodes}

    def finding(self, node: yaml.Node, message: str, mend: str, severity: Severity = Severity.ERROR) -> Finding:
        """A finding at a node."""
        at = node.start_mark
        width = node.end_mark.column - at.column if node.end_mark.line == at.line else 0
        return self.file.finding(message, line=at.line + 1, column=at.column + 1, width=width, mend=mend, severity=severity)


def get(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """A value below a mapping, by keys; None where there is none."""
    for name in keys:
        node = next((value for key, value in items(node) if key.value == name), None)
    return node


def items(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """A mapping's keys and values; nothing for any other node."""
    return [(k, v) for k, v in node.value if isinstance(k, yaml.ScalarNode)] if isinstance(node, yaml.MappingNode) else []


def scalar(node: yaml.Node | None) -> str:
    """A scalar's text; empty for anything else."""
    return node.value if isinstance(node, yaml.ScalarNode) else ""


def read_workflow(file: File) -> Workflow:
    """Raises CannotRun where it is no YAML mapping."""
    try:
        root = yaml.compose(file.text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise CannotRun(f"{file.path} is no YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(root, yaml.MappingNode):
        raise CannotRun(f"{file.path} holds no mapping")
    return Workflow(file, root, action=file.path.startswith(".github/actions/"))


def _example(fragment: str) -> dict[str, str]:
    return {".github/workflows/example.yml": fragment}


@per_file(Workflow, reads=(WORKFLOWS, ACTIONS), example=_example)
def workflows(file: File) -> Iterator[Workflow]:
    """One a file; what is no YAML is left to `yaml/lint`."""
    try:
        yield read_workflow(file)
    except CannotRun:
        return
