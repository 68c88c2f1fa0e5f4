"""A step's script has text of somebody else pasted into it.

`${{ … }}` in `run` is replaced before the shell sees the script: a branch or a pull request named `"; curl … | sh; "` runs as
code. In an environment variable it stays text. No expression at all in `run` also means that the script can be read, checked
by shellcheck, and run by hand.

Mend: give it by `env`, and use the variable.

      on: push
      jobs:
        build:
          steps:
    -       - run: ballast github commits "${{ github.event.pull_request.title }}"
    +       - run: ballast github commits "$TITLE"
    +         env:
    +           TITLE: ${{ github.event.pull_request.title }}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from ballast.findings import Finding, check
from ballast.release.github.workflow import Workflow, get

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@check("github/injection", on=Workflow)
def injection(workflow: Workflow) -> Iterator[Finding]:
    """Every expression in every script, at its own place."""
    for script in (get(step, "run") for step in workflow.steps()):
        if not isinstance(script, yaml.ScalarNode):
            continue
        last = script.end_mark.line + (script.style not in ("|", ">"))  # a block ends where the next key begins
        for number in range(script.start_mark.line, last):
            for found in _EXPRESSION.finditer(workflow.file.lines[number]):
                yield workflow.file.finding(
                    f"`{found[1]}` is pasted into the script",
                    line=number + 1,
                    column=found.start() + 1,
                    width=len(found[0]),
                    mend=f"give it by `env: {{NAME: {found[0]}}}` and write $NAME",
                )
