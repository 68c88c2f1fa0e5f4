"""A runbook lacks one of its four sections, or has it empty.

At 03:00 nobody reads prose in search of the command. Every page has, as second-level headings and in this order: Meaning (what
is true when this fires), Impact (who notices, how much), Diagnosis (numbered steps, with the query to run and what to expect),
Mitigation (numbered steps that stop the harm).

Mend: write the section; Diagnosis and Mitigation as numbered steps.

    - ## Mitigation
    -
    - Somebody should look at it.
    + ## Mitigation
    +
    + 1. Roll back: `kubectl rollout undo deployment/checkout`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ballast.findings import Finding, check
from ballast.runbooks.page import SECTIONS, Runbook

STEP = re.compile(r"^\s{0,3}1[.)]\s+\S")
STEPPED = ("Diagnosis", "Mitigation")


@check("runbooks/sections", on=Runbook)
def sections(page: Runbook) -> Iterator[Finding]:
    """Each section: there, with text, with steps where steps belong, in order."""
    for title in SECTIONS:
        section = page.section(title)
        if section is None:
            yield page.source.finding(f"has no section {title}", line=len(page.source.lines), mend=f"write `## {title}`")
        elif not any(line.strip() and not line.startswith("#") for line in section.body):
            yield page.source.finding(f"section {title} is empty", line=section.line)
        elif title in STEPPED and not any(STEP.match(line) for line in section.body):
            yield page.source.finding(f"section {title} has no numbered steps", line=section.line, mend="begin with `1. …`")
    present = [s for s in page.sections if s.title in SECTIONS]
    for before, after in pairwise(present):
        if SECTIONS.index(before.title) > SECTIONS.index(after.title):
            yield page.source.finding(f"section {after.title} comes after {before.title}", line=after.line)
