"""What a check says before anybody knows the line: a path in the document, and what is wrong there."""

from __future__ import annotations

from typing import NamedTuple

from ballast.repo.position import Severity
from ballast.repo.source import Path


class Issue(NamedTuple):
    """`path` leads to the value (`("slos", 0, "objective")`); with `at_key` the position is the key's, not the value's.

    `check` and `severity` are the check's own where they are left out. `offset` counts characters into a text value, for a
    mistake within a query.
    """

    path: Path
    message: str
    hint: str = ""
    severity: Severity | None = None
    at_key: bool = False
    offset: int = 0
    check: str = ""
