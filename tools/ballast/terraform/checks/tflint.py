"""tflint objects to a root or module.

Declarations that nothing uses, deprecated syntax, missing version constraints: what a plan does not mind and a reader does.
Where tflint is not installed, a note says that nobody looked.

Mend: what the message says; the rule's page is at https://github.com/terraform-linters/tflint-ruleset-terraform.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from ballast.findings import Finding, Severity, Tree, check, execute
from ballast.repo import Position

READS = ("terraform/**/*.tf",)
LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "notice": Severity.NOTE}


@check("terraform/tflint", on=Tree, reads=(*READS, ".tflint.hcl"))
def tflint(tree: Tree) -> Iterator[Finding]:
    """All folders in one call, with the rules that need no plugin to be fetched."""
    if not tree.match(*READS):
        return
    program = shutil.which("tflint")
    if program is None:
        said = "tflint is not on PATH: its rules were not run"
        yield Finding("", Position("terraform"), said, "install tflint, or leave it to a machine that has it", Severity.NOTE)
        return
    done = execute([Path(program), "--recursive", "--format=json", "--force"], tree.root / "terraform")
    for issue in json.loads(done.stdout or "{}").get("issues", []):
        where = issue["range"]
        start = where["start"]
        position = Position(f"terraform/{where['filename']}", start["line"], start["column"])
        rule = issue["rule"]
        yield Finding(
            "",
            position,
            f"{rule['name']}: {issue['message']}",
            f"see {rule.get('link') or rule['name']}",
            LEVELS[rule["severity"]],
        )
