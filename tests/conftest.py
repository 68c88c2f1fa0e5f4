"""What every test may use: the repository's root and the real binaries."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# How fast this machine is at the moment says nothing about the code. At a desk each run tries other examples; CI says the same
# of the same commit twice.
settings.register_profile(
    "ballast", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ, print_blob=True
)
settings.load_profile("ballast")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository under test."""
    return ROOT
