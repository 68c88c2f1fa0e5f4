"""GitHub's own program, which holds the sign-in: one way to run it."""

from __future__ import annotations

import subprocess

from ballast.repo.errors import CannotRun


def gh(*words: str, what: str, given: str | None = None, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    """What `gh` answers, whatever its exit code; `given` goes to its standard input.

    Raises CannotRun where it is not installed, and when GitHub has not answered `what` within `seconds`.
    """
    try:
        return subprocess.run(["gh", *words], input=given, capture_output=True, text=True, timeout=seconds, check=False)
    except FileNotFoundError:
        raise CannotRun("gh is not installed: https://cli.github.com says how, `gh auth login` signs in") from None
    except subprocess.TimeoutExpired:
        raise CannotRun(f"GitHub did not answer within {seconds:g} s: {what}") from None
