"""An archived runbook does not look like one.

A page whose alert is gone is kept, and search finds it. Its title begins with `[ARCHIVED]` and it lies in
`runbooks/archive/`, so that nobody works through it at night.

Mend: write `# [ARCHIVED] Name`, and move the file; or set `status: active`.

    - # [ARCHIVED] Example
    + # Example
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.runbooks.page import Runbook

MARK = "[ARCHIVED]"


@check("runbooks/archived", on=Runbook)
def archived(page: Runbook) -> Iterator[Finding]:
    """Status, title and folder say the same."""
    if page.front is None:
        return
    line = next((n for n, text in enumerate(page.source.lines, 1) if text.startswith("# ")), 1)
    marked, moved = page.title.startswith(MARK), "/archive/" in page.source.path
    if page.archived and not marked:
        text = f"the page is archived and its title does not begin with {MARK}"
        yield page.source.finding(text, line=line, mend=f"write # {MARK} {page.title}")
    if page.archived and not moved and page.source.path.startswith("runbooks/"):
        text = "the page is archived and lies among those that are in use"
        yield page.source.finding(text, line=page.line_of("status"), mend=f"git mv it to runbooks/archive/{page.name}.md")
    if marked and not page.archived:
        text = f"the title says {MARK}, the front matter says active"
        yield page.source.finding(text, line=line, mend="set `status: archived`, or mend the title")
    if moved and not page.archived:
        text = "an active page lies in the archive"
        yield page.source.finding(text, line=page.line_of("status"), mend="set `status: archived`, or move it back")
