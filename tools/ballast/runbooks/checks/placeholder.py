"""A runbook holds text that somebody meant to replace.

A page that says TODO looks like a page until it is needed.

Mend: write what belongs there, or take the line out.

    - ## Impact
    -
    - TODO
    + ## Impact
    +
    + Customers cannot pay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.runbooks.page import Runbook

PLACEHOLDER = re.compile(
    r"""
    \b (?: TODO | TBD | TBC | FIXME | XXX+ | lorem\ ipsum | coming\ soon ) \b
    | \b to\ be\ (?: written | defined | documented | determined ) \b
    | \b (?: fill\ (?:this\ )?in | insert ) \ (?: here | text | later ) \b
    | < (?: placeholder | your [-_ ][\w -]+ | insert [\w -]* ) >
    | ^ \s* (?: \d[.)] | [-*] )? \s* (?: \.{3} | … ) \s* $
    """,
    re.IGNORECASE | re.VERBOSE,
)


@check("runbooks/placeholder", on=Runbook)
def placeholder(page: Runbook) -> Iterator[Finding]:
    """Look for the usual words."""
    for number, line in enumerate(page.source.lines, 1):
        for match in PLACEHOLDER.finditer(line):
            text = f"placeholder text: {match[0].strip()}"
            yield page.source.finding(text, line=number, column=match.start() + 1, width=len(match[0]))
