"""docs/checks.md: the pages of all checks."""

from __future__ import annotations

from ballast.findings.pages import markdown
from ballast.findings.registry import checks, generator
from ballast.repo import Repository


@generator("docs/checks", owns=("docs/checks.md",))
def checks_page(_: Repository) -> dict[str, str]:
    """One file; what the repository holds does not matter."""
    return {"docs/checks.md": markdown(checks())}
