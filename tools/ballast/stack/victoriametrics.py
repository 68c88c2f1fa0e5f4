"""A real VictoriaMetrics, the single-node program that Debian packages."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from ballast.repo import CannotRun
from ballast.stack.ports import LOOPBACK
from ballast.stack.process import Process
from ballast.stack.wait import http_ok

NAMES = ("victoria-metrics", "victoria-metrics-prod")


class VictoriaMetrics(Process):
    """A server on 127.0.0.1; data in `directory`, kept between starts.

    `flags` are its own, such as `{"retentionPeriod": "1d"}`. Starting raises CannotRun where the program is missing.
    """

    def __init__(
        self, directory: Path, flags: Mapping[str, str] | None = None, *, port: int | None = None, name: str = "victoriametrics"
    ) -> None:
        super().__init__(name, directory, port=port)
        self.flags = dict(flags or {})

    def command(self) -> Sequence[str | Path]:
        """The server in the foreground, with little memory."""
        own = {"httpListenAddr": f"{LOOPBACK}:{self.port}", "storageDataPath": str(self.directory / "data")}
        own |= {"memory.allowedBytes": "64MB", "loggerLevel": "WARN"}
        return [victoria_metrics(), *(f"-{flag}={value}" for flag, value in {**own, **self.flags}.items())]

    def ready(self) -> bool:
        """Its own health."""
        return http_ok(f"{self.url}/health")


def victoria_metrics() -> Path:
    """The program on the PATH. Raises CannotRun with the command that installs it."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise CannotRun("VictoriaMetrics is missing: apt-get install victoria-metrics")


@cache
def known_flags() -> frozenset[str]:
    """The names of the flags that the program on the PATH takes."""
    said = subprocess.run([victoria_metrics(), "-help"], capture_output=True, text=True, check=False)
    return frozenset(re.findall(r"^\s+-([\w.]+)\b", said.stdout + said.stderr, re.MULTILINE))
