"""A runbook's front matter is missing, wrong, or says something else than the repository.

It links the page to its alerts, its service and the team that owns it, and says when somebody last went through its steps.
The keys: `alerts`, `service`, `owner`, `severity`, `last_rehearsed` (a date or `never`), `status` (`active` or `archived`).

Mend: the key at the line shown. The owner is the one in `alerts/services/<service>.yaml`.

    - ---
    - alerts: [Example]
    - service: example
    - owner: somebody
    - severity: [page]
    - last_rehearsed: never
    - status: active
    - ---
    + ---
    + alerts: [Example]
    + service: example
    + owner: team
    + severity: [page]
    + last_rehearsed: never
    + status: active
    + ---
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Tree, check
from ballast.repo.source import read
from ballast.runbooks.page import Runbook

SERVICES = "alerts/services/**/*.{yaml,yml}"


@check("runbooks/front-matter", on=Runbook, also=(SERVICES,))
def front_matter(page: Runbook, tree: Tree) -> Iterator[Finding]:
    """What the reader says, then service and owner against the services."""
    yield from page.findings
    if page.front is None:
        return
    owners = {
        document.data.get("service"): document.data.get("owner")
        for file in tree.match(SERVICES)
        for document in read(file.path, file.data)[0]
        if isinstance(document.data, dict)
    }
    service, owner = page.front.service, page.front.owner
    if service not in owners:
        text = f"there is no service {service!r}"
        yield page.source.finding(text, line=_line(page, "service"), mend="use the name of a file in alerts/services")
    elif owners[service] != owner:
        text = f"the owner of {service} is {owners[service]}, not {owner}"
        yield page.source.finding(text, line=_line(page, "owner"), mend=f"write `owner: {owners[service]}`")
    name = page.source.path.rpartition("/")[2].removesuffix(".md")
    if name not in page.front.alerts:
        text = f"the page is named {name} but that is not one of its alerts"
        yield page.source.finding(text, line=_line(page, "alerts"), mend="name the file after its (first) alert")


def _line(page: Runbook, key: str) -> int:
    return next(n for n, text in enumerate(page.source.lines, 1) if text.startswith(f"{key}:"))
