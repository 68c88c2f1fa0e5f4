"""Certificates of one authority trust each other under their names, and nobody else's."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.stack import Authority, Certificate


def handshake(server: Certificate, client: Certificate, trusted: Path, name: str) -> None:
    """A TLS handshake in memory with both sides' certificates required. Raises ssl.SSLError when a side refuses the other."""
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(trusted))
    ours.verify_mode = ssl.CERT_REQUIRED
    ours.load_cert_chain(server.cert, server.key)
    theirs = ssl.create_default_context(cafile=str(trusted))
    theirs.load_cert_chain(client.cert, client.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [ours.wrap_bio(up, down, server_side=True), theirs.wrap_bio(down, up, server_hostname=name)]
    done: set[int] = set()
    while len(done) < 2:
        for number, side in enumerate(sides):
            try:
                side.do_handshake()
                done.add(number)
            except ssl.SSLWantReadError:
                pass


def test_names_and_authorities(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "a"), Authority(tmp_path / "b", "stranger")
    server = authority.issue("server", ["api.example.svc"])
    client = authority.issue("client", organization="people")
    assert server.ca.read_bytes() == authority.cert.read_bytes()
    for name in ("server", "api.example.svc", "localhost", "127.0.0.1"):
        handshake(server, client, authority.cert, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(server, client, authority.cert, "other.example.svc")
    with pytest.raises(ssl.SSLError, match="verify failed"):
        handshake(server, stranger.issue("client"), authority.cert, "server")


def test_without_openssl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match="install openssl"):
        Authority(tmp_path / "a")
