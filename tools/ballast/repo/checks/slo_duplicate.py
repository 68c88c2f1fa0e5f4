"""Two SLOs of a service with one name, in one file or in two.

Their recording rules would have the same names and labels: Prometheus refuses the second, or both write into one series. An
archived SLO keeps its name to itself only as long as no active one takes it.

Mend: rename one of the two, or archive it (`status: archived`).

    - - {name: availability}
    - - {name: availability}
    + - {name: availability}
    + - {name: availability-of-writes}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ballast.repo.checks.registry import All, Found, check_across
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile
from ballast.repo.source import Path

if TYPE_CHECKING:
    from ballast.repo.document import Document


@check_across("slo/duplicate")
def distinct(everything: All) -> Iterator[Found]:
    """Service and SLO name together name one SLO."""
    first: dict[tuple[str, str], tuple[Document[SloFile], Path]] = {}
    for document in everything.slo_files:
        for index, slo in enumerate(document.model.slos):
            if slo.status == "archived":
                continue
            path: Path = ("slos", index, "name")
            other = first.setdefault((document.model.service, slo.name), (document, path))
            if other != (document, path):
                message = f"`{document.model.service}` has an SLO named `{slo.name}` already, at {other[0].position(*other[1])}"
                yield document, Issue(path, message, "rename one of the two, or archive it: `status: archived`")
