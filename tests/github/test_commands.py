"""The commands as the workflows and people call them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.release.github.codeowners import codeowners
from ballast.repo import CannotRun, load
from tests.github.conftest import Hub
from tests.github.test_commits import git


def call(*words: str) -> tuple[int, str]:
    """Exit code and output; CannotRun comes through, `main` would print it."""
    done = CliRunner().invoke(build_app(words[0]), words)
    if isinstance(done.exception, CannotRun):
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "repo/alerts/services").mkdir(parents=True)
    (tmp_path / "repo/pyproject.toml").write_text("")
    git(tmp_path / "repo", "init", "-q", "-b", "main")
    git(tmp_path / "repo", "commit", "-q", "--allow-empty", "-m", "feat: begin")
    monkeypatch.chdir(tmp_path / "repo")
    monkeypatch.setenv("BALLAST_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    return tmp_path / "repo"


def test_commits(repo: Path) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "feature: x")
    code, out = call("github", "commits", "HEAD~1..HEAD")
    assert code == 1
    assert "feature is no type: write feat" in out
    code, out = call("github", "commits", "HEAD~1..HEAD", "--output", "json")
    assert json.loads(out)[0]["header"] == "feature: x"
    (repo / "message").write_text("# only comments\n")
    assert call("github", "commits", "--message", "message") == (0, "")
    with pytest.raises(CannotRun, match="name commits"):
        call("github", "commits")


def test_changelog(repo: Path) -> None:
    assert call("changelog", "--next") == (0, "0.1.0\n")
    git(repo, "tag", "v0.1.0")
    assert call("changelog", "--next") == (1, "")
    git(repo, "commit", "-q", "--allow-empty", "-m", "fix(a): x")
    code, out = call("changelog", "--output", "json")
    told: dict[str, Any] = json.loads(out)
    assert (code, told["last"], told["next"]) == (0, "v0.1.0", "0.1.1")
    assert "- **a**: x (" in call("changelog")[1]


def test_check_apply_check(repo: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BALLAST_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    (repo / ".github/environments").mkdir(parents=True)
    (repo / ".github/environments/staging.json").write_text('{"branches": ["develop"]}')
    where = ("--repository", "acme/ballast")
    code, out = call("github", "check", *where)
    assert code == 1
    assert "environment staging: is not there (.github/environments/staging.json)" in out
    assert call("github", "apply", *where) == (0, "environment staging: set\n")
    assert "github/apply" in (tmp_path / "audit.jsonl").read_text()
    assert call("github", "check", *where) == (0, "Nothing to apply.\n")
    assert json.loads(call("github", "check", *where, "--output", "json")[1]) == []
    assert call("github", "apply", *where) == (0, "It is as the files say.\n")


def test_an_issue_needs_a_text(repo: Path, hub: Hub) -> None:
    with pytest.raises(CannotRun, match="--title and --body"):
        call("github", "issue", "due", "--repository", "acme/ballast")
    assert call("github", "issue", "due", "--close", "--repository", "acme/ballast") == (0, "No issue due is open.\n")


@pytest.mark.parametrize(("command", "words"), [("check", []), ("commits", ["HEAD"]), ("roots", [])])
def test_an_unknown_format_is_said(repo: Path, command: str, words: list[str]) -> None:
    with pytest.raises(CannotRun, match="--output yaml: write"):
        call("github", command, *words, "--output", "yaml")


def test_owners(repo: Path) -> None:
    for name, owner in (("checkout", "team-payments"), ("gateway", "team-observability"), ("outside", '"@elsewhere/x"')):
        text = f"version: ballast/v1\nservice: {name}\nowner: {owner}\ntier: 1\n"
        (repo / f"alerts/services/{name}.yaml").write_text(text)
    assert codeowners(load(repo)) == {}  # nobody said which organisation
    (repo / "terraform").mkdir()
    (repo / "terraform/delivery.yaml").write_text("github: {repository: acme/x, owner: team-observability}\n")
    lines = codeowners(load(repo))[".github/CODEOWNERS"].splitlines()
    assert "* @acme/team-observability" in lines
    assert "/alerts/services/checkout.yaml @acme/team-payments" in lines
    assert "/runbooks/Checkout*.md @acme/team-payments @acme/team-observability" in lines
    assert not [line for line in lines if "gateway" in line]  # its owner owns everything else too


@pytest.mark.parametrize(
    ("script", "words"), [("gate.sh", []), ("gate.sh", ["feature"]), ("plan-summary.sh", ["nowhere", "x"])]
)
def test_scripts_say_how_they_are_called(root: Path, script: str, words: list[str]) -> None:
    done = subprocess.run([root / "scripts" / script, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, "usage: scripts/" in done.stderr) == (2, True)
