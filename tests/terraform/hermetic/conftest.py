"""A root directory to run a core in, on hermetic providers; nothing is mocked between the core and the provider."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ballast.terraform import Core, Server, cores, find_core

HERE = Path(__file__).parent
PROBE = HERE / "schemas"
"""A provider made up for these tests, with every kind of attribute and block."""
CLOUD = HERE / "cloud"
"""A few types of real providers: what terraform/schemas holds changes with the modules."""
HEADER = """
terraform {
  required_providers {
    probe = { source = "ballast/probe" }
  }
}
"""
ALL_CORES = cores()


class Tf:
    """A root and a core: `tf("plan")` runs it and returns what it said; a failure the test did not expect fails the test."""

    def __init__(self, folder: Path, core: Core, server: Server) -> None:
        self.folder, self.core, self.server = folder, core, server
        self.env = os.environ | server.environment()

    def write(self, text: str, name: str = "main.tf") -> None:
        (self.folder / name).write_text(text)

    def probe(self, text: str) -> None:
        self.write(HEADER + text)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run([self.core.path, *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True)
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        assert done.returncode == code, said
        return said

    def init(self) -> None:
        self("init", "-input=false")

    def apply(self, *arguments: str, code: int = 0) -> str:
        return self("apply", "-auto-approve", "-input=false", *arguments, code=code)

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments))

    def json_failing(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, code=1))

    def plan(self, *arguments: str) -> dict[str, Any]:
        """The plan's JSON."""
        self("plan", "-input=false", "-out=plan", *arguments)
        plan: dict[str, Any] = self.json("show", "-json", "plan")
        return plan

    def changes(self, *arguments: str) -> dict[str, list[str]]:
        """What the plan does, by address; what it leaves alone is left out."""
        changes = {r["address"]: r["change"]["actions"] for r in self.plan(*arguments)["resource_changes"]}
        return {address: actions for address, actions in changes.items() if actions not in (["no-op"], ["read"])}

    def values(self) -> dict[str, dict[str, Any]]:
        """The state: values by address, of the root module."""
        state = self.json("show", "-json").get("values", {})
        return {r["address"]: r["values"] for r in state.get("root_module", {}).get("resources", [])}

    def outputs(self) -> dict[str, Any]:
        return {name: output["value"] for name, output in self.json("output", "-json").items()}


@pytest.fixture(scope="session")
def core() -> Core:
    return find_core()


@pytest.fixture(params=ALL_CORES, ids=str)
def any_core(request: pytest.FixtureRequest) -> Core:
    found: Core = request.param
    return found


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(PROBE) as running:
        yield running


@pytest.fixture
def tf(tmp_path: Path, core: Core, server: Server) -> Tf:
    return Tf(tmp_path, core, server)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Tf]]:
    """Start a root on providers of a folder: `start(core, schemas, only=["hashicorp/aws"])`."""
    running: list[Server] = []

    def begin(core: Core, schemas: Path, **options: Any) -> Tf:
        running.append(Server(schemas, **options).start())
        folder = tmp_path / f"root{len(running)}"
        folder.mkdir()
        return Tf(folder, core, running[-1])

    yield begin
    for server in running:
        server.stop()
