"""terraform/policy.yaml: policies that do not hold for some resources, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

import yaml

from ballast.repo import Position

FILE = "terraform/policy.yaml"


@dataclass(frozen=True, slots=True)
class Exemption:
    """`policy` (`wildcard-iam`, `CKV_AWS_144`) does not hold for what matches one of `resources`, because of `reason`."""

    policy: str
    resources: tuple[str, ...]
    reason: str
    position: Position

    def covers(self, policy: str, address: str) -> bool:
        """Whether it is about this policy and this resource; the globs match a whole address or the part within its module."""
        inner = address.rpartition("module.")[2].partition(".")[2] if "module." in address else address
        return policy == self.policy and any(fnmatchcase(a, glob) for glob in self.resources for a in (address, inner))


def read(text: str, path: str = FILE) -> tuple[list[Exemption], list[tuple[Position, str]]]:
    """The exemptions of the file's text, and what is wrong with it."""
    try:
        tree = yaml.compose(text, yaml.CSafeLoader)
        data = yaml.load(text, yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return [], [(Position(path, mark.line + 1 if mark else 1), f"this is no YAML: {error.problem}")]
    if data is None:
        return [], []
    entries = data.get("exceptions") if isinstance(data, dict) else None
    if set(data if isinstance(data, dict) else ()) != {"exceptions"} or not isinstance(entries, list):
        return [], [(Position(path), "write one key, `exceptions`, with a list of { policy, resources, reason }")]
    assert isinstance(tree, yaml.MappingNode)
    lines = [node.start_mark.line + 1 for node in tree.value[0][1].value]
    found, wrong = [], []
    for entry, line in zip(entries, lines, strict=True):
        where = Position(path, line)
        if (
            not isinstance(entry, dict)
            or set(entry) - {"policy", "resources", "reason"}
            or not {"policy", "reason"} <= set(entry)
        ):
            wrong.append((where, "an exception has `policy`, `reason` and, unless it holds for all, `resources`"))
            continue
        resources = entry.get("resources", ["*"])
        globs = tuple(map(str, resources if isinstance(resources, list) else [resources]))
        found.append(Exemption(str(entry["policy"]), globs, str(entry["reason"]), where))
    return found, wrong
