"""Python code is not in ruff's format.

One format for everybody keeps diffs to what changed.

Mend: `ruff format`.

    - x = { 'a':1 }
    + x = {"a": 1}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ballast.findings.model import Finding
from ballast.findings.registry import check
from ballast.findings.tools import execute, python_tool
from ballast.findings.tree import Files, Tree
from ballast.repo import CannotRun

RUFF = python_tool("ruff")


@check("python/format", on=Files, reads=("**/*.py",), also=("**/pyproject.toml", "**/ruff.toml"), tool=RUFF)
def ruff_format(files: Files, tree: Tree) -> Iterator[Finding]:
    """One call for all files that changed. A file that does not parse is `python/ruff`'s affair."""
    argv: list[str | Path] = [
        RUFF().path,
        "format",
        "--check",
        "--output-format=json",
        "--force-exclude",
        "--no-cache",
        "--",
        *files.paths,
    ]
    by_path = {str(tree.root / file.path): file for file in files}
    done = execute(argv, tree.root, ok=(0, 1, 2))
    said_all = json.loads(done.stdout or "[]")
    if done.returncode == 2 and not any(said["code"] == "invalid-syntax" for said in said_all):
        raise CannotRun(f"ruff format could not run: {done.stderr.strip()}")
    for said in said_all:
        if said["code"] == "unformatted":
            at = said["location"]
            file = by_path[said["filename"]]
            mend = f"run `ruff format {file.path}`"
            yield file.finding("is not in ruff's format from here on", line=at["row"], column=at["column"], width=1, mend=mend)
