"""A runbook's front matter is missing, wrong, or says something else than the repository.

It links the page to its alerts, its service and the team that owns it. The keys: `alerts` (a procedure has none), `service`,
`owner`, `severity`, `status` (`active` or `archived`); where steps need a name that only the reader has, `example` with what
a rehearsal takes for it. `last_rehearsed` may stand there; the records under `runbooks/rehearsals/` are what counts.

Mend: the key at the line shown. The owner is the one in `alerts/services/<service>.yaml`.

    - ---
    - alerts: [Example]
    - service: example
    - owner: somebody
    - severity: [page]
    - status: active
    - ---
    + ---
    + alerts: [Example]
    + service: example
    + owner: team
    + severity: [page]
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
    if not page.procedure:
        for key, value in (("alerts", page.front.alerts), ("severity", page.front.severity)):
            if not value:
                mend = "name them; a page without an alert belongs into runbooks/procedures"
                yield page.source.finding(f"front matter: `{key}` is missing or empty", line=page.line_of(key), mend=mend)
        if page.front.alerts and page.name not in page.front.alerts and page.source.path.startswith("runbooks/"):
            text = f"the page is named {page.name} but that is not one of its alerts"
            yield page.source.finding(text, line=page.line_of("alerts"), mend="name the file after its (first) alert")
    owners = {
        document.data.get("service"): document.data.get("owner")
        for file in tree.match(SERVICES)
        for document in read(file.path, file.data)[0]
        if isinstance(document.data, dict)
    }
    service, owner = page.front.service, page.front.owner
    if service not in owners:
        text = f"there is no service {service!r}"
        yield page.source.finding(text, line=page.line_of("service"), mend="use the name of a file in alerts/services")
    elif owners[service] != owner:
        text = f"the owner of {service} is {owners[service]}, not {owner}"
        yield page.source.finding(text, line=page.line_of("owner"), mend=f"write `owner: {owners[service]}`")
