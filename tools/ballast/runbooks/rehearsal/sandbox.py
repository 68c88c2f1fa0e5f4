"""A shell that can do no harm: own namespaces, nothing writable but its folder, no network, no capabilities, a time limit.

Linux only (unshare, setpriv of util-linux). Where namespaces are not allowed nothing is run, and the step is unproven.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

LIMIT = 20.0
"""Seconds that a step may take."""
WRONG_ARGUMENTS = 64
NO_SANDBOX = 97
_INSIDE = """\
set -euo pipefail
trap 'exit 97' ERR
mount --make-rprivate /
mount --bind "$1" "$1"
while read -r _ place kind _; do
  case "$kind" in proc | devpts) continue ;; esac
  place="$(printf '%b' "$place")"
  if [ "$place" != "$1" ]; then mount -o remount,bind,ro "$place"; fi
done < /proc/self/mounts
for place in /proc/sys /proc/irq /proc/bus; do
  if [ -e "$place" ]; then mount --bind "$place" "$place"; mount -o remount,bind,ro "$place"; fi
done
if [ -e /proc/sysrq-trigger ]; then mount --bind /dev/null /proc/sysrq-trigger; fi
mount -t tmpfs -o size=1m sandbox /run
cd "$1"
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all bash -euo pipefail step.sh
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How a script ended. `calls` are those of stubs, each with its name first."""

    code: int
    output: str
    errors: str
    calls: tuple[tuple[str, ...], ...]
    late: bool = False


class Sandbox:
    """A folder in which steps of one page run, one after the other; files that one writes the next one finds."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder.resolve()
        self.variables = dict(variables)
        self._stubs = self.folder / "stubs"
        for name in ("stubs", "home", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        table = stub_table()
        (self._stubs / "stubs.json").write_text(json.dumps(table), encoding="utf-8")
        source = Path(__file__).with_name("stub.py").read_text(encoding="utf-8")
        for name in table:
            path = self._stubs / name
            path.write_text(f"#!{sys.executable} -IS\n{source}", encoding="utf-8")
            path.chmod(0o755)

    def run(self, script: str) -> Run:
        """Run a script under `set -euo pipefail`."""
        calls = self.folder / "calls.jsonl"
        calls.write_text("", encoding="utf-8")
        (self.folder / "step.sh").write_text(f"{script}\n", encoding="utf-8")
        environment = {
            "PATH": f"{self._stubs}:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "BALLAST_CALLS": str(calls),
            **self.variables,
        }
        words = [*_namespaces(), "bash", "-c", _INSIDE, "sandbox", str(self.folder)]
        process = subprocess.Popen(
            words,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        late = False
        try:
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            late = True
            out = err = ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return Run(process.returncode, out, err, _calls(calls), late)


@cache
def available() -> str:
    """Why there can be no sandbox on this machine; "" where there can."""
    for program in ("unshare", "setpriv", "mount"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    with tempfile.TemporaryDirectory(prefix="ballast-sandbox-") as folder:
        tried = Sandbox(Path(folder), {}).run("true")
    return "" if tried.code == 0 else f"no namespaces here: {' '.join(tried.errors.split()) or 'unshare failed'}"


@cache
def stub_table() -> dict[str, dict[str, object]]:
    """What the stubs know."""
    found: dict[str, dict[str, object]] = yaml.safe_load(Path(__file__).with_name("stubs.yaml").read_text(encoding="utf-8"))
    return found


def _namespaces() -> list[str]:
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *own, "--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]


def _calls(path: Path) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())
