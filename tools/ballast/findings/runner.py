"""Runs checks: in parallel, only what changed since it was last run, and all of them whatever one of them does."""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ballast.findings.keys import base, contents, hashed
from ballast.findings.model import Finding
from ballast.findings.registry import Check, provider_of
from ballast.findings.remember import Memory
from ballast.findings.report import Outcome, Report
from ballast.findings.silence import quiet
from ballast.findings.tools import end_all
from ballast.findings.tree import File, Files, Tree, matches
from ballast.repo import CannotRun, Position

FOLDER = Path(".ballast/findings")
Progress = Callable[[int, int, list[str]], None]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is remembered as one: the file, or all the files, that a check looks at, and the key of its result."""

    files: tuple[File, ...]
    key: str
    needed: tuple[File, ...] = ()


@dataclass(slots=True)
class Job:
    """One call of the pool: a check and those of its units that are not remembered."""

    outcome: Outcome
    units: list[Unit]
    memory: Memory
    seconds: float = 0.0


def run(
    root: Path,
    checks: Sequence[Check],
    *,
    changed: Collection[str] | None = None,
    jobs: int | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Run `checks` on the repository at `root`.

    `changed` (paths): only what reads one of those files. `fresh`: believe no earlier result. `jobs`: calls at a time (default:
    one a core). `progress(done, all, ids at work)` is called again and again. Results are kept in `.ballast/findings`.
    """
    return _Run(root.resolve(), changed, fresh).go(checks, jobs or os.cpu_count() or 2, progress or (lambda *_: None))


