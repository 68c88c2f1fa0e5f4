"""A service whose owner is no team of the on-call file.

Its pages would go to whoever takes what nobody owns.

Mend: name a team of `alerts/oncall.yaml` as the service's `owner`, or add the team there.

    - owner: team-b
    + owner: team-a
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import All, Found, check_across
from ballast.repo.issue import Issue


@check_across("oncall/owner")
def owner(everything: All) -> Iterator[Found]:
    """Every active service, where there is an on-call file."""
    if not everything.oncall:
        return
    teams = {name for document in everything.oncall for name in document.model.teams}
    for service in everything.services:
        if service.model.status == "active" and service.model.owner not in teams:
            hint = f"one of {', '.join(sorted(teams))}, or add it to alerts/oncall.yaml"
            yield service, Issue(("owner",), f"`{service.model.owner}` is no team of alerts/oncall.yaml", hint)
