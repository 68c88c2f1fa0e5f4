"""A package imports from a package below it in DESIGN's table.

The packages of `tools/ballast` are a list in which each may use those above it. That keeps every one of them readable and
testable alone. The list is under `[tool.importlinter]` in pyproject.toml.

Mend: move what both need up into the higher package, or hand it in as an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings.model import Finding
from ballast.findings.registry import check
from ballast.findings.tools import execute, python_tool
from ballast.findings.tree import File, Tree
from ballast.repo import CannotRun

LINT = python_tool("lint-imports", "import-linter")
EDGE = re.compile(r"^\s*(?:-|&)?\s*(?P<importer>[\w.]+) -> (?P<imported>[\w.]+) \(l\.(?P<line>\d+)", re.MULTILINE)


@check("python/layers", on=Tree, reads=("tools/**/*.py",), also=("pyproject.toml",), tool=LINT)
def imports(tree: Tree) -> Iterator[Finding]:
    """Each import that belongs to a broken contract, at its line."""
    done = execute([LINT().path, "--no-cache"], tree.root, PYTHONPATH="tools", NO_COLOR="1", COLUMNS="200")
    edges = list(EDGE.finditer(done.stdout))
    for edge in edges:
        stem = "tools/" + edge["importer"].replace(".", "/")
        path = f"{stem}.py" if (tree.root / f"{stem}.py").is_file() else f"{stem}/__init__.py"
        line = int(edge["line"])
        yield File(tree.root, path).finding(
            f"{edge['importer']} may not import {edge['imported']}: that package is below it", line=line
        )
    if done.returncode and not edges:
        said = done.stdout.strip().splitlines() or done.stderr.strip().splitlines()
        raise CannotRun(f"lint-imports could not judge: {said[-1] if said else 'it said nothing'}")
