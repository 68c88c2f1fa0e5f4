"""Code of a stranger may run with this repository's secrets.

`pull_request_target` and `workflow_run` start with the secrets and a token that writes, also for a pull request from a fork.
One step that checks that pull request out, or runs a script of it, hands them over. And a checkout that keeps its token in
`.git/config` hands it to every later step.

Mend: `pull_request`, and `persist-credentials: false`.

    - on: pull_request_target
    + on: pull_request
      jobs:
        build:
          steps:
            - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
    +         with:
    +           persist-credentials: false
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.release.github.workflow import Workflow, get, scalar


@check("github/untrusted", on=Workflow)
def untrusted(workflow: Workflow) -> Iterator[Finding]:
    """Two events, and what checkout leaves behind."""
    for name, node in workflow.events().items() if not workflow.action else ():
        if name in ("pull_request_target", "workflow_run"):
            mend = "start on pull_request, and write in a workflow of its own branch"
            yield workflow.finding(node, f"{name} runs with secrets, on behalf of anybody", mend)
    for step in workflow.steps():
        uses = get(step, "uses")
        kept = scalar(get(step, "with", "persist-credentials")) != "false"
        if uses is not None and scalar(uses).startswith("actions/checkout@") and kept:
            mend = "add `persist-credentials: false`"
            yield workflow.finding(uses, "the token stays in .git/config for every later step", mend)
