"""An action is not pinned to a commit.

A tag can be moved to other code at any time, and that code runs with the job's token and secrets. A commit's hash cannot. The
comment behind it says which release it is: for people, and for Dependabot, which moves both.

Mend: the commit's 40 digits, and the release in a comment.

      jobs:
        build:
          steps:
    -       - uses: actions/checkout@v6
    +       - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from ballast.findings import Finding, check
from ballast.release.github.workflow import Workflow, get, scalar

_COMMIT = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
_RELEASE = re.compile(r"#\s*v\d+\.\d+\.\d+\s*$")


@check("github/pinned", on=Workflow)
def pinned(workflow: Workflow) -> Iterator[Finding]:
    """`uses` of steps and of jobs. Files of this repository need none."""
    holders = [*workflow.steps(), *(job for _, job in workflow.jobs())]
    for node in (get(holder, "uses") for holder in holders):
        what = scalar(node)
        if not isinstance(node, yaml.ScalarNode) or what.startswith("./"):
            continue
        if what.startswith("docker://"):
            if "@sha256:" not in what:
                yield workflow.finding(node, f"{what} is pinned to no digest", "write docker://IMAGE@sha256:DIGEST")
        elif not _COMMIT.fullmatch(what):
            name = what.partition("@")[0]
            mend = (
                f"write {name}@COMMIT # vX.Y.Z (git ls-remote https://github.com/{'/'.join(name.split('/')[:2])} 'vX.Y.Z^{{}}')"
            )
            yield workflow.finding(node, f"{what} is pinned to no commit", mend)
        elif not _RELEASE.search(workflow.file.lines[node.start_mark.line]):
            yield workflow.finding(node, f"{what} does not say which release it is", "add the comment # vX.Y.Z")
