"""What a run came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ballast.findings.model import Finding
from ballast.findings.registry import Check
from ballast.repo import Severity


@dataclass(slots=True)
class Outcome:
    """What one check came to. `units` counts what it looked at (files, or 1 for the whole), `remembered` how many it knew."""

    check: Check
    units: int = 0
    remembered: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    of_files: bool = True

    @property
    def unproven(self) -> bool:
        """Whether it could not say."""
        return any(f.unproven for f in self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to; `seconds` is wall time."""

    root: Path
    outcomes: list[Outcome]
    seconds: float
    partial: bool = False
    """Whether only what had changed was looked at."""

    @property
    def findings(self) -> list[Finding]:
        """Everything found, by place."""
        return sorted((f for o in self.outcomes for f in o.findings), key=lambda f: f.order)

    def count(self, severity: Severity) -> int:
        """How many findings of a severity there are; what could not be checked is not among them."""
        return sum(f.severity is severity and not f.unproven for f in self.findings)

    @property
    def unproven(self) -> list[str]:
        """Ids of the checks that could not run."""
        return [o.check.id for o in self.outcomes if o.unproven]

    @property
    def idle(self) -> bool:
        """Whether nothing was looked at though everything should have been: that is no good news."""
        return not self.partial and not any(o.units for o in self.outcomes)

    @property
    def exit_code(self) -> int:
        """2 when a check could not run or none looked at anything, else 1 when there are errors or warnings, else 0."""
        if self.unproven or self.idle:
            return 2
        return int(bool(self.count(Severity.ERROR) or self.count(Severity.WARNING)))
