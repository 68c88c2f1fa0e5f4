"""Where something stands in a file, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is. Errors and warnings make `ballast validate` exit 1; notes never do."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file: `path` relative to the repository where it can be, line and column from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a source file.

    `check` is the id under which `ballast explain` documents it (`slo/objective`), `hint` the edit or command that mends it.
    """

    position: Position
    check: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        head = f"{self.position}: {self.severity} {self.check}: {self.message}"
        return f"{head}\n  Mend: {self.hint}" if self.hint else head
