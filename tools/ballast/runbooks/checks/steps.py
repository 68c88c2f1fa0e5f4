"""A step of a runbook is not one numbered action that says what to expect.

Who is woken at night does one thing, looks at what comes of it, and goes on. So a step is an item of a numbered list (1, 2,
3, …) with one sentence or two, one fenced block, and one line `Expect:`. The block's first word is its kind: `promql`, `logql`,
`traceql`, `bash`, `kubectl`, `http` or `manual`; a block of `promql` is one query, of `kubectl` and `http` one command. What is
in backticks behind `Expect:` is what a rehearsal compares (docs/runbooks.md has the forms); the rest is for people.

Mend: split the step, number it, name the kind, or write what to expect.

    - ## Diagnosis
    -
    - 1. See whether it is up, then restart it.
    + ## Diagnosis
    +
    + 1. Is it up?
    +
    +    ```promql
    +    up{job="example"}
    +    ```
    +
    +    Expect: `== 1`. 0 means that Prometheus cannot reach it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.runbooks.expect import FORMS, expectation
from ballast.runbooks.page import KINDS, Block, Runbook, Step

STEPPED = ("Diagnosis", "Mitigation")
_HTTP = re.compile(r"^(GET|HEAD|POST|PUT|DELETE|PATCH) \S+$")


@check("runbooks/steps", on=Runbook)
def steps(page: Runbook) -> Iterator[Finding]:
    """Numbers, then each step for itself. The other sections of a page may have lists that are no steps."""
    if page.archived:
        return
    by_section: dict[str, list[Step]] = {}
    for step in page.steps:
        by_section.setdefault(step.section, []).append(step)
    for title, found in by_section.items():
        for wanted, step in enumerate(found, 1):
            if step.number != wanted:
                text = f"section {title}: the step after {wanted - 1} has the number {step.number}"
                yield page.source.finding(text, line=step.line, mend=f"write {wanted}")
            if title in STEPPED or page.procedure or step.blocks:
                yield from _step(page, step)


def _step(page: Runbook, step: Step) -> Iterator[Finding]:
    if not step.blocks:
        mend = f"add a fenced block of one of the kinds {', '.join(KINDS)}; what only a person can do is `manual`"
        yield page.source.finding(f"step {step.number} has no block that says what to do", line=step.line, mend=mend)
        return
    for block in step.blocks[1:]:
        text = f"step {step.number} has more than one block: it is more than one action"
        yield page.source.finding(text, line=block.line - 1, mend="make a step of its own of it")
    block = step.blocks[0]
    if not block.closed:
        yield page.source.finding(f"the block of step {step.number} is not closed", line=block.line - 1, mend="close it")
    if block.language not in KINDS:
        said = f"has the kind {block.language}" if block.language else "has no kind"
        yield page.source.finding(
            f"the block of step {step.number} {said}", line=block.line - 1, mend=f"one of {', '.join(KINDS)}"
        )
        return
    yield from _action(page, step, block)
    if not step.expect:
        text = f"step {step.number} does not say what to expect"
        yield page.source.finding(
            text, line=step.line, mend=f"write `Expect:` and one of {FORMS.get(block.language, FORMS['promql'])}"
        )
    elif expectation(block.language, step.expect) is None:
        text = f"what step {step.number} expects cannot be checked: {step.expect}"
        yield page.source.finding(text, line=step.expect_line, mend=f"begin with one of {FORMS[block.language]}")


def _action(page: Runbook, step: Step, block: Block) -> Iterator[Finding]:
    """That its text is there, and one action."""
    lines = [line for line in block.text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        yield page.source.finding(f"the block of step {step.number} is empty", line=block.line - 1)
        return
    text = f"the {block.language} block of step {step.number} is more than one action"
    if block.language in ("promql", "logql", "traceql") and "\n\n" in block.text.strip():
        yield page.source.finding(text, line=block.line, mend="one query a step: split it at the empty line")
    if block.language == "kubectl":
        commands = [line for line in block.text.replace("\\\n", " ").split("\n") if line.strip()]
        if len(commands) > 1:
            yield page.source.finding(text, line=block.line, mend="one command a step")
        if not commands[0].lstrip().startswith("kubectl "):
            yield page.source.finding(f"the kubectl block of step {step.number} does not begin with kubectl", line=block.line)
    if block.language == "http" and not _HTTP.match(lines[0]):
        mend = "write the first line as `GET $PROMETHEUS/-/ready`"
        yield page.source.finding(f"the http block of step {step.number} is no request", line=block.line, mend=mend)
