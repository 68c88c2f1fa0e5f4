from __future__ import annotations

from pathlib import Path

import pytest

from ballast.findings import Tree
from ballast.graph import Graph, build


@pytest.fixture(scope="session")
def graph(root: Path) -> Graph:
    """The graph of this repository."""
    return build(Tree.read(root))
