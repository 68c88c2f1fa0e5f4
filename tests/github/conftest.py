from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.github import fake_gh


class Hub:
    """GitHub as the tests see it: its state, and what was asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.path.read_text())) if self.path.exists() else json.loads(json.dumps(fake_gh.EMPTY))

    def change(self, **parts: Any) -> None:
        self.path.write_text(json.dumps(self.state | parts))

    @property
    def writes(self) -> list[str]:
        return [call for call in self.state["calls"] if not call.startswith("GET")]


def install(folder: Path) -> Path:
    """A program `gh` in a folder of its own; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "gh"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "{fake_gh.__file__}" "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    for name in [n for n in os.environ if n.startswith(("GITHUB_", "GH_", "BALLAST_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{install(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_GH", str(tmp_path / "hub.json"))
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    return Hub(tmp_path / "hub.json")
