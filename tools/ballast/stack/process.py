"""A process on loopback: start and wait until it is ready, stop, kill, pause, restart with its data on its port."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from ballast.repo import CannotRun
from ballast.stack import ledger
from ballast.stack.ports import LOOPBACK, free_port
from ballast.stack.proc import Ident, alive, end, family, send
from ballast.stack.spawn import spawn
from ballast.stack.wait import http_ok, tcp_open, wait_until

_started: weakref.WeakSet[Process] = weakref.WeakSet()


class Process:
    """One child process. A kind of server says in a subclass what its command line is and when it is ready.

    `directory` holds its data, configuration and log (`<name>.log`) and is made if missing; a restart keeps all of it. The
    process leads a session of its own, dies with its parent, is in the ledger while it runs, and is stopped at the end of this
    program at the latest.
    """

    stop_signal = signal.SIGTERM
    death_signal = signal.SIGKILL
    """What it gets when this program is killed."""
    setpriv: Sequence[str] = ()
    """Options of setpriv(1) that it is started with."""
    start_seconds = 30.0
    stop_seconds = 10.0

    def __init__(self, name: str, directory: Path, *, port: int | None = None, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.directory = directory.resolve()
        self.log = self.directory / f"{name}.log"
        self.env = dict(env or {})
        self.detached = False
        self._port_is_fixed = port is not None
        self.port = port if port is not None else free_port()
        self._popen: subprocess.Popen[bytes] | None = None
        self._entry: ledger.Entry | None = None
        self._log_from = 0

    # --- What a kind of server says ---------------------------------------------------------------------------------

    def command(self) -> Sequence[str | Path]:
        """The command line, asked for at each start."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Whatever must be on disk before a start; called at each one."""

    def ready(self) -> bool:
        """Whether it serves. Asked repeatedly while it starts."""
        return self.running

    # --- What its users do ------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Its base URL. The port is final once it has started."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def address(self) -> str:
        """Its URL as it may be shown and written down."""
        return self.url

    @property
    def pid(self) -> int:
        """Its process id; CannotRun when it has never been started."""
        if self._popen is None:
            raise CannotRun(f"{self.name} has not been started")
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether the process exists (paused counts)."""
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> Self:
        """Start and wait until ready. Raises CannotRun with the end of its log when it ends or the deadline passes."""
        self.launch()
        return self.wait_ready()

    def launch(self) -> None:
        """Start without waiting (then `wait_ready`), so that several can come up side by side."""
        if self.running:
            raise CannotRun(f"{self.name} is running already")
        _sweep_once()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.prepare()
        self._log_from = self.log.stat().st_size if self.log.exists() else 0
        death = None if self.detached else self.death_signal
        self._popen = spawn(
            self.command(), directory=self.directory, log=self.log, env=self.env, death=death, setpriv=self.setpriv
        )
        self._entry = ledger.entry_for(
            self.name, self.pid, detached=self.detached, stop_signal=self.stop_signal, url=self.address, log=self.log
        )
        ledger.record(self._entry)
        _started.add(self)

    def wait_ready(self) -> Self:
        """Wait for `ready`; a port that somebody else took between choice and bind is replaced, three times at most."""
        for attempt in range(4):
            try:
                wait_until(lambda: not self.running or self.ready(), self.start_seconds, "ready")
            except TimeoutError:
                tail = self.log_tail()
                self.kill()
                raise CannotRun(f"{self.name} was not ready after {self.start_seconds:g} s; {tail}") from None
            if self.running:
                self._port_is_fixed = True  # others may know it now: a restart keeps it
                return self
            code = self._popen.returncode if self._popen else None
            self._ended()
            if attempt == 3 or self._port_is_fixed or "address already in use" not in self._output().lower():
                raise CannotRun(f"{self.name} ended with code {code} while it was starting; {self.log_tail()}")
            self.port = free_port()
            self.launch()
        raise AssertionError("the loop returns or raises")

    def stop(self) -> bool:
        """Ask it to end, and kill it after `stop_seconds`. True if it ended by itself; harmless when it is not running."""
        return self._end(self.stop_signal)

    def kill(self) -> None:
        """SIGKILL to it and all its children."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        """Stop if it runs, and start on the same port with the same data."""
        self.stop()
        return self.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """SIGSTOP it and its children for the time of the block."""
        members = family(self._ident())
        send(members, signal.SIGSTOP)
        try:
            yield
        finally:
            send(members, signal.SIGCONT)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines that it printed since its last start, under a heading that names the file."""
        tail = self._output().rstrip().splitlines()[-lines:]
        return "\n  ".join([f"its log ({self.log}) ends:" if tail else f"its log ({self.log}) is empty", *tail])

    def _output(self) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(self._log_from)
            return file.read().decode(errors="replace")

    def _ident(self) -> Ident:
        if self._entry is None:
            raise CannotRun(f"{self.name} is not running")
        return self._entry.ident

    def _end(self, first: signal.Signals) -> bool:
        if self._popen is None or self._entry is None:
            return True
        gentle = end(self._entry.ident, first=first, seconds=self.stop_seconds, reap=self._popen.poll)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(5)  # the leader of many threads looks like a zombie a little before it can be reaped
        self._ended()
        return gentle

    def _ended(self) -> None:
        if self._entry is not None and not alive(self._entry.ident):
            ledger.forget(self._entry)
            self._entry = None
        _started.discard(self)


class Program(Process):
    """Any program. In `argv` and `env`, `{port}` stands for its port.

    `ready` is a path (`"/healthz"`, awaited over HTTP), `"tcp"` (its port accepts a connection), a predicate, or None (ready as
    soon as it runs).
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        argv: Sequence[str | Path],
        *,
        ready: str | Callable[[], bool] | None = None,
        port: int | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, directory, port=port)
        self.argv = list(argv)
        self._ready = ready
        self._env = dict(env or {})

    def prepare(self) -> None:
        """Fill in the port."""
        self.env = {key: value.replace("{port}", str(self.port)) for key, value in self._env.items()}

    def command(self) -> Sequence[str | Path]:
        """The words given, with the port filled in."""
        return [str(word).replace("{port}", str(self.port)) for word in self.argv]

    def ready(self) -> bool:
        """As asked for."""
        if self._ready == "tcp":
            return tcp_open(self.port)
        if isinstance(self._ready, str):
            return http_ok(self.url + self._ready)
        return self.running if self._ready is None else self._ready()


_swept = 0


def _sweep_once() -> None:
    """Before a program starts its first process, the leftovers of killed ones go."""
    global _swept
    if _swept != os.getpid():
        _swept = os.getpid()
        ledger.sweep()


@atexit.register
def _stop_everything() -> None:
    for process in list(_started):
        if not process.detached:
            process.stop()