class _Run:
    def __init__(self, root: Path, changed: Collection[str] | None, fresh: bool) -> None:
        self.root = root
        self.tree = Tree.read(root)
        self.changed = None if changed is None else frozenset(changed)
        self.fresh = fresh
        self.memories: list[Memory] = []
        self.subjects: dict[tuple[type, str], list[Any]] = {}
        self.loading = threading.RLock()

    def go(self, checks: Sequence[Check], workers: int, progress: Progress) -> Report:
        began = time.monotonic()
        outcomes: list[Outcome] = []
        todo: list[Job] = []
        for check in checks:
            outcome, jobs = self.plan(check)
            outcomes.append(outcome)
            todo += jobs
        todo.sort(key=lambda job: job.memory.seconds, reverse=True)  # the longest first: the shortest end together
        with _ends_with_its_children():
            pool = ThreadPoolExecutor(workers, thread_name_prefix="check")
            try:
                self.drain({pool.submit(self.call, job): job for job in todo}, progress)
            finally:
                end_all()
                pool.shutdown(cancel_futures=True)
                for memory in self.memories:
                    with suppress(OSError):  # no disk, no memory; the report stands
                        memory.save()
        quiet(self.root, outcomes)
        give_way(outcomes)
        return Report(self.root, outcomes, time.monotonic() - began, self.changed is not None)

    def drain(self, waiting: dict[Future[list[Finding]], Job], progress: Progress) -> None:
        """Take results in the order in which they come."""
        total = len(waiting)
        while waiting:
            progress(total - len(waiting), total, sorted({j.outcome.check.id for f, j in waiting.items() if f.running()}))
            done, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                self.take(waiting.pop(future), future.result())
        progress(total, total, [])

    def plan(self, check: Check) -> tuple[Outcome, list[Job]]:
        """Find the units of a check, take those that are remembered, and make jobs of the rest."""
        outcome = Outcome(check, of_files=_per_file(check))
        memory = Memory.of(self.root / FOLDER, check.id)
        self.memories.append(memory)
        try:
            units = list(self.units(check))
        except CannotRun as error:
            outcome.findings.append(_unproven(check, str(error)))
            return outcome, []
        outcome.units = len(units)
        missing = []
        for unit in units:
            known = None if self.fresh else memory.get(unit.key)
            if known is None:
                missing.append(unit)
            else:
                outcome.remembered += 1
                outcome.findings += known
        apart = check.on is File and check.tool is not None  # a program a file: side by side
        groups = [[unit] for unit in missing] if apart else [missing] if missing else []
        return outcome, [Job(outcome, group, memory) for group in groups]

    def units(self, check: Check) -> Iterator[Unit]:
        """What a check looks at, with the key of each; nothing when no file matches, or none that changed.

        Then its tool is not looked for: a check that has nothing to look at is not unproven.
        """
        files = self.tree.match(*globs(check))
        every = bool(files) and self.touches_all(check)
        chosen = []
        for group in [(f,) for f in files] if _per_file(check) else [tuple(files)] if files else []:
            wanted = set(check.needs(group[0], self.tree)) if check.needs else set()
            if every or not (self.changed or frozenset()).isdisjoint(wanted.union(f.path for f in group)):
                chosen.append((group, tuple(self.tree[path] for path in sorted(wanted) if path in self.tree)))
        if not chosen:
            return
        tool = check.tool() if check.tool else None
        shared = hashed(base(check, tool), *contents(self.tree.match(*check.also)))
        for group, needed in chosen:
            yield Unit(group, hashed(shared, *contents(group), "needs", *contents(needed)), needed)

    def touches_all(self, check: Check) -> bool:
        """Whether all units of a check are wanted: always, but with `changed` only if a file changed that decides for all.

        A file that is gone belongs to no unit any more, so it counts as one of those.
        """
        if self.changed is None:
            return True
        declared = (*globs(check), *check.also)
        return any(matches(path, check.also) or (path not in self.tree and matches(path, declared)) for path in self.changed)

    def call(self, job: Job) -> list[Finding]:
        """Runs in a thread: whatever goes wrong becomes a finding."""
        began = time.monotonic()
        check = job.outcome.check
        try:
            found = [f if f.check in check.emits else f.stamped(check.id, check.severity) for f in self.findings(check, job)]
        except CannotRun as error:
            found = [_unproven(check, str(error), job)]
        except Exception as error:
            found = [self.crashed(check, error, job)]
        job.seconds = time.monotonic() - began
        return found

    def findings(self, check: Check, job: Job) -> Iterator[Finding]:
        """Call the check's function with each of its subjects."""
        wants_tree = check.wants_tree
        for subject, tree in self.arguments(check, job):
            arguments = (subject, tree) if wants_tree else (subject,)
            yield from check.run(*arguments)

    def arguments(self, check: Check, job: Job) -> Iterator[tuple[Any, Tree]]:
        """The subjects of a job, each with the files that the check declared."""
        declared = self.tree.match(*globs(check), *check.also)
        if check.on is Files:
            yield Files(f for unit in job.units for f in unit.files), Tree(self.root, declared)
            return
        for unit in job.units:
            seen = Tree(self.root, (*declared, *unit.needed))
            if check.on is Tree:
                yield seen, seen
            elif check.on is File:
                yield unit.files[0], seen
            else:
                source = unit.files[0] if _per_file(check) else self.tree
                yield from ((subject, seen) for subject in self.load(check.on, source))

    def load(self, subject: type, source: File | Tree) -> list[Any]:
        """Subjects of a type in a file (or in the tree), read once a run."""
        key = source.path if isinstance(source, File) else ""
        with self.loading:
            if (subject, key) not in self.subjects:
                provider = provider_of(subject)
                assert provider is not None
                self.subjects[subject, key] = list(provider.load(source))
            return self.subjects[subject, key]

    def take(self, job: Job, found: list[Finding]) -> None:
        """Add a job's findings to its check's, and remember them unit by unit, unless they say that it could not run."""
        job.outcome.findings += found
        job.outcome.seconds += job.seconds
        if not job.outcome.remembered:
            job.memory.seconds = max(job.memory.seconds, job.seconds)
        paths = {f.path for unit in job.units for f in unit.files}
        if any(f.unproven for f in found) or (len(job.units) > 1 and any(f.position.path not in paths for f in found)):
            return
        for unit in job.units:
            own = {f.path for f in unit.files}
            job.memory.put(unit.key, found if len(job.units) == 1 else [f for f in found if f.position.path in own])

    def crashed(self, check: Check, error: Exception, job: Job) -> Finding:
        """A defect of the check itself: said in a line, with the trace in a file."""
        trace = self.root / FOLDER / f"{check.id.replace('/', '-')}.crash.txt"
        said = f"the check failed: {type(error).__name__}: {error}"
        mend = f"this is a defect of {check.source.name}"
        with suppress(OSError):
            trace.parent.mkdir(parents=True, exist_ok=True)
            trace.write_text("".join(traceback.format_exception(error)))
            mend += f"; its trace is in {trace.relative_to(self.root)}"
        return _unproven(check, said, job, mend)


def give_way(outcomes: Sequence[Outcome]) -> None:
    """Take out what another check says better, on the same line (`gives_way`); what could not run stays."""
    for outcome in outcomes:
        better = [f for o in outcomes if o.check.id in outcome.check.gives_way for f in o.findings if not f.unproven]
        lines = {(f.position.path, f.position.line) for f in better}
        outcome.findings = [f for f in outcome.findings if f.unproven or (f.position.path, f.position.line) not in lines]


def globs(check: Check) -> tuple[str, ...]:
    """Which files a check looks at: what its subjects are read from, and what it reads besides."""
    provider = provider_of(check.on)
    reads = check.reads() if callable(check.reads) else check.reads
    return (*(provider.reads if provider else ()), *reads)


def _per_file(check: Check) -> bool:
    provider = provider_of(check.on)
    return provider.per_file if provider else check.on is not Tree


def _unproven(check: Check, message: str, job: Job | None = None, mend: str = "") -> Finding:
    path = job.units[0].files[0].path if job and _per_file(check) and len(job.units) == 1 else ""
    return Finding(check.id, Position(path), message, mend, unproven=True)


@contextmanager
def _ends_with_its_children() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does: through `finally`, so that no program outlives it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
