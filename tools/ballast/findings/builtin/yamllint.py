"""A YAML file is untidy, or does not say what it seems to say.

yamllint finds keys that stand twice, indentation that misleads, truthy words (`yes`, `on`) that another reader takes for
text, and trailing space. Its settings are in `.yamllint.yaml`; generated files are left to `generated/current`.

Mend: the edit at the line shown.

      ---
    - a:   1
    - a: 2
    + a: 1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings.model import Finding
from ballast.findings.registry import check
from ballast.findings.tools import execute, python_tool
from ballast.findings.tree import Files, Tree
from ballast.repo import CannotRun, Severity

YAMLLINT = python_tool("yamllint")
LINE = re.compile(r"(?P<path>.*?):(?P<line>\d+):(?P<column>\d+): \[(?P<level>\w+)\] (?P<message>.*)")
READS = ("**/*.{yaml,yml}", ".yamllint.yaml")


@check("yaml/lint", on=Files, reads=READS, also=(".yamllint.yaml",), tool=YAMLLINT)
def yamllint(files: Files, tree: Tree) -> Iterator[Finding]:
    """One call for all files that changed."""
    out = execute([YAMLLINT().path, "-f", "parsable", "--", *files.paths], tree.root).stdout
    by_path = {file.path: file for file in files}
    for said in out.splitlines():
        if not (match := LINE.fullmatch(said)):
            raise CannotRun(f"yamllint said something that is no finding: {said}")
        severity = Severity.ERROR if match["level"] == "error" else Severity.WARNING
        file = by_path[match["path"].removeprefix("./")]
        line, column = int(match["line"]), int(match["column"])
        yield file.finding(match["message"], line=line, column=column, width=1, severity=severity)
