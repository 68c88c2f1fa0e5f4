"""`alerts/lint.yaml` holds a demand that cannot be one.

It says what this repository asks of its rules beyond what is wrong in any; a demand that is not understood is not checked.

Mend: the edit at the line shown (`alerts/schemas/lint.json` is its schema).
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, config_problems
from ballast.findings import File, Finding, check


@check("alerts/lint-config", on=File, reads=(LINT,), home=True)
def lint_configuration(file: File) -> Iterator[Finding]:
    """Read it."""
    yield from config_problems(file.data)
