"""Which checks a command line means, and which files a branch has changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from ballast.findings.model import Finding
from ballast.findings.registry import Check
from ballast.findings.report import Outcome, Report
from ballast.repo import CannotRun


def named(id_: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns means a check: its id, a glob (`slo/*`), or a group (`slo`)."""
    return any(fnmatchcase(id_, p) or id_.startswith(f"{p}/") for p in patterns)


def select(checks: Iterable[Check], only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Check]:
    """The checks that `only` means (all when it is empty) without those that `skip` means.

    A check that reports under several ids is chosen when any of them is. Raises CannotRun for a pattern that means nothing.
    """
    checks = list(checks)
    ids = [id_ for check in checks for id_ in check.pages]
    for pattern in (*only, *skip):
        if not any(named(id_, [pattern]) for id_ in ids):
            raise CannotRun(unknown(pattern, ids))
    return [c for c in checks if any(_wanted(id_, only, skip) for id_ in c.pages)]


def narrow(report: Report, only: Sequence[str], skip: Sequence[str]) -> Report:
    """The report without findings under ids that `only` and `skip` leave out; what could not run stays."""

    def kept(outcome: Outcome) -> list[Finding]:
        whole = named(outcome.check.id, only)  # a check that is named itself is reported with all that it emits
        return [f for f in outcome.findings if f.unproven or _wanted(f.check, () if whole else only, skip)]

    return replace(report, outcomes=[replace(o, findings=kept(o)) for o in report.outcomes])


def unknown(name: str, ids: Iterable[str]) -> str:
    """One sentence for a check that does not exist, with the nearest that do."""
    ids = sorted(ids)
    near = get_close_matches(name, ids, 3, 0.5) or [i for i in ids if i.rpartition("/")[2] == name.rpartition("/")[2]]
    hint = f"did you mean {' or '.join(near)}?" if near else "`ballast explain --list` shows them all"
    return f"there is no check {name}: {hint}"


def changed_files(root: Path, base: str = "HEAD") -> set[str]:
    """Paths that differ from the commit `base`, new ones included, relative to the root. Raises CannotRun without Git."""
    out: set[str] = set()
    for arguments in (
        ["diff", "--name-only", "--relative", "-z", base, "--"],
        ["ls-files", "-z", "--others", "--exclude-standard"],
    ):
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotRun(f"--changed needs Git and the commit {base}: {done.stderr.strip() or 'git failed'}")
        out |= set(filter(None, done.stdout.split("\0")))
    return out


def _wanted(id_: str, only: Sequence[str], skip: Sequence[str]) -> bool:
    return (not only or named(id_, only)) and not named(id_, skip)
