"""What a check says: a finding at a place, with the edit or command that mends it."""

from __future__ import annotations

from dataclasses import dataclass

from ballast.repo import Position, Problem, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    `check` is the id that `ballast explain` knows (`alerts/comparison`), `message` says what is wrong, `mend` what to do.
    """

    check: str
    position: Position
    message: str
    mend: str = ""
    severity: Severity = Severity.ERROR

    @classmethod
    def of(cls, problem: Problem) -> Finding:
        """The same thing said by the reader of the repository."""
        return cls(problem.check, problem.position, problem.message, problem.hint, problem.severity)
