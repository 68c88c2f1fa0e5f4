"""What tests have applied and not yet destroyed, on disk: nothing that was made is forgotten when its process is killed.

An entry is written before the first apply and removed after the destroy. `ballast tf reap` destroys what is left of processes
that are gone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from ballast.repo import CannotRun

FOLDER = Path(".ballast/tf/deployments")


@dataclass(frozen=True, slots=True)
class Entry:
    """One deployment: where its state is, how to destroy it, and the process that made it. `began` in seconds since 1970."""

    name: str
    module: str
    folder: str
    mode: Literal["hermetic", "real"]
    variables: str
    """The file given by -var-file."""
    test: str
    pid: int
    began: float
    """When that process began: a pid alone may be another's by now."""
    kept: bool = False
    """Left on purpose (BALLAST_TF_SKIP=destroy): only `reap --kept` takes it."""

    @property
    def alive(self) -> bool:
        """Whether its process still runs."""
        try:
            return abs(psutil.Process(self.pid).create_time() - self.began) < 1
        except psutil.Error:
            return False


class Ledger:
    """The entries of a repository: one file each, in one folder with the deployments' states."""

    def __init__(self, repo: Path) -> None:
        self.folder = Path(os.environ.get("BALLAST_TF_LEDGER") or repo / FOLDER)

    def write(self, entry: Entry) -> None:
        """Before an apply."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{entry.name}.{os.getpid()}.part"
        part.write_text(json.dumps(asdict(entry), indent=1) + "\n")
        part.replace(self.folder / f"{entry.name}.json")

    def remove(self, entry: Entry) -> None:
        """After a destroy: the entry, then the state."""
        (self.folder / f"{entry.name}.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder / entry.name, ignore_errors=True)

    def entries(self) -> Iterator[Entry]:
        """All of them. Raises CannotRun for one that cannot be read: what it stands for must not be forgotten."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield Entry(**json.loads(path.read_text()))
            except (ValueError, TypeError) as error:
                raise CannotRun(f"{path} cannot be read ({error}): see by hand what it stands for, then remove it") from None


def reap(repo: Path, *, kept: bool = False) -> Iterator[tuple[Entry, str]]:
    """Destroy what processes that are gone have left; each entry with what went wrong, or "".

    An entry that could not be destroyed stays. With `kept` those left on purpose go, too.
    """
    from ballast.terraform.testing.deployment import Deployment

    ledger = Ledger(repo)
    for entry in list(ledger.entries()):
        if entry.alive or (entry.kept and not kept):
            continue
        try:
            Deployment.of(entry, ledger, repo).destroy()
        except (CannotRun, AssertionError) as error:
            yield entry, str(error)
        else:
            yield entry, ""
