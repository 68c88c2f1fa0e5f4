"""A workflow's token may do more than it says, or more than one of its jobs needs.

Without `permissions` a job's token has the repository's default, which may be everything. What is granted at the top is granted
to every job, so only the jobs that write say what they write.

Mend: `permissions: {}` at the top, and what each job needs in the job.

    - permissions: read-all
    + permissions: {}
      jobs:
        build:
    +     permissions:
    +       contents: read
          steps:
            - run: make
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from ballast.findings import Finding, check
from ballast.release.github.workflow import Workflow, get, items, scalar


@check("github/permissions", on=Workflow)
def permissions(workflow: Workflow) -> Iterator[Finding]:
    """The top grants nothing, each job says what it needs."""
    if workflow.action:
        return
    top = get(workflow.root, "permissions")
    if not isinstance(top, yaml.MappingNode) or top.value:
        yield workflow.finding(
            top or workflow.root, "the workflow grants every job something", "write `permissions: {}` at the top"
        )
    for name, job in workflow.jobs():
        own = get(job, "permissions")
        if own is None:
            yield workflow.finding(job, f"job {name} does not say what its token may do", "add `permissions: {contents: read}`")
        elif scalar(own):
            yield workflow.finding(own, f"job {name} is granted `{scalar(own)}`", "name each permission that it needs")
        for key, value in items(own):
            if key.value == "contents" and scalar(value) == "write" and "pull_request" in workflow.events():
                mend = "let another workflow write, one that no pull request starts"
                yield workflow.finding(value, f"job {name} of a pull request may write the repository", mend)
