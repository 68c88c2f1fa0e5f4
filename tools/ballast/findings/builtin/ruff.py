"""Python code breaks a rule of ruff's.

The rules that apply are in pyproject.toml under `[tool.ruff.lint]`: unused names, mutable defaults, missing docstrings,
calls that swallow errors, and their like.

Mend: `ruff check --fix` for what it can mend itself, else the edit that the message asks for (`ruff rule CODE` explains).

    - import os
    + x = 1
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ballast.findings.model import Finding
from ballast.findings.registry import check
from ballast.findings.tools import execute, python_tool
from ballast.findings.tree import Files, Tree

RUFF = python_tool("ruff")


@check("python/ruff", on=Files, reads=("**/*.py",), also=("**/pyproject.toml", "**/ruff.toml"), tool=RUFF)
def ruff(files: Files, tree: Tree) -> Iterator[Finding]:
    """One call for all files that changed."""
    argv: list[str | Path] = [RUFF().path, "check", "--output-format=json", "--force-exclude", "--no-cache", "--", *files.paths]
    by_path = {str(tree.root / file.path): file for file in files}
    for said in json.loads(execute(argv, tree.root).stdout):
        at, end = said["location"], said["end_location"]
        width = end["column"] - at["column"] if end["row"] == at["row"] else 0
        fix = said.get("fix") or {}
        mend = f"{fix['message']} (`ruff check --fix`)" if fix.get("message") else ""
        message = f"{said['code'] or 'syntax'}: {said['message']}"
        yield by_path[said["filename"]].finding(message, line=at["row"], column=at["column"], width=width, mend=mend)
