"""Which processes were started from this checkout, on disk, so that those of a parent that was killed are found and stopped.

One JSON file a process in `.ballast/run/` (`BALLAST_RUN_DIR` overrides it). A process is attached, and goes with its owner,
or detached (`ballast stack up`), and stays until `ballast stack down`.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from ballast.stack.proc import Ident, alive, end, family, ident
from ballast.stack.toolchain import home


@dataclass(frozen=True, slots=True)
class Entry:
    """One started process. `boot` is the kernel's boot id: start ticks of another boot mean nothing."""

    name: str
    pid: int
    started: int
    owner_pid: int
    owner_started: int
    detached: bool
    stop_signal: int
    url: str
    log: str
    boot: str = ""

    @property
    def ident(self) -> Ident:
        """The process."""
        return Ident(self.pid, self.started)

    @property
    def orphan(self) -> bool:
        """Whether nobody is left who would stop it."""
        return not self.detached and not alive(Ident(self.owner_pid, self.owner_started))


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def run_directory() -> Path:
    """Where the entries are."""
    return Path(os.environ.get("BALLAST_RUN_DIR") or home() / ".ballast" / "run")


def _file(entry: Entry) -> Path:
    return run_directory() / f"{entry.pid}-{entry.started}.json"


def record(entry: Entry) -> None:
    """Write an entry, whole or not at all."""
    path = _file(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(asdict(replace(entry, boot=_boot())), indent=1))
    beside.replace(path)


def forget(entry: Entry) -> None:
    """Remove an entry whose process has ended."""
    _file(entry).unlink(missing_ok=True)


def entries() -> list[Entry]:
    """Every process on record that still runs, oldest first; records of the dead and unreadable ones are removed."""
    found = []
    for path in run_directory().glob("*.json"):
        try:
            entry = Entry(**json.loads(path.read_text()))
        except FileNotFoundError:  # another process has just done the same
            continue
        except (ValueError, TypeError):
            path.unlink(missing_ok=True)
            continue
        if entry.boot == _boot() and (alive(entry.ident) or family(entry.ident)):
            found.append(entry)
        else:
            path.unlink(missing_ok=True)
    return sorted(found, key=lambda e: (e.started, e.pid))


def stop(entry: Entry, seconds: float = 10.0) -> None:
    """Stop a process and its family, whoever started it, and forget it."""
    end(entry.ident, first=signal.Signals(entry.stop_signal), seconds=seconds)
    forget(entry)


def sweep() -> list[Entry]:
    """Stop every process whose owner was killed before it could; says which."""
    orphans = [e for e in entries() if e.orphan]
    for entry in reversed(orphans):
        stop(entry)
    return orphans


def down() -> list[Entry]:
    """Stop what `ballast stack up` left running and every orphan, newest first; processes of a living owner are not touched."""
    found = [e for e in entries() if e.detached or e.orphan]
    for entry in reversed(found):
        stop(entry)
    return found


def entry_for(name: str, pid: int, *, detached: bool, stop_signal: int, url: str, log: Path) -> Entry:
    """The entry of a child that this process has just started."""
    child, owner = ident(pid), ident(os.getpid())
    if child is None or owner is None:
        raise AssertionError("a child that was not waited for is there, if only as a zombie")
    return Entry(name, child.pid, child.started, owner.pid, owner.started, detached, stop_signal, url, str(log))
