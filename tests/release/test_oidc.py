"""A GitHub environment's approval, against a server that speaks GitHub's token and approvals endpoints."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from ballast.release import Bundle, apply_bundle, approvals, approve_by_github
from ballast.repo import CannotRun
from tests.release.conftest import Place


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class GitHub:
    """Signs what a runner asks for; `claims` and `approved` are what the tests turn."""

    key: rsa.RSAPrivateKey
    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    approved: list[dict[str, Any]] = field(default_factory=list)

    def token(self, audience: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": audience,
            "repository": "acme/ballast",
            "environment": "production",
            "iat": now,
            "exp": now + 300,
            **self.claims,
        }
        signed = f"{encoded(json.dumps({'alg': 'RS256', 'kid': 'one'}).encode())}.{encoded(json.dumps(claims).encode())}"
        return f"{signed}.{encoded(self.key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"

    def answer(self, path: str, query: dict[str, list[str]]) -> Any:
        if path == "/token":
            return {"value": self.token(query["audience"][0])}
        if path == "/.well-known/jwks":
            n, e = self.key.public_key().public_numbers().n, self.key.public_key().public_numbers().e
            return {"keys": [{"kid": "one", "kty": "RSA", "n": encoded(n.to_bytes(256)), "e": encoded(e.to_bytes(3))}]}
        return self.approved if path == "/repos/acme/ballast/actions/runs/7/approvals" else None


@pytest.fixture(scope="module")
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def github(signing_key: rsa.RSAPrivateKey, place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    fake = GitHub(signing_key)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path != "/.well-known/jwks" and self.headers["Authorization"] != "Bearer secret":
                self.send_error(401)
                return
            body = json.dumps(fake.answer(asked.path, parse_qs(asked.query))).encode()
            self.send_response(200 if body != b"null" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    place.settings(
        f"environments:\n  production: {{ watch_minutes: 0 }}\n"
        f"github:\n  repository: acme/ballast\n  environments: {{ production: production }}\n  issuer: {fake.url}\n"
    )
    place.commit("github")
    fake.claims["sha"] = commit(place)
    fake.approved = [{"state": "approved", "user": {"login": "ada"}, "environments": [{"name": "production"}]}]
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{fake.url}/token?api-version=2.0")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
    monkeypatch.setenv("GITHUB_API_URL", fake.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/ballast")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("BALLAST_ACTOR", "github:bob")
    yield fake
    server.shutdown()
    server.server_close()


def commit(place: Place) -> str:
    from tests.release.conftest import git

    return git(place.repo, "rev-parse", "HEAD").strip()


def test_the_environments_reviewer_approves(github: GitHub, place: Place) -> None:
    bundle = place.plan(author="", key_file=None)
    path = approve_by_github(place.repo, bundle)
    done = apply_bundle(place.repo, place.path, told=lambda _: None)
    assert done.checks["empty plan"] == "held"
    github.approved[0]["user"]["login"] = "eve"  # the file says ada, GitHub says eve
    from datetime import UTC, datetime

    holding, refused = approvals(place.repo, bundle, datetime.now(UTC))
    assert holding == []
    assert "is not among those who approved" in refused[0]
    assert path.name.endswith("github-ada.approval")


@pytest.mark.parametrize(
    ("claim", "value", "why"),
    [
        ("aud", "ballast-plan:" + "0" * 64, "another aud"),
        ("repository", "mallory/ballast", "another repository"),
        ("environment", "staging", "another environment"),
        ("sha", "0" * 40, "another sha"),
        ("iss", "https://example.org", "another iss"),
        ("exp", 1, "has expired"),
    ],
)
def test_a_token_for_anything_else_is_refused(github: GitHub, place: Place, claim: str, value: object, why: str) -> None:
    bundle = place.plan()
    github.claims[claim] = value
    with pytest.raises(CannotRun, match=why):
        approve_by_github(place.repo, bundle)


def test_a_token_that_github_did_not_sign_is_refused(github: GitHub, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = place.plan()
    good = github.token(f"ballast-plan:{bundle.manifest.digest}")
    head, claims, signature = good.split(".")
    other = encoded(json.dumps({"alg": "none", "kid": "one"}).encode())
    for bad in (f"{head}.{claims}.{signature[:-8]}AAAAAAA", f"{other}.{claims}.", f"{head}.{claims}", "", "a.b.c"):
        monkeypatch.setattr("ballast.release.oidc.request_token", lambda _digest, bad=bad: bad)
        with pytest.raises(CannotRun, match=r"token is"):
            approve_by_github(place.repo, bundle)


def test_the_author_is_no_reviewer(github: GitHub, place: Place) -> None:
    bundle: Bundle = place.plan()
    for people in ([], [{"state": "approved", "user": {"login": "Bob"}}], [{"state": "rejected", "user": {"login": "ada"}}]):
        github.approved = people
        with pytest.raises(CannotRun, match="nobody but the author approved"):
            approve_by_github(place.repo, bundle)


def test_outside_a_job_there_is_no_token(github: GitHub, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = place.plan()
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    with pytest.raises(CannotRun, match="id-token: write"):
        approve_by_github(place.repo, bundle)
    monkeypatch.setenv("GITHUB_TOKEN", "wrong")
    with pytest.raises(CannotRun, match="did not answer as it should"):
        approve_by_github(place.repo, bundle)
