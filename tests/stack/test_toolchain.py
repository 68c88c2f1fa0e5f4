"""Where the pinned binaries are found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.stack import tool
from ballast.stack.toolchain import toolchain_hash


@pytest.mark.parametrize("name", ["prometheus", "promtool", "alertmanager", "amtool"])
def test_the_built_binary_runs(name: str) -> None:
    assert subprocess.run([tool(name), "--version"], capture_output=True, check=False).returncode == 0


def test_the_hash_is_the_one_that_the_build_script_computes(root: Path) -> None:
    command = "source scripts/lib.sh; cd tools/toolchain/prometheus && cat go.mod go.sum build.env | sha256"
    said = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    assert toolchain_hash(root / "tools" / "toolchain" / "prometheus") == said


def test_an_override_is_used_and_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "promtool"
    other.write_text("#!/bin/sh\n")
    monkeypatch.setenv("BALLAST_TOOL_PROMTOOL", str(other))
    with pytest.raises(CannotRun, match="not an executable"):
        tool("promtool")
    other.chmod(0o755)
    assert tool("promtool") == other


def test_a_missing_tool_names_the_command_that_builds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "toolchain").symlink_to(root / "tools" / "toolchain")
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))
    with pytest.raises(CannotRun, match=r"run scripts/toolchain\.sh sloth"):
        tool("sloth")
    with pytest.raises(CannotRun, match="no such tool: jq"):
        tool("jq")
