"""Runs `promtool test rules` on many files at once and reads what failed from its JUnit report.

promtool works through its files one after the other, so they are dealt out to one process a core; each process keeps to one
core (`GOMAXPROCS=1`), because whoever shares the machine is charged in CPU seconds.
"""

from __future__ import annotations

import os
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ballast.findings import execute
from ballast.repo import CannotRun
from ballast.stack import tool

__all__ = ["Outcome", "run_tests"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test of one file: its `failures` in promtool's words, none when it passed."""

    file: Path
    test: str
    failures: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything that the test asserts held."""
        return not self.failures


def run_tests(files: Sequence[Path], *, jobs: int | None = None, timeout: float = 300.0) -> list[Outcome]:
    """Every test of `files`, in the files' order.

    `jobs` is how many promtool processes run side by side (default: one a core), `timeout` seconds for each of them. A file
    that promtool cannot load is one failed outcome without a test's name. Raises `CannotRun` when promtool is missing, takes
    longer than `timeout` or dies without a report.
    """
    if not files:
        return []
    promtool = tool("promtool")
    jobs = max(1, min(jobs or len(os.sched_getaffinity(0)), len(files)))
    hands = [files[n::jobs] for n in range(jobs)]
    with ThreadPoolExecutor(jobs) as pool:
        found = [outcome for outcomes in pool.map(lambda hand: _run(promtool, hand, timeout), hands) for outcome in outcomes]
    order = {file: n for n, file in enumerate(files)}
    return sorted(found, key=lambda outcome: order[outcome.file])


def _run(promtool: Path, files: Sequence[Path], timeout: float) -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="ballast-promtool-") as folder:
        report = Path(folder) / "junit.xml"
        command: list[str | Path] = [promtool, "test", f"--junit={report}", "rules", *files]
        # Its throw-away storage goes with our folder.
        done = execute(command, Path.cwd(), timeout=timeout, GOMAXPROCS="1", TMPDIR=folder)
        if not report.exists() or not report.stat().st_size:
            raise CannotRun(f"promtool ended with code {done.returncode} and no report: {done.stderr.strip()[-500:]}")
        return _read(report, files)


def _read(report: Path, files: Sequence[Path]) -> list[Outcome]:
    outcomes = []
    suites = ElementTree.parse(report).getroot().findall("testsuite")  # noqa: S314 - promtool's own report
    for file, suite in zip(files, suites, strict=True):
        for case in suite.findall("testcase"):
            failed = [node.text or "failed" for node in case.findall("failure")]
            unreadable = [node.text or "cannot be loaded" for node in case.findall("error")]
            outcomes.append(Outcome(file, "" if unreadable else case.get("name", ""), tuple(failed + unreadable)))
    return outcomes
