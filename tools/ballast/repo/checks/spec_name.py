"""A name that cannot be one.

Names of services and SLOs become values of labels, parts of the names of files and of links: they are made of letters, digits,
`.`, `_` and `-`, and begin and end with a letter or digit (Sloth's rule).

Mend: write the name without spaces, slashes and accents; `title` and `description` hold what people read.

    - name: checkout / availability
    + name: checkout-availability
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import Service, SloFile
from ballast.repo.names import NAME, suggested

HINT = "letters, digits, `.`, `_` and `-`, with a letter or digit at both ends"


@check("spec/name", on=SloFile)
def slo_names(file: SloFile) -> Iterator[Issue]:
    """The service of the file and each of its SLOs."""
    if not NAME.fullmatch(file.service):
        yield _bad(("service",), file.service)
    for index, slo in enumerate(file.slos):
        if not NAME.fullmatch(slo.name):
            yield _bad(("slos", index, "name"), slo.name)


@check("spec/name", on=Service)
def service_name(service: Service) -> Iterator[Issue]:
    """The name of a service."""
    if not NAME.fullmatch(service.service):
        yield _bad(("service",), service.service)


def _bad(path: tuple[str | int, ...], name: str) -> Issue:
    better = suggested(name)
    return Issue(path, f"{name!r} is not a name", f"{HINT}: {better}" if better else HINT)
