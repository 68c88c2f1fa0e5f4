"""A repository of one production root without providers: the core is real, its state is a file beside the root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ballast.audit import read
from ballast.release import Bundle, make_bundle
from ballast.repo import CannotRun

ROOT = "terraform/environments/production/aws/tiny"
MAIN = 'resource "terraform_data" "this" {\n  input = "one"\n}\n'


def git(repo: Path, *words: str) -> str:
    identity = ["-c", "user.name=Bob", "-c", "user.email=bob@acme.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *words], cwd=repo, check=True, capture_output=True, text=True).stdout


def new_key(folder: Path, name: str) -> tuple[Path, str]:
    """A private key's file, and the public key's line."""
    key = Ed25519PrivateKey.generate()
    path = folder / f"{name}.key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    return path, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


class Place:
    """The repository, whose plans Bob makes and Ada and Eve may approve."""

    def __init__(self, folder: Path) -> None:
        self.repo, self.root = folder / "repo", folder / "repo" / ROOT
        self.keys = folder / "keys"
        self.path = folder / "tiny.bundle"
        self.root.mkdir(parents=True)
        self.keys.mkdir()
        (self.repo / "alerts").mkdir()
        lines = []
        for name in ("ada", "bob", "eve"):
            _, public = new_key(self.keys, name)
            lines.append(f"{name}@acme.example {public}\n")
        (self.repo / "alerts/allowed-signers").write_text("".join(lines))
        (self.repo / ".gitignore").write_text("*.tfstate*\n.terraform/\n.ballast/\nbuild/\n")
        (self.root / "main.tf").write_text(MAIN)
        self.settings("environments:\n  production: { watch_minutes: 0 }\n")
        git(self.repo, "init", "-q", "-b", "main")
        git(self.repo, "config", "user.email", "bob@acme.example")
        self.commit("begin")

    def settings(self, text: str) -> None:
        (self.repo / "terraform/delivery.yaml").write_text(text)

    def commit(self, why: str) -> None:
        git(self.repo, "add", "-A")
        git(self.repo, "commit", "-q", "-m", why)

    def key(self, name: str) -> Path:
        return self.keys / f"{name}.key"

    def plan(self, path: Path | None = None, **more: Any) -> Bundle:
        """A repair, which passes the gate though there is no ledger; Bob signs it."""
        options: dict[str, Any] = {"change_type": "reliability", "services": ["checkout"], "policies": False}
        options |= {"author": "bob@acme.example", "key_file": self.key("bob")}
        return make_bundle(self.repo, self.root, path or self.path, **options | more)

    def entries(self, what: str = "tf/apply") -> list[str]:
        import json

        try:
            return [one["result"] for one in map(json.loads, read()) if one["what"] == what]
        except CannotRun:
            return []


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in [n for n in os.environ if n.startswith(("BALLAST_", "GITHUB_", "TF_CLI"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BALLAST_TF_MODE", "real")
    monkeypatch.setenv("BALLAST_ACTOR", "bob")
    monkeypatch.setenv("BALLAST_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    monkeypatch.setenv("BALLAST_LEDGER_URL", "postgresql://127.0.0.1:1/none?connect_timeout=1")
    return Place(tmp_path)


@pytest.fixture
def silent() -> Callable[[str], None]:
    return lambda _words: None
