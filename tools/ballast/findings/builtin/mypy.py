"""Python code does not hold together: mypy --strict says so.

Types are the part of the documentation that cannot go stale. Only `tools/` is held to it; settings are in pyproject.toml.

Mend: give the value the type that is asked for, or the name its right type. `# type: ignore[code]` only with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ballast.findings.model import Finding
from ballast.findings.registry import check
from ballast.findings.tools import execute, python_tool
from ballast.findings.tree import File, Tree
from ballast.repo import CannotRun

MYPY = python_tool("mypy")


@check("python/mypy", on=Tree, reads=("tools/**/*.{py,pyi}",), also=("pyproject.toml", "requirements.lock"), tool=MYPY)
def mypy(tree: Tree) -> Iterator[Finding]:
    """One call: mypy knows best what is affected by a change, and has its own cache."""
    done = execute([MYPY().path, "--strict", "--output=json", "--no-error-summary"], tree.root, ok=(0, 1, 2))
    if done.returncode == 2 and not done.stdout:
        raise CannotRun(f"mypy could not run: {done.stderr.strip()}")
    for line in done.stdout.splitlines():
        said = json.loads(line)
        if said["severity"] == "error":
            message = f"{said['message']} [{said['code']}]"
            column = max(said["column"], 0) + (said["code"] != "syntax")  # counted from 0, but for syntax errors
            file = File(tree.root, said["file"])  # which may be newer than the tree, or ignored by Git
            yield file.finding(message, line=max(said["line"], 1), column=column, width=1, mend=said["hint"] or "")
