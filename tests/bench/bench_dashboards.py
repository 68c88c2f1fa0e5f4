"""Dashboards: reading, each rule, `ballast lint` cold, on one core and on all, on a synthetic corpus full of faults.

`DASHBOARD_LINTER=/path/to/dashboard-linter` measures that program on the same files: one process a file (it takes one), as many
at a time as there are cores. The Go module proxy does not serve it (403), so it is not built here.
"""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ballast.dashboards import parse
from ballast.dashboards.rule import rules, told
from ballast.findings import Severity
from tests.bench.figures import Figure
from tests.dashboards import corpus

COMMAND = "make bench ARGS=dashboards"
PANELS = 12


def run(quick: bool) -> list[Figure]:
    """CPU seconds in this process for parts, wall seconds for whole commands; per panel in microseconds."""
    count = 200 if quick else 2_000
    texts = [corpus.text(corpus.dashboard(seed, PANELS)).encode() for seed in range(count)]
    panels = count * PANELS
    began = time.process_time()
    documents = [parse(f"{number}.json", text) for number, text in enumerate(texts)]
    reading = time.process_time() - began
    size = sum(map(len, texts)) / count / 1024
    figures = [
        Figure("dashboards: read", reading / panels * 1e6, "µs a panel", COMMAND, note=f"{count} files of {size:.0f} KB")
    ]
    figures += _rules(documents, panels)
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"{number}.json").write_bytes(text)
        for jobs, name in ((1, "one process"), (0, f"{os.cpu_count()} processes")):
            seconds, memory = _lint(folder, jobs)
            figures += [
                Figure(
                    f"dashboards: lint of {count} files, {name}", seconds, "s", COMMAND, note="the whole command, nothing known"
                ),
                Figure(f"dashboards: lint, {name}, a panel", seconds / panels * 1e6, "µs", COMMAND),
                Figure(f"dashboards: lint, {name}, peak memory of a process", memory, "MB", COMMAND),
            ]
        if linter := os.environ.get("DASHBOARD_LINTER", ""):
            theirs = _linter(linter, folder)
            figures += [
                Figure("dashboards: dashboard-linter", theirs, "s", COMMAND, note=f"{os.cpu_count()} processes at a time"),
                Figure("dashboards: lint beside dashboard-linter", seconds / theirs, "of its time", COMMAND, goal=1.0),
            ]
        figures.append(_fix(folder, count))
    return figures


def _rules(documents: list, panels: int) -> list[Figure]:  # type: ignore[type-arg]
    """Each rule: with every query parsed before (warm), and all together from nothing (cold)."""
    from ballast.dashboards.promql import facts

    facts.cache_clear()
    dashboards = [dashboard for document in documents for dashboard in document.dashboards]
    began = time.process_time()
    found = 0
    for dashboard in dashboards:
        for id_, (rule, with_tree) in rules().items():
            found += 0 if with_tree else sum(1 for _ in told(id_, Severity.WARNING, dashboard, rule(dashboard)))
    cold = time.process_time() - began
    note = f"{found} findings, each with its position"
    figures = [Figure("dashboards: all rules, cold", cold / panels * 1e6, "µs a panel", COMMAND, note=note)]
    gc.collect()
    for id_, (rule, with_tree) in rules().items():
        if not with_tree:
            began = time.process_time()
            issues = sum(1 for dashboard in dashboards for _ in rule(dashboard))
            spent = (time.process_time() - began) / panels * 1e6
            figures.append(Figure(f"{id_}, warm", spent, "µs a panel", COMMAND, note=f"{issues} issues"))
    return figures


def _lint(folder: str, jobs: int) -> tuple[float, float]:
    """Wall seconds of `ballast lint`, and the most memory that one of its processes held (MB)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.monotonic()
    command = [
        str(Path(sys.executable).parent / "ballast"),
        "lint",
        "--only",
        "dashboards",
        "--output",
        "json",
        "--jobs",
        str(jobs),
    ]
    done = subprocess.run([*command, folder], capture_output=True, check=False, env={**os.environ, "CI": "1"})
    seconds = time.monotonic() - began
    if done.returncode != 1:
        raise RuntimeError(f"ballast lint ended with {done.returncode}: {done.stderr.decode()[-300:]}")
    return seconds, max(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, before) / 1024


def _linter(program: str, folder: str) -> float:
    """Wall seconds of dashboard-linter on each file of a folder."""

    def one(path: Path) -> None:
        subprocess.run([program, "lint", path], capture_output=True, check=False)

    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, sorted(Path(folder).glob("*.json"))))
    return time.monotonic() - began


def _fix(folder: str, count: int) -> Figure:
    from ballast.dashboards import fix_file

    began = time.process_time()
    changed = sum(done.after != done.before for path in sorted(Path(folder).glob("*.json")) for done in [fix_file(path)])
    spent = time.process_time() - began
    note = f"{changed} of {count} files changed and written"
    return Figure("dashboards: fix", spent / count * 1e3, "ms a file", COMMAND, note=note)
