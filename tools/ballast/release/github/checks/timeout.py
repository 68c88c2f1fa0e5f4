"""A job may run for six hours, or twice at once.

GitHub's default limit is 360 minutes: a test that hangs holds a runner, and a terraform apply its lock, for a working day. Two
runs of one workflow on one branch race for the same state, comment or issue.

Mend: `timeout-minutes` in each job, `concurrency` at the top.

      on: push
    + concurrency:
    +   group: ${{ github.workflow }}-${{ github.ref }}
      jobs:
        build:
    -     timeout: 20
    +     timeout-minutes: 20
          steps:
            - run: make
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.release.github.workflow import Workflow, get


@check("github/timeout", on=Workflow)
def timeout(workflow: Workflow) -> Iterator[Finding]:
    """Jobs that call a workflow take its limits, and workflows that are only called take their caller's concurrency."""
    if workflow.action:
        return
    if get(workflow.root, "concurrency") is None and set(workflow.events()) != {"workflow_call"}:
        mend = "add `concurrency: {group: '${{ github.workflow }}-${{ github.ref }}'}`"
        yield workflow.finding(workflow.root, "two runs of this workflow may race", mend)
    for name, job in workflow.jobs():
        if get(job, "uses") is None and get(job, "timeout-minutes") is None:
            yield workflow.finding(job, f"job {name} may run for six hours", "add timeout-minutes")
