"""Where the reader's checks are registered; a check is one module here, and its docstring is its page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from ballast.repo.issue import Issue
from ballast.repo.position import Severity

if TYPE_CHECKING:
    from ballast.repo.budget import Exclusions
    from ballast.repo.document import Document
    from ballast.repo.models import Service, SloFile
    from ballast.repo.oncall import OnCall


class All(NamedTuple):
    """Every document of a repository, or of the files of one command, for checks across files."""

    services: Sequence[Document[Service]]
    slo_files: Sequence[Document[SloFile]]
    complete: bool
    """True for a whole repository: only there can something be missing."""
    oncall: Sequence[Document[OnCall]] = ()
    exclusions: Sequence[Document[Exclusions]] = ()


Found = tuple["Document[Any]", Issue]

documentation: dict[str, str] = {}
"""Check id -> its page, for `ballast explain`."""

_checks: dict[type[BaseModel], list[tuple[str, Severity, Callable[[Any], Iterator[Issue]]]]] = {}
_across: list[tuple[str, Severity, Callable[[All], Iterator[Found]]]] = []


def document(identifier: str, module: str) -> None:
    """Makes a module's docstring the page of a check (for what the reader itself finds while it reads)."""
    documentation[identifier] = (sys.modules[module].__doc__ or "").strip()


def check[M: BaseModel](
    identifier: str, on: type[M], severity: Severity = Severity.ERROR
) -> Callable[[Callable[[M], Iterator[Issue]]], Callable[[M], Iterator[Issue]]]:
    """Registers a check of one document of a kind."""

    def register(function: Callable[[M], Iterator[Issue]]) -> Callable[[M], Iterator[Issue]]:
        document(identifier, function.__module__)
        _checks.setdefault(on, []).append((identifier, severity, function))
        return function

    return register


def check_across(
    identifier: str, severity: Severity = Severity.ERROR
) -> Callable[[Callable[[All], Iterator[Found]]], Callable[[All], Iterator[Found]]]:
    """Registers a check that looks at all documents together."""

    def register(function: Callable[[All], Iterator[Found]]) -> Callable[[All], Iterator[Found]]:
        document(identifier, function.__module__)
        _across.append((identifier, severity, function))
        return function

    return register


def issues_of(model: BaseModel) -> list[Issue]:
    """What the checks of its kind say of one document."""
    return [
        issue._replace(check=identifier, severity=issue.severity or severity)
        for identifier, severity, function in _checks.get(type(model), ())
        for issue in function(model)
    ]


def issues_across(everything: All) -> list[Found]:
    """What the checks across files say."""
    return [
        (where, issue._replace(check=identifier, severity=issue.severity or severity))
        for identifier, severity, function in _across
        for where, issue in function(everything)
    ]
