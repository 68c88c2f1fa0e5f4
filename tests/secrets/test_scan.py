"""Secrets are found where they stand; what is none is left alone."""

from __future__ import annotations

import base64
import json
import secrets
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.audit import redact
from ballast.secrets import scan
from ballast.secrets.scan import fingerprint
from ballast.secrets.shapes import SHAPES
from tests.secrets.made_up import letters, tokens


@pytest.mark.parametrize("shape", sorted(tokens(0)))
@pytest.mark.parametrize("seed", range(5))
def test_a_token_of_each_issuer(shape: str, seed: int) -> None:
    token = tokens(seed)[shape]
    for text in (token, f'x = "{token}"', f"<a href='{token}'>", f"- {token}\r\n"):
        (hit,) = scan(text.encode())
        assert (hit.shape, hit.fingerprint, hit.width) == (shape, fingerprint(token.encode()), len(token)), text
        assert token not in hit.hint


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(sorted(tokens(0))),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["L", "N", "Cs"]), max_size=40),
    st.text(alphabet="\n \té→", max_size=20),
)
def test_it_stands_at_its_line_and_column(seed: int, shape: str, before: str, after: str) -> None:
    """Columns are characters, whatever their bytes; lines end with LF."""
    before = "".join(c for c in before if c not in "/:@_-.+=~'\"\\%&#$!?*<>^`|{}[]()") + " "
    token = tokens(seed)[shape]
    hits = [hit for hit in scan(f"{before}{token}\n{after}".encode()) if hit.shape == shape]
    lines = before.split("\n")
    assert [(hit.line, hit.column) for hit in hits] == [(len(lines), len(lines[-1]) + 1)]


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 10**9),
    st.integers(16, 64),
    st.sampled_from(["password", "API_KEY", "client-secret", "db.token", "routingKey"]),
)
def test_a_random_value_under_a_telling_name(seed: int, length: int, name: str) -> None:
    value = letters(seed, length)
    missed = value.rstrip(string.digits).isalpha()  # one in some hundreds; letters with a number after them are read as words
    for line in (f"{name}: {value}", f'{name} = "{value}"', f'{{"{name}":"{value}"}}', f"export {name}='{value}'"):
        assert missed or any(hit.fingerprint == fingerprint(value.encode()) for hit in scan(line.encode())), line


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_anything_can_be_read(data: bytes) -> None:
    for hit in scan(data):
        assert hit.line >= 1
        assert hit.column >= 1


@pytest.mark.parametrize(
    "line",
    [
        "password: ${DB_PASSWORD}",
        "password: {{ vault_password }}",
        "token = var.gateway_token1",
        'secret = "projects/acme/secrets/gateway1"',
        "api_key: changeme123",
        "secret_name: gateway-keys-v2",
        'token: "<your token 1>"',
        "token=$(cat /run/token1)",
        "passwordFrom: secretKeyRef1.name",
        "https://user:${PASSWORD}@host",
        "https://example.com:8443/a@b",
        "git@github.com:acme/ballast.git",
        "client_secret = hashlib.sha256(a1).hexdigest()",
        "key: 2026-11-24T10:00:00Z",
        "token_ttl: 3600",
        "uses: actions/checkout@0123456789012345678901234567890123456789",
        "image: x@sha256:" + "ab" * 32,
    ],
)
def test_what_is_none(line: str) -> None:
    assert scan(line.encode()) == []


@pytest.mark.parametrize("shape", sorted(tokens(0)))
def test_what_is_found_in_files_stays_out_of_the_audit_log(shape: str) -> None:
    """Two lists, for two purposes: the log leaves out more than a search may call a secret, and nothing less."""
    for seed in range(5):
        token = tokens(seed)[shape]
        assert token not in redact(f"it was {token} yesterday"), shape


