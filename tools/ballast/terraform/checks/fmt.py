"""A Terraform file is not laid out as `terraform fmt` writes it.

One layout keeps reviews about what changed.

Mend: `terraform fmt FILE`, or without a terraform binary `ballast tf exec DIR -- fmt`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from ballast.findings import Files, Finding, Tool, Tree, check, execute
from ballast.terraform.core import find_core, fingerprint


def terraform() -> Tool:
    """The core whose layout counts."""
    return Tool("terraform", *fingerprint())


@check(
    "terraform/fmt", on=Files, reads=("terraform/**/*.tf", "terraform/**/*.tfvars", "terraform/**/*.tftest.hcl"), tool=terraform
)
def fmt(files: Files, tree: Tree) -> Iterator[Finding]:
    """One call for all files names those that differ; each of them is then laid out to find the first line."""
    core = find_core().path
    done = execute(
        [core, "fmt", "-check", "-write=false", "-list=true", *files.paths], tree.root, ok=(0, 2, 3), CHECKPOINT_DISABLE="1"
    )
    named = {line.strip() for line in done.stdout.splitlines()}
    for file in files:
        if file.path not in named:
            continue
        tidy = subprocess.run([core, "fmt", "-"], input=file.text, capture_output=True, text=True, check=False).stdout.split(
            "\n"
        )
        line = next((n for n, (a, b) in enumerate(zip(file.lines, tidy, strict=False), 1) if a != b), 1)
        folder = file.path.rpartition("/")[0]
        yield file.finding(
            "terraform fmt would lay it out differently from here on", line=line, mend=f"ballast tf exec {folder} -- fmt"
        )
