"""What a plan was made from: the commit, the files, the state."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ballast.repo import CannotRun, git
from ballast.terraform import Workspace, mode_from

TREES = ("terraform", "alerts", "dashboards")
"""Roots read nothing else of the repository."""
_LEFT_OUT = {".terraform", "__pycache__"}
_STATES = ("terraform.tfstate", ".terraform.tfstate.lock.info", ".ballast-")


@dataclass(frozen=True, slots=True)
class State:
    """Which state a plan was made against; `lineage` is empty before there is one."""

    lineage: str
    serial: int

    def __str__(self) -> str:
        return f"serial {self.serial} of {self.lineage}" if self.lineage else "no state"


def workspace(root: Path) -> Workspace:
    """A workspace that initialises a real backend with the root's backend.hcl."""
    env = dict(os.environ)
    if mode_from(env) == "real" and (root / "backend.hcl").is_file():
        env["TF_CLI_ARGS_init"] = f"{env.get('TF_CLI_ARGS_init', '')} -backend-config=backend.hcl".strip()
    return Workspace(root, env=env, announce=False)


def state_of(tf: Workspace) -> State:
    """The state's lineage and serial, as the backend has them. Raises CannotRun when it cannot be read."""
    done = tf.run("state", "pull", capture=True)
    if done.returncode:
        raise CannotRun(f"the state of {tf.root} cannot be read:\n{done.stderr.strip()}")
    if not done.stdout.strip():
        return State("", 0)
    try:
        state = json.loads(done.stdout)
        return State(str(state["lineage"]), int(state["serial"]))
    except (ValueError, KeyError, TypeError):
        raise CannotRun(f"the state of {tf.root} is none: `ballast tf exec {tf.root} -- state pull` shows it") from None


def commit_of(repo: Path) -> tuple[str, bool]:
    """The commit that is checked out, and whether the files that roots read are as it has them."""
    head = _git(repo, "rev-parse", "HEAD")
    return head.strip(), not _git(repo, "status", "--porcelain", "--", *(t for t in TREES if (repo / t).exists()))


def git_person(repo: Path) -> list[str]:
    """The e-mail addresses behind a plan: who works here, and who wrote the commit."""
    found = []
    for words in (("config", "user.email"), ("log", "-1", "--format=%ae")):
        try:
            found.append(_git(repo, *words).strip())
        except CannotRun:
            continue
    return [name for name in found if name]


def _git(repo: Path, *words: str) -> str:
    return git(repo, *words).decode()


def sources(repo: Path) -> str:
    """The SHA-256 of every file that a root may read, by name and content. States and provider caches are left out."""
    digest = hashlib.sha256()
    for path in sorted(_files(repo)):
        digest.update(path.relative_to(repo).as_posix().encode() + b"\0")
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()


def _files(repo: Path) -> Iterator[Path]:
    for tree in TREES:
        for folder, folders, names in os.walk(repo / tree):
            folders[:] = [name for name in folders if name not in _LEFT_OUT]
            for name in names:
                if not name.startswith(_STATES):
                    yield Path(folder, name)
