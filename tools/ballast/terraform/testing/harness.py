"""What a test is given: it makes deployments, names and stages, and destroys everything at the end."""

from __future__ import annotations

import hashlib
import os
import random
import re
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ballast.terraform.core import Core
from ballast.terraform.hermetic import Server
from ballast.terraform.testing.deployment import Deployment
from ballast.terraform.testing.ledger import Ledger
from ballast.terraform.testing.retries import TRANSIENT, Retry
from ballast.terraform.workspace import Mode, mode_from, repository


@cache
def seed() -> str:
    """Of all random names in this run, the same in each of pytest-xdist's workers; BALLAST_TF_SEED repeats one."""
    return os.environ.get("BALLAST_TF_SEED") or os.environ.get("PYTEST_XDIST_TESTRUNUID", "")[:8] or secrets.token_hex(4)


class Harness:
    """Call it with a module (a path, or one relative to the repository) and variables: it makes a `Deployment`."""

    def __init__(self, test: str, here: Path, server: Server | None = None, core: Core | None = None) -> None:
        self.test, self.server, self.core = test, server, core
        self.repo = repository(here)
        self.mode: Mode = mode_from(os.environ)
        self.ledger = Ledger(self.repo)
        self.skip = frozenset(part for part in os.environ.get("BALLAST_TF_SKIP", "").split(",") if part)
        self.deployments: list[Deployment] = []
        self._random = random.Random(f"{seed()} {test}")

    @property
    def again(self) -> str:
        """The command that runs this one test again, with the same names."""
        mode = "BALLAST_TF_MODE=real " if self.mode == "real" else ""
        return f"{mode}BALLAST_TF_SEED={seed()} pytest '{self.test}'"

    def __call__(
        self, module: Path | str, variables: Mapping[str, Any] | None = None, *, retries: Sequence[Retry] = TRANSIENT
    ) -> Deployment:
        """A copy of the module for this test alone."""
        path = Path(module)
        if not path.is_dir():
            path = self.repo / module
        number = len(self.deployments)
        digest = hashlib.blake2b(f"{self.test} {number}".encode(), digest_size=4).hexdigest()
        # Stages may be skipped in a later run, which has to find the same state: then the name must not depend on this process.
        unique = "" if self.skip else f"-{os.getpid()}-{secrets.token_hex(3)}"
        made = Deployment(
            path,
            variables or {},
            name=f"{re.sub(r'[^a-z0-9]+', '-', path.name.lower())}-{digest}{unique}",
            ledger=self.ledger,
            test=self.test,
            again=self.again,
            mode=self.mode,
            server=self.server,
            core=self.core,
            retries=retries,
            skip=self.skip,
        )
        self.deployments.append(made)
        return made

    def name(self, prefix: str = "", length: int = 8) -> str:
        """A random name of lowercase letters and digits that begins with a letter; the same for the same seed and test."""
        letters = "abcdefghijklmnopqrstuvwxyz"
        tail = self._random.choice(letters) + "".join(self._random.choices(letters + "0123456789", k=length - 1))
        return f"{prefix}-{tail}" if prefix else tail

    def stage(self, name: str) -> bool:
        """Whether to do a stage of a long test: not when BALLAST_TF_SKIP (separated by commas) names it.

        `apply` and `destroy` are stages of every deployment: with BALLAST_TF_SKIP=destroy one stays, with
        BALLAST_TF_SKIP=apply,destroy the next run uses it, with BALLAST_TF_SKIP=apply it is destroyed in the end.
        """
        return name not in self.skip

    def close(self) -> None:
        """Destroy everything, the last first; what fails stays in the ledger, and is told after all have been tried."""
        failed = []
        for deployment in reversed(self.deployments):
            try:
                deployment.destroy()
            except Exception as error:
                failed.append(f"{error}\n  still there; `ballast tf reap` tries again after this process has ended")
        self.deployments.clear()
        assert not failed, "\n".join(failed)
