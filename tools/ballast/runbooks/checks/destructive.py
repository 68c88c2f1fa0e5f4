"""A step destroys something and does not say so.

What `kubectl delete`, `terraform apply` or `rm` takes away does not come back by itself. Such a step says, in a line
`Destructive:`, what is lost, so that its reader stops for a second; a rehearsal leaves it out unless it is told `--confirm`.

Mend: add the line, with what is lost.

    - ## Mitigation
    -
    - 1. Take the bad pod out.
    -
    -    ```kubectl
    -    kubectl -n shop delete pod "$POD"
    -    ```
    -
    -    Expect: `exit 0`.
    + ## Mitigation
    +
    + 1. Take the bad pod out.
    +
    +    Destructive: requests that it serves now are cut off.
    +
    +    ```kubectl
    +    kubectl -n shop delete pod "$POD"
    +    ```
    +
    +    Expect: `exit 0`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.runbooks.destructive import destructive_command
from ballast.runbooks.page import Runbook


@check("runbooks/destructive", on=Runbook)
def destructive(page: Runbook) -> Iterator[Finding]:
    """Each step's commands against what is known to destroy, and its `Destructive:` line against being empty."""
    for step in [] if page.archived else page.steps:
        name, line = destructive_command(step)
        if name and not step.destructive_line:
            text = f"step {step.number} destroys something ({name}) and does not say so"
            yield page.source.finding(text, line=line, mend="add a line `Destructive:` with what is lost")
        elif step.destructive_line and not step.destructive:
            text = f"step {step.number} does not say what is lost"
            yield page.source.finding(text, line=step.destructive_line, mend="write it behind `Destructive:`")
