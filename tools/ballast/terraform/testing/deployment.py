"""One module or root under test: its own copy, its variables, its state, and its end."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import psutil

from ballast.repo import CannotRun
from ballast.terraform.core import Core
from ballast.terraform.hermetic import Server
from ballast.terraform.testing.ledger import Entry, Ledger
from ballast.terraform.testing.outputs import Outputs
from ballast.terraform.testing.plans import Plan
from ballast.terraform.testing.recording import Recorder
from ballast.terraform.testing.retries import TRANSIENT, Retry, attempt
from ballast.terraform.workspace import Mode, Workspace, repository, shadow

PLAN = "test.tfplan"


class Deployment:
    """A copy of a module, initialised when it is first used. Made by `Harness`; destroyed by it at the end of the test."""

    def __init__(
        self,
        module: Path,
        variables: Mapping[str, Any],
        *,
        name: str,
        ledger: Ledger,
        test: str = "",
        again: str = "",
        mode: Mode = "hermetic",
        server: Server | None = None,
        core: Core | None = None,
        retries: Sequence[Retry] = TRANSIENT,
        skip: frozenset[str] = frozenset(),
    ) -> None:
        self.module, self.variables, self.name, self.ledger = module, dict(variables), name, ledger
        self.again, self.mode, self.server, self.core, self.retries, self.skip = again, mode, server, core, retries, skip
        self.home = ledger.folder / name
        self.given = self.home / "given.tfvars.json"
        process = psutil.Process()
        self.entry = Entry(
            name, str(module.resolve()), str(self.home), mode, str(self.given), test, process.pid, process.create_time()
        )
        self.applied = ledger.folder.joinpath(f"{name}.json").is_file()
        self.recorder = Recorder.of(module)
        self._stack = ExitStack()
        self._workspace: Workspace | None = None

    @classmethod
    def of(cls, entry: Entry, ledger: Ledger, repo: Path) -> Self:
        """The deployment that an entry of the ledger stands for."""
        module = Path(entry.module)
        if not module.is_dir():
            raise CannotRun(f"{entry.name}: {module} is gone; its state is {entry.folder}")
        found = cls(module, {}, name=entry.name, ledger=ledger, test=entry.test, mode=entry.mode)
        found.entry = entry
        return found

    @property
    def workspace(self) -> Workspace:
        """Where the core runs; made, and initialised, when it is first asked for."""
        if self._workspace is None:
            self.home.mkdir(parents=True, exist_ok=True)
            if self.variables or not self.given.exists():
                self.given.write_text(json.dumps(self.variables))
            self._workspace = self._open(self.module)
        return self._workspace

    def _open(self, module: Path) -> Workspace:
        into = self.home / "shadow"
        if self.mode == "real":
            folder = shadow(repository(module), module, into, unprotect=True)
            workspace = Workspace(folder, core=self.core, mode="real")
        else:
            workspace = Workspace(
                module, into=into, core=self.core, server=self.server, mode="hermetic", unprotect=True, announce=False
            )
        self._stack.enter_context(workspace)
        self.recorder.instrument(workspace.folder)
        self._do(workspace, "init", "-input=false")
        return workspace

    def plan(self, *arguments: str, fails: str | None = None) -> Plan:
        """Plan, and what it would do. With `fails` the plan has to be refused in words that contain it."""
        return self._plan(self.workspace, *arguments, fails=fails)

    def apply(self) -> Outputs:
        """Apply; the outputs. From here on the ledger holds it until it is destroyed. Skipped with the stage `apply`."""
        workspace = self.workspace
        if "apply" in self.skip:
            if not self.applied:
                raise CannotRun(
                    f"stage apply is skipped and {self.name} was never applied: run it once with BALLAST_TF_SKIP=destroy"
                )
            return self.outputs()
        self.ledger.write(self.entry)
        self.applied = True
        self._do(workspace, "apply", "-input=false", "-auto-approve", f"-var-file={self.given}")
        self.recorder.saw(workspace.json("show", "-json").get("values") or {}, self.variables)
        return self.outputs()

    def outputs(self) -> Outputs:
        """The outputs of the last apply."""
        return Outputs(self.workspace.json("output", "-json"), self.recorder.read)

    def state(self) -> dict[str, Any]:
        """`terraform show -json` of the state."""
        found: dict[str, Any] = self.workspace.json("show", "-json")
        return found

    def expect_idempotent(self) -> None:
        """A plan right after the apply has nothing to do."""
        self.plan().expect_no_changes()

    def upgrade(self, ref: str) -> Plan:
        """Apply the module as it was at a git ref, then plan it as it is now: what would become of what runs?

        Raises CannotRun when the ref or the module at it does not exist.
        """
        repo = repository(self.module)
        relative = self.module.resolve().relative_to(repo.resolve())
        with tempfile.TemporaryDirectory(prefix="ballast-upgrade-") as folder:
            _extract(repo, ref, Path(folder))
            before = Path(folder) / relative
            if not before.is_dir():
                raise CannotRun(f"{relative} does not exist at {ref}")
            self.home.mkdir(parents=True, exist_ok=True)
            self.given.write_text(json.dumps(self.variables))
            if self.mode == "real":
                old_folder = shadow(Path(folder), before, self.home / "before", unprotect=True)
                old = Workspace(old_folder, core=self.core, mode="real")
            else:
                old = Workspace(
                    before, into=self.home / "before", core=self.core, server=self.server, mode="hermetic", unprotect=True,
                    announce=False,
                )  # fmt: skip
            with old:
                self._do(old, "init", "-input=false")
                self.ledger.write(self.entry)
                self.applied = True
                state = self.home / "upgrade.tfstate"
                self._do(old, "apply", "-input=false", "-auto-approve", f"-var-file={self.given}", f"-state={state}")
        (self.workspace.folder / "terraform.tfstate").write_bytes(state.read_bytes())
        return self.plan()

    def destroy(self) -> None:
        """Destroy and forget. Stays in the ledger, and raises AssertionError, when it fails. Skipped with stage `destroy`."""
        if "destroy" in self.skip and self.applied:
            self.ledger.write(replace(self.entry, kept=True))
            self._stack.close()
            return
        try:
            if self.applied:
                self._do(self.workspace, "destroy", "-input=false", "-auto-approve", f"-var-file={self.given}")
            self.ledger.remove(self.entry)
            self.applied = False
        finally:
            self._stack.close()
            self._workspace = None

    def _plan(self, workspace: Workspace, *arguments: str, fails: str | None = None) -> Plan:
        (workspace.folder / PLAN).unlink(missing_ok=True)
        command = ("plan", "-input=false", f"-var-file={self.given}", f"-out={PLAN}", *arguments)
        if fails is not None:
            done = self._run(workspace, *command)
            said = " ".join((done.stdout + done.stderr).replace("│", " ").split())
            refused = done.returncode != 0 and fails in said
            assert refused, f"{self.module}: not refused with {fails!r}\n{said}\n  again:    {self.again}"
            return Plan({}, self.module, self.again)
        self._do(workspace, *command)
        raw = workspace.json("show", "-json", PLAN)
        self.recorder.saw(raw, self.variables)
        return Plan(raw, self.module, self.again)

    def _do(self, workspace: Workspace, *command: str) -> None:
        done = self._run(workspace, *command)
        said = (done.stderr or done.stdout).strip()
        assert done.returncode == 0, f"terraform {command[0]} of {self.module} failed:\n{said}\n  again:    {self.again}"

    def _run(self, workspace: Workspace, *command: str) -> subprocess.CompletedProcess[str]:
        return attempt(
            lambda: workspace.run(command[0], "-no-color", *command[1:], capture=True),
            lambda done: done.stdout + done.stderr if done.returncode else "",
            self.retries,
        )


def _extract(repo: Path, ref: str, into: Path) -> None:
    """The repository's terraform/ at a ref. Raises CannotRun when git has no such ref."""
    archive = into / "tree.tar"
    done = subprocess.run(
        ["git", "-C", str(repo), "archive", "--format=tar", f"--output={archive}", ref, "terraform"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    if done.returncode:
        raise CannotRun(f"git has no terraform/ at {ref}: {done.stderr.strip()}")
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    archive.unlink()
