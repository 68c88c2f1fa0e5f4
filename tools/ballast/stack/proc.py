"""Processes as Linux shows them under /proc: who is who, who descends from whom, and how to end a whole family.

A pid alone does not name a process, because it is used again; a pid with the tick at which it started does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple


class Ident(NamedTuple):
    """One process for good: its pid, and when it started in clock ticks since boot."""

    pid: int
    started: int


class Stat(NamedTuple):
    """What /proc/<pid>/stat says about kinship."""

    ident: Ident
    state: str
    parent: int
    group: int
    session: int


def stat(pid: int) -> Stat | None:
    """The process's line in /proc (proc(5)), or None where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the name before it may hold spaces and brackets
    return Stat(Ident(pid, int(fields[19])), fields[0], int(fields[1]), int(fields[2]), int(fields[3]))


def ident(pid: int) -> Ident | None:
    """The identity of a process that is there (a zombie counts)."""
    found = stat(pid)
    return found.ident if found else None


def alive(who: Ident) -> bool:
    """Whether this very process still runs; a zombie does not."""
    found = stat(who.pid)
    return found is not None and found.ident == who and found.state not in "ZX"


def family(leader: Ident) -> list[Ident]:
    """The living members of a process's session and group, and its descendants.

    Some servers (PostgreSQL) give each child a session of its own, so a signal to the group is not enough. The leader itself
    may be dead; once it is, children that left its session can no longer be found.
    """
    if (now := stat(leader.pid)) is not None and now.ident != leader:
        return []
    everyone = [s for p in Path("/proc").iterdir() if p.name.isdigit() and (s := stat(int(p.name)))]
    found = {leader.pid}
    for one in sorted(everyone, key=lambda s: s.ident.started):  # parents before children
        if one.ident.started >= leader.started and (one.parent in found or leader.pid in (one.group, one.session)):
            found.add(one.ident.pid)
    return [s.ident for s in everyone if s.ident.pid in found and s.state not in "ZX"]


def send(members: Iterable[Ident], number: signal.Signals) -> None:
    """Signal each of these processes that is still itself."""
    for member in members:
        if ident(member.pid) == member:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, number)


def end(leader: Ident, *, first: signal.Signals, seconds: float, reap: Callable[[], object] = lambda: None) -> bool:
    """Stop a family: `first` to its leader, then after `seconds` SIGKILL to whoever is left. True if no SIGKILL was needed.

    `reap` is called while waiting; a parent passes its `Popen.poll`, so that the dead do not stay as zombies.
    """
    members = family(leader)
    send(members, signal.SIGCONT)  # a paused process would not see the signal
    send([leader], first)
    gentle = first != signal.SIGKILL and _gone(members, seconds, reap)
    if not gentle:
        members = list({*members, *family(leader)})
        send(members, signal.SIGKILL)
        _gone(members, 10.0, reap)
    return gentle


def _gone(members: list[Ident], seconds: float, reap: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        reap()
        if not any(alive(m) for m in members):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
