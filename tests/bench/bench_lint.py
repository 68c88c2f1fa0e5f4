"""`ballast lint` on this repository's rules a hundred times over, and on rules as others write them; by cores, and scaling.

`PINT=/path/to/pint` measures that program on the same files, offline, with as many workers as there are cores.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "make bench ARGS=lint"
FOREIGN = """\
groups:
  - name: node-{n}
    rules:
      - record: instance:node_cpu:ratio{n}
        expr: 1 - avg without (cpu, mode) (rate(node_cpu_seconds_total{{mode="idle",job=~"node{n}|edge"}}[1m]))
      - record: instance:node_memory:ratio{n}
        expr: |-
          1 - (
            node_memory_MemAvailable_bytes{{job="node{n}"}}
            or (node_memory_Buffers_bytes{{job="node{n}"}} + node_memory_Cached_bytes{{job="node{n}"}})
          )
          / node_memory_MemTotal_bytes{{job="node{n}"}}
      - alert: NodeFilesystemSpaceFillingUp{n}
        annotations:
          description: Filesystem on {{{{ $labels.device }}}} has {{{{ printf "%.2f" $value }}}}% left and is filling up.
          runbook_url: https://runbooks.example.com/NodeFilesystemSpaceFillingUp
          summary: Filesystem runs out of space within 24 hours.
        expr: |-
          (
            node_filesystem_avail_bytes{{job="node{n}"}} / node_filesystem_size_bytes{{job="node{n}"}} * 100 < 15
          and
            predict_linear(node_filesystem_avail_bytes{{job="node{n}",fstype!=""}}[6h], 24*60*60) < 0
          )
        for: 1h
        labels: {{severity: warning}}
      - alert: KubeAPIDown{n}
        expr: absent(up{{job="apiserver{n}"}} == 1)
        for: 15m
        labels: {{severity: critical}}
"""


def run(quick: bool) -> list[Figure]:
    """Wall time of whole commands, start of Python included, in seconds; peak memory of the largest process."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="ballast-lint-") as folder:
        ours = Path(folder) / "ours"
        figures += _measure("this repository's rules", ours, _ours(ours, 5 if quick else 167), quick)
        number = 250 if quick else 2500
        theirs = Path(folder) / "theirs"
        theirs.mkdir()
        for n in range(number):
            (theirs / f"{n}.yaml").write_text(FOREIGN.format(n=n))
        figures += _measure("rules as others write them", theirs, 4 * number, quick)
    return figures


def _ours(folder: Path, times: int) -> int:
    """Copies of the generated files, each as another service's; how many rules that makes (six files make 18 SLOs)."""
    folder.mkdir()
    rules = 0
    for path in sorted((ROOT / "alerts/rules").glob("*.yaml")):
        text, service = path.read_text(), path.stem
        rules += times * (text.count("- record:") + text.count("- alert:"))
        for n in range(times):
            copy = text.replace(f"{service}-", f"{service}{n}-").replace(f'="{service}"', f'="{service}{n}"')
            camel = service.capitalize()
            copy = copy.replace(f"{service}/", f"{service}{n}/").replace(f"alert: {camel}", f"alert: {camel}N{n}")
            (folder / f"{service}{n}.yaml").write_text(copy.replace(f"service: {service}", f"service: {service}{n}"))
    return rules


def _measure(name: str, folder: Path, rules: int, quick: bool) -> list[Figure]:
    cores = os.cpu_count() or 1
    one, _, memory = _lint(folder, 1)
    many, found, _ = _lint(folder, cores)
    half = sorted(folder.iterdir())[::2]
    fewer = 0.0 if quick else _lint(folder, cores, *half)[0]
    files = len(list(folder.iterdir()))
    note = f"{rules} rules in {files} files, {found} findings"
    figures = [
        Figure(f"lint {name}, 1 process", one, "s", COMMAND, note=note),
        Figure(f"lint {name}, {cores} processes", many, "s", COMMAND, note=f"{one / many:.2f} times as fast as one"),
        Figure(f"lint {name}, a rule", 1e6 * many / rules, "µs", COMMAND, note=f"{cores} processes, start included"),
        Figure(f"lint {name}, memory", memory, "MB", COMMAND, note="one process, peak"),
    ]
    if pint := os.environ.get("PINT", ""):
        argv = [pint, "--offline", "--no-color", "--workers", str(cores), "lint", "."]
        began = time.perf_counter()
        done = subprocess.run(argv, capture_output=True, check=False, cwd=folder)
        theirs = time.perf_counter() - began
        note = f"the whole command, exit code {done.returncode}"
        figures += [
            Figure(f"lint {name}, pint, {cores} workers", theirs, "s", COMMAND, note=note),
            Figure(f"lint {name}, beside pint", many / theirs, "of its time", COMMAND, goal=1.0),
        ]
    if fewer:
        figures.append(
            Figure(f"lint {name}, twice the files", many / fewer, "times as long", COMMAND, goal=2.4, note="scaling")
        )
    return figures


def _lint(folder: Path, jobs: int, *paths: Path) -> tuple[float, int, float]:
    """Seconds, findings and megabytes."""
    argv = [Path(sys.executable).parent / "ballast", "lint", *(paths or (folder,)), "--config", ROOT / "alerts/lint.yaml"]
    argv += ["--jobs", str(jobs), "--output", "json"]
    kinds = [word for kind in ("alerts", "rule", "promql", "group", "lint") for word in ("--only", kind)]
    began = time.perf_counter()
    done = subprocess.run([*argv, *kinds], capture_output=True, text=True, check=False, cwd=folder.parent)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, len(json.loads(done.stdout)["findings"]), peak
