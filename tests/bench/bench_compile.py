"""Compiling 1,000 SLOs: `ballast slo compile` against `sloth generate` on the same specs, whole processes, by turns.

CPU time (of all the process's threads) is what is compared: it says what the work costs on a machine that is busy with other
things too. Wall clock is reported beside it.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ballast.stack import tool
from tests.bench.figures import Figure

COMMAND = "make bench ARGS=compile"
SERVICES, EACH = 100, 10

SLO = """  - name: endpoint-{n}
    objective: 99.9
    description: Requests of endpoint {n} succeed.
    labels:
      category: availability
    sli:
      events:
        error_query: sum(rate(http_requests_total{{job="{service}",handler="/{n}",code=~"(5..|429)"}}[{{{{.window}}}}]))
        total_query: sum(rate(http_requests_total{{job="{service}",handler="/{n}"}}[{{{{.window}}}}]))
    alerting:
      name: {alert}
      labels:
        category: availability
      annotations:
        runbook: https://runbooks.example.com/{service}
      page_alert:
        labels:
          routing_key: team-a
      ticket_alert:
        labels:
          slack_channel: "#alerts-team-a"
"""


def run(quick: bool) -> list[Figure]:
    """Medians of several turns; the goal is to be no slower than Sloth."""
    turns = 3 if quick else 9
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        specs = work / "specs"
        specs.mkdir()
        for service in range(SERVICES):
            (specs / f"service-{service}.yaml").write_text(_spec(service))
        ballast = Path(sys.executable).with_name("ballast")
        ours = [str(ballast), "slo", "compile", str(specs), "--out", str(work / "ours")]
        theirs = [str(tool("sloth")), "generate", "--input", str(specs), "--out", str(work / "sloth")]
        (work / "sloth").mkdir()
        results: dict[str, list[tuple[float, float]]] = {"ours": [], "sloth": []}
        for _ in range(turns):
            results["sloth"].append(_timed(theirs, work))
            results["ours"].append(_timed(ours, work))
        assert len(list((work / "ours").glob("*.yaml"))) == len(list((work / "sloth").glob("*.yaml"))) == SERVICES
    cpu = {name: statistics.median(c for c, _ in turns) for name, turns in results.items()}
    wall = {name: statistics.median(w for _, w in turns) for name, turns in results.items()}
    note = f"{SERVICES * EACH} SLOs in {SERVICES} files, median of {turns} turns, load average {os.getloadavg()[0]:.1f}"
    return [
        Figure(
            "compile 1,000 SLOs, wall clock, ours / Sloth's", wall["ours"] / wall["sloth"], "x", COMMAND, goal=1.0, note=note
        ),
        Figure("compile 1,000 SLOs, CPU, ours / Sloth's", cpu["ours"] / cpu["sloth"], "x", COMMAND, goal=1.0, note=note),
        Figure("compile 1,000 SLOs, ours", wall["ours"], "s", COMMAND, note=f"CPU {cpu['ours']:.2f} s"),
        Figure("compile 1,000 SLOs, Sloth", wall["sloth"], "s", COMMAND, note=f"CPU {cpu['sloth']:.2f} s"),
    ]


def _spec(service: int) -> str:
    name = f"service-{service}"
    head = f"version: prometheus/v1\nservice: {name}\nlabels:\n  owner: team-a\nslos:\n"
    return head + "".join(SLO.format(n=n, service=name, alert=f"Service{service}Endpoint{n}") for n in range(EACH))


def _timed(command: list[str], cwd: Path) -> tuple[float, float]:
    """CPU and wall-clock seconds of a process that must succeed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=cwd)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took
