"""A runbook lacks one of its five sections, or has one empty.

At 03:00 nobody reads prose in search of the command. Every page of an alert has, as second-level headings and in this order:
Meaning (what is true when this fires), Impact (who notices, how much), Diagnosis (numbered steps, with the query to run and
what to expect), Mitigation (numbered steps that stop the harm), Escalation (whom to call, and when). A procedure has its own.

Mend: write the section; Diagnosis and Mitigation as numbered steps.

    - ## Mitigation
    -
    - Somebody should look at it.
    + ## Mitigation
    +
    + 1. Roll back.
    +
    +    ```kubectl
    +    kubectl rollout undo deployment/checkout
    +    ```
    +
    +    Expect: `exit 0`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ballast.findings import Finding, check
from ballast.runbooks.page import SECTIONS, Runbook

STEPPED = ("Diagnosis", "Mitigation")


@check("runbooks/sections", on=Runbook)
def sections(page: Runbook) -> Iterator[Finding]:
    """Each section: there, with text, with steps where steps belong, in order."""
    for section in page.sections:
        if not any(line.strip() and not line.startswith("#") for line in section.body):
            yield page.source.finding(f"section {section.title} is empty", line=section.line)
    if page.procedure:
        return
    for title in SECTIONS:
        found = page.section(title)
        if found is None:
            yield page.source.finding(f"has no section {title}", line=len(page.source.lines), mend=f"write `## {title}`")
        elif title in STEPPED and found.body and not any(step.section == title for step in page.steps):
            yield page.source.finding(f"section {title} has no numbered steps", line=found.line, mend="begin with `1. …`")
    present = [s for s in page.sections if s.title in SECTIONS]
    for before, after in pairwise(present):
        if SECTIONS.index(before.title) > SECTIONS.index(after.title):
            yield page.source.finding(f"section {after.title} comes after {before.title}", line=after.line)
