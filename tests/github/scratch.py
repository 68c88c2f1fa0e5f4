"""A small copy of this repository for workflows to run in: its scripts and services, and roots without providers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.github.test_commits import git

ROOT = Path(__file__).resolve().parents[2]
COPIED = [
    ".github",
    ".gitignore",
    "Makefile",
    "alerts",
    "ansible/inventories",
    "images",
    "pyproject.toml",
    "requirements.lock",
    "runbooks",
    "scripts",
    "terraform/environments",
    "terraform/prices.csv",
    "terraform/schemas",
    "tools/toolchain",
]
MAIN = 'terraform {\n  backend "local" {}\n}\n\nresource "terraform_data" "this" {\n  input = "one"\n}\n'
DELIVERY = """\
environments:
  production: {{ approvals: 1, watch_minutes: 0.001 }}
  staging: {{ approvals: 0, watch_minutes: 0.001 }}
github:
  repository: acme/ballast
  environments: {{ production: production, staging: staging }}
  issuer: {issuer}
smoke:
  - {{ name: it is there, roots: ["*"], run: ["true"] }}
"""


def make(folder: Path, issuer: str = "http://127.0.0.1:1", signers: str = "") -> Path:
    """The repository, committed; the states of its roots lie beside it."""
    repo, states = folder / "origin", folder / "states"
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, repo / name, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        elif (ROOT / name).exists():
            (repo / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, repo / name)
    for versions in (repo / "terraform/environments").glob("*/*/*/versions.tf"):
        root = versions.parent
        for path in root.iterdir():
            path.unlink()
        slug = "-".join(root.parts[-3:])
        (root / "main.tf").write_text(MAIN)
        (root / "versions.tf").write_text("")
        (root / "backend.hcl").write_text(f'path = "{states / slug}.tfstate"\n')
    for service in (repo / "alerts/services").glob("*.yaml"):
        if service.stem not in ("checkout", "catalog"):  # the freeze gate asks for each, a second a service
            service.unlink()
    (repo / "terraform/delivery.yaml").write_text(DELIVERY.format(issuer=issuer))
    (repo / "alerts/allowed-signers").write_text(signers)
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "chore: begin")
    return repo


def commit(repo: Path, message: str) -> str:
    """Commit everything; the commit."""
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", message)
    return git(repo, "rev-parse", "HEAD").strip()


def commit_empty(repo: Path, message: str) -> str:
    """A commit without a change."""
    git(repo, "commit", "-q", "--allow-empty", "-m", message)
    return git(repo, "rev-parse", "HEAD").strip()


def fresh(repo: Path, clone: Path) -> None:
    """A clone where what takes minutes is there already: the environment and the binaries of this checkout."""
    git(repo, "clone", "-q", "--shared", str(repo), str(clone))
    git(clone, "config", "user.email", "runner@acme.example")
    made = clone / ".ballast"
    (made / "venv").mkdir(parents=True)
    (made / "checkov-venv").mkdir()
    _own_ballast(made / "venv")
    (made / "toolchain").symlink_to(ROOT / ".ballast/toolchain")
    python = (clone / "pyproject.toml").read_text().partition("\n[tool.")[0] + "\n"
    own = b"".join((clone / name).read_bytes() for name in ("requirements.lock", "scripts/uv.lock", "scripts/bootstrap.sh"))
    (made / "venv/.stamp").write_text(f"{_hash(own + python.encode())}-{clone}\n")
    checkov = b"".join((clone / name).read_bytes() for name in ("scripts/checkov.lock", "scripts/checkov.sh"))
    (made / "checkov-venv/.stamp").write_text(f"{_hash(checkov)}-{clone}\n")


def _own_ballast(venv: Path) -> None:
    """The programs of this checkout's environment; `ballast` believes to be in that of the clone, where there is no checkov."""
    (venv / "bin").mkdir()
    for path in (ROOT / ".ballast/venv/bin").iterdir():
        if path.name != "ballast":
            (venv / "bin" / path.name).symlink_to(path)
    code = f"import sys; sys.prefix = {str(venv)!r}; from ballast.cli import main; main()"
    (venv / "bin/ballast").write_text(f'#!/bin/sh\nexec \'{sys.executable}\' -c "{code}" "$@"\n')
    (venv / "bin/ballast").chmod(0o755)


def shims(folder: Path) -> None:
    """Programs that would change this machine, or take minutes, say what they would do: make -n, sudo, docker."""
    folder.mkdir(parents=True, exist_ok=True)
    make_ = shutil.which("make")
    (folder / "make").write_text(f'#!/bin/sh\nexec "{make_}" -n "$@"\n')
    (folder / "sudo").write_text('#!/bin/sh\ncommand -v "$1" >/dev/null || echo "no $1 on this machine"\n')
    (folder / "docker").write_text('#!/bin/sh\necho "docker $*"\n')
    for name in ("make", "sudo", "docker"):
        (folder / name).chmod(0o755)


def environment(folder: Path) -> dict[str, str]:
    """This process' variables without those that a workflow or a test sets."""
    dropped = ("BALLAST_", "GITHUB_", "GH_", "ACTIONS_", "TF_", "RUNNER_", "COVERAGE")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return clean | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "CI": "true", "CHECKPOINT_DISABLE": "1"}


def state(folder: Path, slug: str) -> str:
    """A root's state, as text; empty before there is one."""
    path = folder / "states" / f"{slug}.tfstate"
    return path.read_text() if path.exists() else ""


def run(*words: str, cwd: Path) -> str:
    """A program's output."""
    return subprocess.run(words, cwd=cwd, check=True, capture_output=True, text=True).stdout


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
