"""A service that is described twice.

Owner and tier decide who is paged and how urgently: with two descriptions it is chance which one holds.

Mend: keep one file, or archive the other (`status: archived`).

    - {version: ballast/v1, service: checkout, owner: team-a, tier: 1}
    - {version: ballast/v1, service: checkout, owner: team-b, tier: 2}
    + {version: ballast/v1, service: checkout, owner: team-a, tier: 1}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ballast.repo.checks.registry import All, Found, check_across
from ballast.repo.issue import Issue

if TYPE_CHECKING:
    from ballast.repo.document import Document
    from ballast.repo.models import Service


@check_across("service/duplicate")
def distinct(everything: All) -> Iterator[Found]:
    """One description a service."""
    first: dict[str, Document[Service]] = {}
    for document in everything.services:
        service = document.model
        if service.status == "archived":
            continue
        other = first.setdefault(service.service, document)
        if other is not document:
            where = other.position("service")
            yield document, Issue(("service",), f"`{service.service}` is described already, at {where}", "keep one of the two")
