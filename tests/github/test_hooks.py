"""Git's hooks, run by Git, and the script that installs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.github import scratch
from tests.github.test_commits import git

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with our scripts, hooks and environment."""
    origin = scratch.make(tmp_path)
    shutil.copytree(scratch.ROOT / ".githooks", origin / ".githooks")
    scratch.commit(origin, "build: hooks")
    scratch.fresh(origin, tmp_path / "repo")
    return tmp_path / "repo"


def run(repo: Path, *words: str, **env: str) -> tuple[int, str]:
    clean = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith(("GIT_", "BALLAST_"))}
    done = subprocess.run(words, cwd=repo, env=clean | env, capture_output=True, text=True, timeout=900, check=False)
    return done.returncode, done.stdout + done.stderr


def hooks(repo: Path) -> str:
    return run(repo, "git", "config", "core.hooksPath")[1].strip()


def commit(repo: Path, message: str, *paths: str) -> tuple[int, str]:
    git(repo, "add", *paths)
    return run(repo, "git", "-c", "user.name=Bob", "-c", "commit.gpgsign=false", "commit", "-m", message, "--", *paths)


def test_setup_installs_them_and_leaves_others_alone(repo: Path) -> None:
    code, said = run(repo, "scripts/hooks.sh")
    assert (code, hooks(repo)) == (0, ".githooks")
    assert "installed" in said
    assert run(repo, "scripts/hooks.sh") == (0, "")
    git(repo, "config", "core.hooksPath", "/elsewhere")
    code, said = run(repo, "scripts/hooks.sh")
    assert (code, hooks(repo)) == (0, "/elsewhere")
    assert "it was left" in said


def test_no_repository_no_hooks_and_no_failure(repo: Path, tmp_path: Path) -> None:
    shutil.copytree(repo / "scripts", tmp_path / "archive/scripts")
    code, said = run(tmp_path / "archive", "scripts/hooks.sh", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert code == 0
    assert "were not installed" in said
    assert run(repo, "scripts/hooks.sh", CI="true") == (0, "")


def test_git_runs_them(repo: Path) -> None:
    run(repo, "scripts/hooks.sh")
    head = git(repo, "rev-parse", "HEAD")
    (repo / "scripts/new.sh").write_text("#!/usr/bin/env bash\nrm -rf $1/x\n")
    code, said = commit(repo, "feat: a script", "scripts/new.sh")
    assert code == 1
    assert "SC2086" in said
    (repo / "scripts/new.sh").write_text('#!/usr/bin/env bash\necho "$1"\n')
    code, said = commit(repo, "A script", "scripts/new.sh")
    assert code == 1
    assert "write `type(scope): what it does`" in said
    assert git(repo, "rev-parse", "HEAD") == head
    key = "AKIA" + "QZ7T3FKD2MWX5PLA"
    (repo / "notes.txt").write_text(f"aws_access_key_id = {key}\n")
    code, said = commit(repo, "docs: notes", "notes.txt")
    assert code == 1, said
    assert "secrets/leak" in said
    assert key not in said


def test_a_message_that_is_well(repo: Path) -> None:
    (repo / "message").write_text("feat: a script\n\n# comment\n")
    assert run(repo, ".githooks/commit-msg", "message") == (0, "")


def test_without_the_environment_they_say_how_to_make_it(repo: Path) -> None:
    run(repo, "scripts/hooks.sh")
    (repo / ".ballast/venv/bin/ballast").unlink()
    (repo / "a.txt").write_text("a")
    code, said = commit(repo, "docs: a", "a.txt")
    assert code == 1
    assert "make setup" in said
