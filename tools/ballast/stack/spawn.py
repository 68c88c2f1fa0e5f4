"""Starting a child that dies with its parent.

Linux sends a child its parent-death signal when the *thread* that forked it ends. Every child is therefore forked from one
thread that lives as long as this process does. `setpriv` (util-linux) sets the signal, because code of ours between fork and
exec is not safe once there are threads; where it is missing, the ledger alone finds the orphans.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path

from ballast.repo import CannotRun

Order = tuple["Future[subprocess.Popen[bytes]]", Sequence[str], Path, Path, Mapping[str, str]]


@cache
def _orders() -> queue.SimpleQueue[Order]:
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_serve, args=(orders,), name="ballast-spawn", daemon=True).start()
    return orders


os.register_at_fork(after_in_child=_orders.cache_clear)  # the thread is not there after a fork


def _serve(orders: queue.SimpleQueue[Order]) -> None:
    while True:
        future, command, directory, log, env = orders.get()
        try:
            with log.open("ab") as output:
                process = subprocess.Popen(
                    command,
                    cwd=directory,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            future.set_result(process)
        except BaseException as error:
            future.set_exception(error)


def spawn(
    command: Sequence[str | Path],
    *,
    directory: Path,
    log: Path,
    env: Mapping[str, str],
    death: signal.Signals | None,
    setpriv: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, its output appended to `log`, `env` added to this process's environment.

    `death` is the signal it gets when this process dies, however that happens; None leaves it running. `setpriv` are further
    options for setpriv(1), which is then required. Raises CannotRun when nothing can be executed; a program that setpriv cannot
    find ends with code 127 and says so in the log.
    """
    words = [str(word) for word in command]
    options = [*setpriv, *(["--pdeathsig", death.name.removeprefix("SIG")] if death is not None else [])]
    if options and (program := shutil.which("setpriv")):
        words = [program, *options, "--", *words]
    elif setpriv:
        raise CannotRun(f"{words[0]} needs setpriv, which is missing: install util-linux")
    future: Future[subprocess.Popen[bytes]] = Future()
    _orders().put((future, words, directory, log, {**os.environ, **env}))
    try:
        return future.result()
    except OSError as error:
        raise CannotRun(f"{words[0]} could not be started: {error.strerror}") from error
