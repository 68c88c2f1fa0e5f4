"""`ballast validate` on a copy of this repository: nothing known, nothing changed, one SLO changed."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ballast.findings import Tree
from tests.bench.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "make bench ARGS=validate"


def run(quick: bool) -> list[Figure]:
    """Wall time of whole commands, start of Python included, in seconds."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        copy = Path(folder)
        for file in Tree.read(ROOT):
            (copy / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file.path, copy / file.path)
        cold, report = _validate(copy)
        warm = [_validate(copy)[0] for _ in range(3 if quick else 11)]
        slo = copy / "alerts/slos/checkout.yaml"
        slo.write_text(slo.read_text().replace("objective: 99.9\n", "objective: 99.8\n"))
        changed, _ = _validate(copy)
    known = f"{len(report['checks'])} checks"
    if unproven := [c["id"] for c in report["checks"] if c["state"] == "unproven"]:
        known += f"; could not run: {', '.join(unproven)}"
    spread = f"median of {len(warm)}, {min(warm):.2f} to {max(warm):.2f}"
    return [
        Figure("validate, nothing known", cold, "s", COMMAND, note=f"{known}, mypy's cache empty as well"),
        Figure("validate, nothing changed", statistics.median(warm), "s", COMMAND, goal=2.0, note=spread),
        Figure("validate, one SLO changed", changed, "s", COMMAND, note="its rules and proofs are out of date then"),
    ]


def _validate(root: Path) -> tuple[float, dict[str, list[dict[str, str]]]]:
    argv = [str(Path(sys.executable).parent / "ballast"), "validate", "--root", str(root), "--output", "json"]
    began = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return time.perf_counter() - began, json.loads(done.stdout)
