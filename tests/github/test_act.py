"""act, which is not ours, runs the workflows on this machine and agrees with tests/github/runner.py.

Actions of others are replaced by folders (`--local-repository`): there is no GitHub to fetch them from. Checkout is act's own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ballast.repo import CannotRun
from ballast.stack import tool
from tests.github import conftest, scratch

pytestmark = pytest.mark.soak

UPLOAD = 'mkdir -p "$ARTIFACTS/$NAME" && cp -r $FROM/. "$ARTIFACTS/$NAME/"'
DOWNLOAD = 'mkdir -p "$TO" && cp -r "$ARTIFACTS"/. "$TO/"'


def action(folder: Path, script: str, **env: str) -> Path:
    """A composite action that runs one script."""
    folder.mkdir(parents=True)
    inputs = {name: {"description": name, "default": ""} for name in ("name", "path", "pattern", "ref")}
    step = {"shell": "bash", "run": script, "env": env}
    text = {"name": folder.name, "description": "stub", "inputs": inputs, "runs": {"using": "composite", "steps": [step]}}
    (folder / "action.yml").write_text(yaml.safe_dump(text))
    return folder


class Act:
    """A clone in which act runs, and what stands for GitHub."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = scratch.make(folder)
        # act copies the clone elsewhere: the environment is that of this checkout, wherever it is asked for.
        for name in ("bootstrap", "checkov"):
            (self.origin / f"scripts/{name}.sh").write_text("#!/bin/sh\n")
        scratch.commit(self.origin, "test: stubs")
        self.bin = conftest.install(folder / "bin")
        scratch.shims(self.bin)
        self.artifacts = folder / "artifacts"
        upload = action(folder / "stubs/upload", UPLOAD, NAME="${{ inputs.name }}", FROM="${{ inputs.path }}")
        download = action(folder / "stubs/download", DOWNLOAD, TO="${{ inputs.path }}")
        # act knows checkout, but not of another ref.
        checkout = action(folder / "stubs/checkout", 'cp -a "$CLONE/." .')
        self.nothing = action(folder / "stubs/nothing", "true")
        self.stubs = {
            "actions/upload-artifact": upload,
            "actions/download-artifact": download,
            "actions/checkout": checkout,
        }
        self.clones = 0

    def run(self, event: str, workflow: str, payload: dict[str, object]) -> tuple[int, str]:
        self.clones += 1
        clone = self.folder / f"clone-{self.clones}"
        scratch.fresh(self.origin, clone)
        (self.folder / "event.json").write_text(json.dumps(payload))
        words = [
            str(tool("act")),
            event,
            "--workflows",
            f".github/workflows/{workflow}",
            "--eventpath",
            str(self.folder / "event.json"),
        ]
        words += ["--use-gitignore=false", "--no-cache-server", "--concurrent-jobs", "1", "--secret", "GITHUB_TOKEN=secret"]
        for label in ("ubuntu-24.04", "self-hosted"):
            words += ["--platform", f"{label}=-self-hosted"]
        for path in sorted((clone / ".github").rglob("*.yml")):
            for line in path.read_text().splitlines():
                name, separator, commit = line.partition("uses: ")[2].partition("@")
                if separator and commit:
                    words += ["--local-repository", f"{name}@{commit.split()[0]}={self.stubs.get(name, self.nothing)}"]
        env = {
            "FAKE_GH": self.folder / "hub.json",
            "GITHUB_REPOSITORY": "acme/ballast",
            "ARTIFACTS": self.artifacts,
            "CLONE": clone,
        }
        for key, value in env.items():
            words += ["--env", f"{key}={value}"]
        for key, value in {"AWS_ROLE": "x", "AWS_REGION": "eu-west-1"}.items():
            words += ["--var", f"{key}={value}"]
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        given = scratch.environment(self.bin) | {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
        done = subprocess.run(words, cwd=clone, env=given, capture_output=True, text=True, timeout=900, check=False)
        sys.stdout.write(done.stdout)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def act(tmp_path: Path) -> Act:
    try:
        tool("act")
    except CannotRun:
        subprocess.run([scratch.ROOT / "scripts/toolchain.sh", "act"], check=True)
    return Act(tmp_path)


def test_due(act: Act) -> None:
    code, out = act.run("schedule", "due.yml", {})
    assert code == 0, out
    hub = conftest.Hub(act.folder / "hub.json")
    assert hub.state["calls"][0].startswith("GET repos/acme/ballast/issues?")


def test_the_plans_of_a_pull_request(act: Act) -> None:
    base = scratch.git(act.origin, "rev-parse", "HEAD").strip()
    (act.origin / "terraform/environments/staging/aws/cluster/main.tf").write_text(scratch.MAIN.replace("one", "two"))
    scratch.commit(act.origin, "feat(terraform): two")
    pull = {"number": 7, "base": {"sha": base}, "head": {"repo": {"full_name": "acme/ballast"}}}
    payload = {"pull_request": pull, "repository": {"full_name": "acme/ballast", "name": "ballast", "owner": {"login": "acme"}}}
    code, out = act.run("pull_request", "plan.yml", payload)
    assert code == 0, out
    (comment,) = conftest.Hub(act.folder / "hub.json").state["comments"].values()
    assert "| `staging/aws/cluster` | 1 create | real |" in comment["body"]
