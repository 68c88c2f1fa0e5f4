"""Programs that checks run: found, versioned, run with a time limit, and ended when the run ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ballast.findings.registry import Tool
from ballast.repo import CannotRun

_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()


def python_tool(name: str, distribution: str = "") -> Callable[[], Tool]:
    """For `check(tool=…)`: a program that a Python package of requirements.lock puts beside the interpreter."""

    def find() -> Tool:
        path = Path(sys.executable).parent / name
        try:
            return Tool(name, _executable(path), version(distribution or name))
        except PackageNotFoundError:
            raise CannotRun(f"{name} is not installed: run scripts/bootstrap.sh") from None

    return find


def execute(
    argv: Sequence[str | Path], cwd: Path, *, ok: Sequence[int] = (0, 1), timeout: float = 900, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; `timeout` in seconds, `env` is added to ours.

    Raises CannotRun when it cannot be started, takes too long, or ends with a code that is not in `ok`.
    """
    name = Path(argv[0]).name
    try:
        process = subprocess.Popen(
            [str(part) for part in argv],
            cwd=cwd,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise CannotRun(f"{name} could not be started: {error.strerror}") from None
    with _lock:
        _running.add(process)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"{name} was stopped after {timeout:g} s") from None
    finally:
        process.kill()
        process.wait()
        with _lock:
            _running.discard(process)
    if process.returncode not in ok:
        said = (err.strip() or out.strip()).splitlines()
        raise CannotRun(f"{name} ended with code {process.returncode}: {said[-1] if said else 'it said nothing'}")
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def end_all() -> None:
    """End every program that is still running; whoever waits for one sees it fail."""
    with _lock:
        for process in _running:
            process.kill()


def _executable(path: Path) -> Path:
    if not path.is_file():
        raise CannotRun(f"{path.name} is not installed: run scripts/bootstrap.sh")
    return path
