"""Several processes as one: started in order, stopped in reverse, whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn, Self

from ballast.stack.postgres import Database, Postgres
from ballast.stack.process import Process

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


class Stack:
    """A context manager that stops what it started: at the end of the block, after an error, Ctrl-C, SIGTERM or SIGHUP.

        with Stack() as stack:
            prometheus = stack.start(Prometheus(stack.directory / "prometheus", scrapes=[…]))

    `directory` keeps every process's data and logs (a temporary one, removed at the end, unless given). With `detach` the
    processes are left running after the block ends well, for `ballast stack down` to stop; after an error they are stopped all
    the same.
    """

    def __init__(self, directory: Path | None = None, *, detach: bool = False) -> None:
        self._temporary = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="ballast-"))
        self.detach = detach
        self.processes: list[Process] = []
        self._dropped_with_us: list[Database] = []
        self._postgres: Postgres | None = None
        self._handlers: dict[signal.Signals, object] = {}

    def start[P: Process](self, process: P) -> P:
        """Start one and wait until it is ready."""
        self.launch(process)
        process.wait_ready()
        return process

    def start_all(self, *processes: Process) -> None:
        """Start several that do not wait for each other, and wait until all are ready."""
        for process in processes:
            self.launch(process)
        for process in processes:
            process.wait_ready()

    def launch(self, process: Process) -> None:
        """Start one without waiting for it."""
        process.detached = self.detach
        self.processes.append(process)
        process.launch()

    def database(self, name: str) -> Database:
        """A PostgreSQL schema called `name`, on the server of `BALLAST_DATABASE_URL` or else on one of the stack's own.

        The stack's server starts at the first call. A schema on somebody else's server is
        dropped with the stack (with `detach` it is kept).
        """
        if external := os.environ.get("BALLAST_DATABASE_URL"):
            suffix = "" if self.detach else f"_{os.urandom(4).hex()}"
            database = Database.create(external, f"ballast_{name}{suffix}")
            self._dropped_with_us += [] if self.detach else [database]
        else:
            if self._postgres is None:
                self._postgres = self.start(Postgres(self.directory / "postgres"))
            database = self._postgres.schema(name)
        return database

    def stop(self) -> None:
        """Stop every process, the last one first. A second Ctrl-C does not interrupt this."""
        with _deaf():
            for process in reversed(self.processes):
                process.stop()
            while self._dropped_with_us:
                self._dropped_with_us.pop().drop()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _ENDINGS:
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._handlers[number] = signal.signal(number, _exit)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if not self.detach or kind is not None:
                self.stop()
                if self._temporary:
                    shutil.rmtree(self.directory, ignore_errors=True)
        finally:
            for number in self._handlers:
                signal.signal(number, signal.SIG_DFL)
            self._handlers.clear()


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def _deaf() -> Iterator[None]:
    """Ignore the signals that end a program; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *_ENDINGS)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
