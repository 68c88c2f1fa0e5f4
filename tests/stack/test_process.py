"""Processes start, wait, stop, and outlive nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.stack import LOOPBACK, Program, Stack, entries, free_port, http_ok, ledger, wait_until
from ballast.stack.proc import Ident, alive, ident

SERVER = [sys.executable, "-m", "http.server", "{port}", "--bind", LOOPBACK]
# A server that ignores SIGTERM and has a child in a session of its own, as PostgreSQL does.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""


def server(directory: Path, **more: object) -> Program:
    return Program("server", directory, SERVER, ready="/", **more)  # type: ignore[arg-type]


def gone(who: Ident) -> None:
    wait_until(lambda: not alive(who), 10, f"the end of {who}")


def test_it_starts_pauses_restarts_on_its_port_and_stops(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        process = stack.start(server(tmp_path / "server"))
        url, first = process.url, ident(process.pid)
        assert [e.pid for e in entries() if e.ident == first] == [process.pid]
        with process.paused():
            assert not http_ok(url, timeout=0.3)
        assert http_ok(url)
        assert process.restart().url == url
        second = ident(process.pid)
    assert first is not None
    assert second is not None
    assert not alive(first)
    assert not alive(second)
    assert not {first, second} & {e.ident for e in entries()}


def test_ready_is_a_connection_a_predicate_or_nothing(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        listening = stack.start(Program("tcp", tmp_path / "tcp", SERVER, ready="tcp"))
        assert http_ok(listening.url)
        asked: list[int] = []
        counting = Program("asked", tmp_path / "asked", SERVER, ready=lambda: bool(asked.append(1) or len(asked) > 2))
        stack.start(counting)
        assert len(asked) == 3
        assert stack.start(Program("at-once", tmp_path / "at-once", SERVER)).running


def test_a_process_that_ends_at_once_says_why(tmp_path: Path) -> None:
    broken = Program("broken", tmp_path, [sys.executable, "-c", "raise SystemExit('no such file: rules.yaml')"], ready="/")
    with pytest.raises(CannotRun, match=r"(?s)broken ended with code 1 while it was starting.*no such file: rules\.yaml"):
        broken.start()


def test_a_process_that_is_never_ready_is_killed(tmp_path: Path) -> None:
    lame = Program("lame", tmp_path, [sys.executable, "-c", "import time; time.sleep(600)"], ready=lambda: False)
    lame.start_seconds = 0.3
    with pytest.raises(CannotRun, match=r"lame was not ready after 0\.3 s"):
        lame.start()
    assert not lame.running


def test_a_port_that_somebody_took_is_replaced(tmp_path: Path) -> None:
    with socket.socket() as stranger, Stack(tmp_path) as stack:
        process = server(tmp_path / "server")
        stranger.bind((LOOPBACK, process.port))
        stranger.listen()
        taken = process.port
        assert stack.start(process).port != taken


def test_a_fixed_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind((LOOPBACK, free_port()))
        stranger.listen()
        with pytest.raises(CannotRun, match="Address already in use"):
            server(tmp_path, port=stranger.getsockname()[1]).start()


def test_stopping_kills_what_does_not_listen_and_its_children(tmp_path: Path) -> None:
    process = Program("stubborn", tmp_path, [sys.executable, "-c", STUBBORN])
    process.stop_seconds = 0.2
    process.start()
    child = ident(int(wait_until(process.log.read_text, 10, "the child's pid")))
    leader = ident(process.pid)
    assert child is not None
    assert leader is not None
    assert not process.stop(), "it did not end by itself"
    gone(leader)
    gone(child)


def test_a_process_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    process = server(tmp_path)
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    assert http_ok(process.url)
    process.stop()


# --- Parents that end badly ------------------------------------------------------------------------------------------

PARENT = """
import sys, time
from pathlib import Path
from ballast.stack import Stack
from tests.stack.test_process import server

with Stack(Path(sys.argv[1]), detach=len(sys.argv) > 2) as stack:
    stack.start(server(stack.directory / "server"))
    print(stack.processes[0].pid, flush=True)
    if len(sys.argv) < 3:
        time.sleep(600)
"""


def parent(directory: Path, *more: str, env: dict[str, str] | None = None) -> tuple[subprocess.Popen[str], Ident]:
    """A program with one server in a stack, and that server."""
    words = [sys.executable, "-c", textwrap.dedent(PARENT), str(directory), *more]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
    assert process.stdout is not None
    child = ident(int(process.stdout.readline()))
    assert child is not None
    return process, child


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_a_parent_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    process, child = parent(tmp_path)
    process.send_signal(number)
    process.communicate()
    gone(child)


def test_the_ledger_finds_the_orphans_of_a_killed_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_RUN_DIR", str(tmp_path / "run"))
    process, child = parent(tmp_path, env={"PATH": str(tmp_path)})  # no setpriv there: nothing but the ledger knows the child
    process.kill()
    process.communicate()
    assert alive(child)
    assert [e.orphan for e in entries()] == [True]
    assert [e.ident for e in ledger.sweep()] == [child]
    assert not alive(child)
    assert entries() == []


def test_a_detached_stack_stays_until_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_RUN_DIR", str(tmp_path / "run"))
    process, child = parent(tmp_path, "detach")
    process.communicate()
    with Stack(tmp_path / "other") as stack:
        mine = stack.start(server(tmp_path / "other"))
        assert ledger.sweep() == []
        assert [e.ident for e in ledger.down()] == [child]
        assert mine.running, "a process of a living owner is not touched"
    assert not alive(child)


def test_a_recycled_pid_is_never_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_RUN_DIR", str(tmp_path / "run"))
    with Stack(tmp_path) as stack:
        process = stack.start(server(tmp_path))
        (entry,) = entries()
        other = replace(entry, started=entry.started - 1, owner_started=0)
        ledger.record(other)
        assert [e.ident for e in entries()] == [entry.ident], "the record of the process that had this pid before is gone"
        ledger.record(other)
        assert ledger.sweep() == []
        ledger.stop(other)
        assert process.running
        assert http_ok(process.url)


def test_unreadable_records_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_RUN_DIR", str(tmp_path))
    (tmp_path / "1-1.json").write_text("{")
    (tmp_path / "2-2.json").write_text('{"pid": 2}')
    assert entries() == []
    assert list(tmp_path.glob("*.json")) == []
