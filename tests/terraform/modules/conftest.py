"""One hermetic server for all module tests of a session, and one way to run a core on a module or root."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ballast.terraform import Server, Workspace

from .hcl import ENVIRONMENTS, MODULES

type Open = Callable[..., AbstractContextManager[Run]]


class Run:
    """A root or module that was initialised, with one set of variables."""

    def __init__(self, workspace: Workspace, variables: list[str]) -> None:
        self.workspace = workspace
        self.variables = variables

    def tf(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Plan, apply or destroy; never asks."""
        approve = ["-auto-approve"] if verb in ("apply", "destroy") else []
        return self.workspace.run(verb, "-no-color", "-input=false", *approve, *self.variables, *arguments, capture=True)

    def apply(self) -> dict[str, Any]:
        """Apply, and the outputs. Fails the test with the core's words when it does not work."""
        done = self.tf("apply")
        assert done.returncode == 0, done.stderr
        return {name: output["value"] for name, output in self.workspace.json("output", "-json").items()}

    def replan(self) -> None:
        """A second plan has nothing to do."""
        done = self.tf("plan", "-detailed-exitcode")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server(MODULES.parent / "schemas") as running:
        yield running


@pytest.fixture(scope="session")
def opened(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Open a root or module on the hermetic server, with variables as a file beside the shadow."""

    @contextmanager
    def opening(root: Path, variables: dict[str, Any] | None = None) -> Iterator[Run]:
        into = tmp_path_factory.mktemp("tf")
        arguments = []
        if variables is not None:
            given = into / "given.tfvars.json"
            given.write_text(json.dumps(variables))
            arguments = [f"-var-file={given}"]
        with Workspace(root, into=into / "shadow", server=server, mode="hermetic") as workspace:
            workspace.init()
            yield Run(workspace, arguments)

    return opening


@pytest.fixture(scope="session")
def staging(opened: Open) -> dict[str, dict[str, Any]]:
    """What the cluster roots of staging answer, by cloud; applied once, found unchanged by a second plan."""
    answers = {}
    for cloud in ("aws", "gcp"):
        with opened(ENVIRONMENTS / "staging" / cloud / "cluster") as run:
            answers[cloud] = run.apply()
            run.replan()
    return answers
