"""What every test may use: the repository's root and the real binaries."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# How fast this machine is at the moment says nothing about the code.
settings.register_profile("ballast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ballast")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository under test."""
    return ROOT
