"""ansible-lint, by its strictest profile (`production`), objects to a role or playbook.

It knows what makes a task lie in check mode, change something at each run, or do another thing than it says: commands without
`changed_when`, files without a mode, names that say nothing, packages at `latest`.

Mend: what the message says; the rule's page is at https://docs.ansible.com/projects/lint/rules/.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ballast.findings.model import Finding
from ballast.findings.registry import Tool, check
from ballast.findings.tools import execute
from ballast.findings.tree import Tree
from ballast.repo import CannotRun, Position, Severity

READS = ("ansible/**",)
LEVELS = {"blocker": Severity.ERROR, "critical": Severity.ERROR, "major": Severity.ERROR, "minor": Severity.WARNING}


def ansible(name: str = "ansible-lint") -> Tool:
    """A program of the environment that scripts/ansible.sh makes; its version is that environment's stamp.

    Raises CannotRun when it is not there.
    """
    venv = Path(sys.prefix).parent / "ansible-venv"
    try:
        stamp = (venv / ".stamp").read_text().partition("-")[0]
    except OSError:
        raise CannotRun("Ansible is not installed: scripts/ansible.sh installs it (once, about 20 s, 110 MB)") from None
    return Tool(name, venv / "bin" / name, stamp)


def launch(tool: Tool, arguments: Sequence[str], tree: Tree, ok: Sequence[int]) -> subprocess.CompletedProcess[str]:
    """Run one of its programs in ansible/, with the others on its path and without colours."""
    path = f"{tool.path.parent}:{os.environ.get('PATH', '')}"
    return execute([tool.path, *arguments], tree.root / "ansible", ok=ok, PATH=path, NO_COLOR="1", ANSIBLE_NOCOLOR="1")


@check("ansible/lint", on=Tree, reads=READS, tool=ansible)
def ansible_lint(tree: Tree) -> Iterator[Finding]:
    """All of it in one call; roles and playbooks refer to one another."""
    if not tree.match("ansible/**/*.{yml,yaml}"):
        return
    arguments = ["--offline", "--nocolor", "--profile=production", "--format=codeclimate", "-q"]
    done = launch(ansible(), arguments, tree, ok=(0, 2))
    try:
        issues = json.loads(done.stdout or "[]")
    except ValueError:
        raise CannotRun(f"ansible-lint said something that is no finding: {done.stdout[:200]}") from None
    for issue in issues:
        where = issue["location"]
        begin = where["positions"]["begin"] if "positions" in where else {"line": where["lines"]["begin"]}
        path = where["path"] if where["path"].startswith("ansible/") else f"ansible/{where['path']}"
        position = Position(path, begin["line"], begin.get("column", 1))
        severity = LEVELS.get(issue["severity"], Severity.NOTE)
        yield Finding("", position, f"{issue['check_name']}: {issue['description']}", f"see {issue['url']}", severity)
