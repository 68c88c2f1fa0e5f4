"""A playbook is not one that Ansible would start.

A role that is not there, a module that no collection has, a key that no task knows: Ansible stops before the first task. Where
it says so at three in the morning, nothing has been restored yet.

Mend: the edit at the line shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings.builtin.ansible_lint import ansible, launch
from ballast.findings.model import Finding
from ballast.findings.registry import Tool, check
from ballast.findings.tree import Tree
from ballast.repo import Position

PLAYBOOKS = "ansible/playbooks/*.yml"
_ORIGIN = re.compile(r"^Origin: (?P<path>.+?):(?P<line>\d+)(?::(?P<column>\d+))?$", re.MULTILINE)
_ERROR = re.compile(r"^\[ERROR\]: (?P<message>.+?)(?: in: /.*)?$", re.MULTILINE)


def playbook() -> Tool:
    """The program that starts playbooks."""
    return ansible("ansible-playbook")


@check("ansible/syntax", on=Tree, reads=("ansible/**",), tool=playbook)
def ansible_syntax(tree: Tree) -> Iterator[Finding]:
    """All playbooks in one call; when it stops at one, each by itself, so that every one is told."""
    paths = [file.path.removeprefix("ansible/") for file in tree.match(PLAYBOOKS)]
    if not paths or _judge(tree, paths)[0]:
        return
    for path in paths:
        fine, said = _judge(tree, [path])
        if fine:
            continue
        message, origin = _ERROR.search(said), _ORIGIN.search(said)
        where = Position(f"ansible/{path}")
        if origin:
            inside = origin["path"].replace(f"{tree.root}/", "")
            where = Position(inside, int(origin["line"]), int(origin["column"] or 1))
        yield Finding("", where, message["message"] if message else "ansible-playbook refuses it", f"ansible/{path}")


def _judge(tree: Tree, paths: list[str]) -> tuple[bool, str]:
    done = launch(playbook(), ["--syntax-check", "-i", "localhost,", *paths], tree, ok=(0, 1, 2, 4))
    return done.returncode == 0, done.stdout + done.stderr
