"""Checks on files from anywhere: what a file is shows in what it holds, not in where it lies.

Subjects whose provider can recognise them (`holds`) take part. Each file is judged for itself in one of several processes;
checks on all files together run in one of them meanwhile.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ballast.findings.model import Finding
from ballast.findings.registry import Check, Provider, provider_of
from ballast.findings.report import Outcome, Report
from ballast.findings.silence import quiet
from ballast.findings.tree import IGNORED, Chosen, File, Tree
from ballast.repo import CannotRun, Position

SUFFIXES = (".yaml", ".yml", ".rules", ".json", ".md")
FEW = 24  # files below which another process costs more than it saves
_CHUNK = 32
Tick = Callable[[int, int, list[str]], None]


@dataclass(slots=True)
class Part:
    """What a process found: findings, units and seconds by check."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def add(self, other: Part) -> None:
        """Take in another part."""
        for check, found in other.findings.items():
            self.findings.setdefault(check, []).extend(found)
        for check, units in other.units.items():
            self.units[check] = self.units.get(check, 0) + units
        for check, seconds in other.seconds.items():
            self.seconds[check] = self.seconds.get(check, 0.0) + seconds
        self.unknown += other.unknown


def lint(
    paths: Sequence[str],
    checks: Sequence[Check],
    *,
    besides: Tree | None = None,
    jobs: int | None = None,
    progress: Callable[[], AbstractContextManager[Tick | None]] = lambda: nullcontext(None),
) -> Report:
    """Run those of `checks` that can recognise their subjects on files and folders of any name.

    `besides`: the files that checks read besides those (configuration, the repository around them; default: none). A file
    that is named itself and is
    nothing that any of the checks knows is unproven; one in a folder is passed over. Raises CannotRun for a path that is none.
    """
    began = time.monotonic()
    root = Path.cwd()
    besides = besides or Tree(root, [])
    files, asked = _files(paths)
    able = [check for check in checks if recognised(check)]
    alone = [check for check in able if _provider(check).per_file]
    together = [check for check in able if not _provider(check).per_file]
    total = Part()
    workers = jobs or os.cpu_count() or 1
    if workers == 1 or len(files) < FEW:
        total.add(_alone(root, files, alone, besides))
        total.add(_together(root, files, together, besides))
    else:
        for part in _parallel(root, files, alone, together, besides, workers, progress):
            total.add(part)
    outcomes = [
        Outcome(c, total.units.get(c.id, 0), 0, total.seconds.get(c.id, 0.0), total.findings.get(c.id, [])) for c in able
    ]
    quiet(root, outcomes)
    unknown = set(total.unknown)
    unread = [*total.findings.get("lint", []), *(_unread(path) for path in asked if path in unknown)]
    if unread and outcomes:
        outcomes[0].findings += unread
    return Report(root, [o for o in outcomes if o.units or o.findings] or outcomes, time.monotonic() - began)


def recognised(check: Check) -> bool:
    """Whether a check can be run on files from anywhere."""
    provider = provider_of(check.on)
    return provider is not None and provider.holds is not None and not check.home and check.tool is None


def _provider(check: Check) -> Provider:
    provider = provider_of(check.on)
    assert provider is not None
    return provider


def _files(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Every file that is meant, and those that were named themselves."""
    found: dict[str, None] = {}
    asked = []
    for name in paths:
        path = Path(name)
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(f for f in folders if f not in IGNORED and not f.startswith("."))
                found.update(dict.fromkeys(os.path.normpath(f"{folder}/{n}") for n in sorted(names) if n.endswith(SUFFIXES)))
        elif path.exists():
            asked.append(name)
            found[name] = None
        else:
            raise CannotRun(f"{name}: there is no such file or folder")
    return list(found), asked


def _unread(path: str) -> Finding:
    message = "neither a rule file, a dashboard nor a runbook: there is nothing in it that these checks look at"
    return Finding("lint", Position(path), message, "name a file that is, or drop it from the command", unproven=True)


def _parallel(
    root: Path,
    files: list[str],
    alone: list[Check],
    together: list[Check],
    besides: Tree,
    workers: int,
    progress: Callable[[], AbstractContextManager[Tick | None]],
) -> Iterator[Part]:
    """Parts as they come. Processes are forked before anything else has started a thread."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        jobs = {pool.submit(_run, "together", root, files, [c.id for c in together], besides)}
        for at in range(0, len(files), _CHUNK):
            jobs.add(pool.submit(_run, "alone", root, files[at : at + _CHUNK], [c.id for c in alone], besides))
        with progress() as tick:
            for done, job in enumerate(as_completed(jobs), 1):
                if tick:
                    tick(done, len(jobs), ["files"])
                yield job.result()


def _run(how: str, root: Path, files: list[str], ids: list[str], besides: Tree) -> Part:
    """In a process of its own, which has the checks from its parent."""
    from ballast.findings.registry import registered

    chosen = [registered(id_) for id_ in ids]
    return (_alone if how == "alone" else _together)(root, files, chosen, besides)


def _alone(root: Path, paths: Iterable[str], checks: list[Check], besides: Tree) -> Part:
    """File by file."""
    part = Part()
    for path in paths:
        file = File(root, path)
        subjects: dict[type, list[Any]] = {}
        for check in checks:
            if check.on not in subjects:
                subjects[check.on] = _load(_provider(check), file, part)
            if subjects[check.on]:
                began = time.perf_counter()
                part.units[check.id] = part.units.get(check.id, 0) + 1
                part.findings.setdefault(check.id, []).extend(_call(check, subjects[check.on], besides, path))
                part.seconds[check.id] = part.seconds.get(check.id, 0.0) + time.perf_counter() - began
        if not any(subjects.values()):
            part.unknown.append(path)
    return part


def _together(root: Path, paths: Iterable[str], checks: list[Check], besides: Tree) -> Part:
    """All files of a kind at once."""
    part = Part()
    files = [File(root, path) for path in paths]
    subjects: dict[type, list[Any]] = {}
    for check in checks:
        provider = _provider(check)
        if check.on not in subjects:
            chosen = [file for file in files if _holds(provider, file)]
            subjects[check.on] = list(provider.load(Chosen(root, chosen))) if chosen else []
        if subjects[check.on]:
            began = time.perf_counter()
            part.units[check.id] = 1
            part.findings[check.id] = _call(check, subjects[check.on], besides, "")
            part.seconds[check.id] = time.perf_counter() - began
    return part


def _holds(provider: Provider, file: File) -> bool:
    try:
        return provider.holds is not None and provider.holds(file)
    except CannotRun:
        return False


def _load(provider: Provider, file: File, part: Part) -> list[Any]:
    """The subjects of a file; a file that cannot be read is said once."""
    try:
        return list(provider.load(file)) if provider.holds is not None and provider.holds(file) else []
    except CannotRun as error:
        said = Finding("lint", Position(file.path), str(error), unproven=True)
        if said not in part.findings.setdefault("lint", []):
            part.findings["lint"].append(said)
        return []


def _call(check: Check, subjects: list[Any], besides: Tree, path: str) -> list[Finding]:
    """A defect of a check is a finding, and ends neither the others nor the run."""
    found: list[Finding] = []
    extra = (besides,) if check.wants_tree else ()
    try:
        for subject in subjects:
            found += [f if f.check in check.emits else f.stamped(check.id, check.severity) for f in check.run(subject, *extra)]
    except Exception as error:
        message = f"the check failed: {type(error).__name__}: {error}"
        found.append(Finding(check.id, Position(path), message, f"this is a defect of {check.source.name}", unproven=True))
    return found