def test_private_keys_and_what_is_in_them_twice() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    for form in (
        serialization.PrivateFormat.PKCS8,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.PrivateFormat.OpenSSH,
    ):
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
        assert [hit.shape for hit in scan(pem.encode())] == ["private-key"]
        assert [hit.shape for hit in scan(json.dumps({"key": pem}).encode())] == ["private-key"]
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert scan(public) == []


def test_a_secret_in_state_and_plan() -> None:
    word = "Correct1Horse"
    state = {
        "terraform_version": "1.15.5",
        "resources": [{"type": "random_password", "instances": [{"attributes": {"result": word}}]}],
    }
    plan = {"terraform_version": "1.15.5", "planned_values": {"root_module": {"resources": [
        {"type": "kubernetes_secret_v1", "values": {"data": {"user": word}, "metadata": [{"name": "gateway1"}]}},
        {"type": "aws_db_instance", "values": {"password": None, "username": "app"}},
    ]}}}  # fmt: skip
    for document in (state, plan):
        for indent in (None, 2):
            (hit,) = scan(json.dumps(document, indent=indent).encode())
            assert (hit.shape, hit.fingerprint) == ("terraform-secret", fingerprint(word.encode()))


def test_a_scan_is_quick_on_what_is_made_to_be_slow() -> None:
    """No shape goes back over its own steps: a megabyte of each beginning ends."""
    for shape in SHAPES:
        for literal in shape.literals:
            scan(literal * (50_000 // len(literal)))
            scan((literal + b" ") * (50_000 // len(literal)) + base64.b64encode(secrets.token_bytes(1000)))


def test_no_shape_is_there_without_a_token_that_proves_it() -> None:
    by_hand = {
        "private-key", "putty-key", "aws-secret", "azure-storage", "slack-webhook", "teams-webhook", "discord-webhook", "jsm",
        "pagerduty", "atlassian", "npmrc", "docker-config", "openai", "sentry", "tailscale", "url-password", "authorization",
        "kubeconfig",
    }  # fmt: skip
    assert {shape.id for shape in SHAPES} == set(tokens(0)) | by_hand


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        ("putty-key", "PuTTY-User-Key-File-" + "3: ssh-ed25519"),
        ("aws-secret", "aws_secret_access" + "_key = " + letters(3, 40)),
        ("azure-storage", "AccountName=a;Account" + "Key=" + letters(4, 86) + "=="),
        ("slack-webhook", "https://hooks.slack" + ".com/services/T0AB12CD3/B0AB12CD3/" + letters(5, 24)),
        (
            "teams-webhook",
            "https://acme.webhook.office" + ".com/webhookb2/" + "1f2e3d4c-5b6a-7988-1f2e-3d4c5b6a7988@" + "x" * 40,
        ),
        ("discord-webhook", "https://discord" + ".com/api/webhooks/123456789012345678/" + letters(6, 68)),
        ("pagerduty", "PAGERDUTY_" + "API_KEY=" + letters(7, 19) + "1"),
        ("jsm", "Authorization: Genie" + "Key 1f2e3d4c-5b6a-7988-1f2e-3d4c5b6a7988"),
        ("atlassian", "ATA" + "TT3" + letters(8, 70)),
        ("npmrc", "//registry.acme.example/:_auth" + "Token=" + letters(9, 36)),
        ("docker-config", '{"auths": {"r": {"au' + 'th": "' + letters(10, 24) + '"}}}'),
        ("openai", "sk" + "-proj-" + letters(11, 60)),
        ("sentry", "sntr" + "ys_" + letters(12, 60)),
        ("tailscale", "ts" + "key-auth-" + letters(13, 12) + "-" + letters(14, 24)),
        ("url-password", "redis://:" + letters(15, 12) + "@cache:6379"),
        ("authorization", 'curl -H "Authorization: Bea' + "rer " + letters(16, 30) + '"'),
        ("kubeconfig", "    client-key" + "-data: " + letters(17, 80)),
    ],
)
def test_forms_that_need_their_surroundings(shape: str, line: str) -> None:
    assert shape in {hit.shape for hit in scan(line.encode())}
