"""What is said of a document while it is translated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ballast.repo import Document, Problem, Severity

__all__ = ["Notes", "Refused"]

Path = tuple[str | int, ...]


class Refused(Exception):
    """An SLO that cannot be expressed; the notes say why."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Problems of one document. Ids are `openslo/<topic>`.

    An error leaves something out that mattered; a warning changes a meaning; a note says what is done elsewhere.
    """

    document: Document[Any]
    problems: list[Problem]

    def note(self, path: Path, topic: str, message: str, hint: str) -> None:
        """Nothing is lost."""
        self._add(path, topic, message, hint, Severity.NOTE)

    def warn(self, path: Path, topic: str, message: str, hint: str) -> None:
        """Something is not the same afterwards."""
        self._add(path, topic, message, hint, Severity.WARNING)

    def error(self, path: Path, topic: str, message: str, hint: str) -> None:
        """Something is missing afterwards."""
        self._add(path, topic, message, hint, Severity.ERROR)

    def refuse(self, path: Path, topic: str, message: str, hint: str) -> Refused:
        """The same, to be raised."""
        self.error(path, topic, message, hint)
        return Refused(message)

    def about(self, document: Document[Any]) -> Notes:
        """The same of another document."""
        return Notes(document, self.problems)

    def _add(self, path: Path, topic: str, message: str, hint: str, severity: Severity) -> None:
        problem = Problem(self.document.position(*path), f"openslo/{topic}", message, hint, severity)
        if problem not in self.problems:  # a shared SLI or policy is looked at once for each SLO
            self.problems.append(problem)
