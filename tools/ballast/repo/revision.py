"""What Git says: one way to ask it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from ballast.repo.errors import CannotRun


def git(root: Path, *words: str, ok: Sequence[int] = (0,)) -> bytes:
    """What `git` answers in a folder. Raises CannotRun, with git's own words, for an exit code that is not among `ok`."""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)
    except OSError as error:
        raise CannotRun(f"git cannot be started: {error.strerror}") from None
    if done.returncode not in ok:
        raise CannotRun(f"git {words[0]} failed in {root}: {done.stderr.decode(errors='replace').strip() or 'it said nothing'}")
    return done.stdout


def content_at(root: Path, revision: str, path: str) -> bytes | None:
    """A file's content in a revision, None where it was not there. Raises CannotRun for a revision that does not exist."""
    known = git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", ok=(0, 1))
    if not known:
        raise CannotRun(f"there is no revision {revision!r} in {root}: `git log --oneline` shows them")
    name = f"{revision}:./{path}"
    return git(root, "cat-file", "blob", name) if git(root, "cat-file", "-t", name, ok=(0, 128)) == b"blob\n" else None
