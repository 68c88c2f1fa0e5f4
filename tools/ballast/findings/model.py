"""What a check says: a finding at a place, with the edit or command that mends it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ballast.repo import Position, Problem, Severity

RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    `check` is the id that `ballast explain` knows (`alerts/comparison`); a check may leave it empty, the runner fills it in.
    `message` says what is wrong, `mend` what to do. `width` is how many columns of the line are meant (0: to its end).
    `unproven` marks what could not be checked at all (a tool is missing, the check crashed): `ballast validate` then exits 2.
    `secret` marks a line that no report may show.
    """

    check: str
    position: Position
    message: str
    mend: str = ""
    severity: Severity = Severity.ERROR
    width: int = 0
    unproven: bool = False
    secret: bool = False

    @classmethod
    def of(cls, problem: Problem) -> Finding:
        """The same thing said by the reader of the repository."""
        return cls(problem.check, problem.position, problem.message, problem.hint, problem.severity)

    def stamped(self, check: str, ceiling: Severity) -> Finding:
        """With the check's id, and no more severe than the check itself."""
        return replace(self, check=check, severity=max(self.severity, ceiling, key=RANK.__getitem__))

    @property
    def order(self) -> tuple[str, int, int, int, str, str]:
        """Sort key: by place, then the worst first."""
        where = self.position
        return where.path, where.line, where.column, RANK[self.severity], self.check, self.message
