"""A key that counts, and logs that it signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ballast.audit import Book, Entry, Seen, Verdict, append, snapshot, trusted, verify

ROOT = Path(__file__).parents[2]
AUDIT = ("KEY", "KEY_FILE", "KEY_VAULT", "NAME", "LOG", "GIT", "GIT_REMOTE", "BUCKET", "DATABASE_URL", "RETENTION_DAYS")
VARIABLES = (*(f"BALLAST_AUDIT_{name}" for name in AUDIT), "GITHUB_RUN_ID", "GITHUB_ACTOR", "BALLAST_ACTOR")


def new_key(path: Path, mode: PrivateFormat = PrivateFormat.OpenSSH) -> str:
    """Writes a private key, and returns its public key's line."""
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, mode, NoEncryption()))
    path.chmod(0o600)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def entry(number: int = 0, **details: object) -> Entry:
    return Entry("ada", "chaos/other", f"checkout {number}", "ok", "a test", {"n": number, **details})


@dataclass
class SignedLog:
    """A log whose head is signed by a key that counts."""

    path: Path
    key: Path
    signers: Path
    keys: dict[bytes, str] = field(default_factory=dict)

    def write(self, count: int = 1, start: int = 0) -> None:
        for number in range(start, start + count):
            append(entry(number), self.path)

    def store(self) -> tuple[list[bytes], Book]:
        with snapshot(self.path) as (lines, book):
            assert book is not None
            return lines, book

    def witnessed(self) -> Seen:
        return Seen(self.store()[1].signed, "a witness")

    def verify(self, *seen: Seen) -> Verdict:
        lines, book = self.store()
        return verify(lines, book, self.keys, seen)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SignedLog:
    key, signers = tmp_path / "audit.key", tmp_path / "signers"
    public = new_key(key)
    signers.write_text(f'audit@acme.example namespaces="ballast-audit" {public}\n')
    monkeypatch.setenv("BALLAST_AUDIT_KEY_FILE", str(key))
    monkeypatch.setenv("BALLAST_AUDIT_NAME", "here")
    monkeypatch.setenv("BALLAST_AUDIT_LOG", str(tmp_path / "log"))
    return SignedLog(tmp_path / "log", key, signers, trusted(signers))
