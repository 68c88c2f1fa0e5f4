"""Where the on-call file is read: here, or as another revision had it."""

from __future__ import annotations

from pathlib import Path

from ballast.repo import CannotRun, OnCall, content_at, read_oncall

ONCALL = "alerts/oncall.yaml"


def plan_of(root: Path, revision: str = "") -> OnCall:
    """`alerts/oncall.yaml` of the working tree, or of a Git revision.

    Raises CannotRun where there is none or where it has an error, with its position.
    """
    if revision:
        name, data = f"{revision}:{ONCALL}", content_at(root, revision, ONCALL)
    else:
        path = root / ONCALL
        name, data = ONCALL, path.read_bytes() if path.is_file() else None
    if data is None:
        raise CannotRun(f"there is no {name}: nobody is on call. docs/oncall.md shows one")
    read = read_oncall(name, data)
    if not read.sound:
        problem = read.problems[0]
        raise CannotRun(f"{problem.position}: {problem.message} ({problem.hint})")
    return read.sound[0].model
