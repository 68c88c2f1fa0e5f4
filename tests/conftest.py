"""What every test may use: the repository's root and the real binaries."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository under test."""
    return ROOT
