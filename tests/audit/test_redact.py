"""Secrets stay out of the log: by name, by form, by randomness, and those that are known."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import pytest

from ballast.audit import Entry, append, plan_secrets, redact

HEX = "0123456789abcdef"
LETTERS = string.ascii_letters + string.digits


def chance(alphabet: str, length: int, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))


TOKENS = {
    "aws access key": f"AKIA{chance(string.ascii_uppercase, 16)}",
    "github": f"ghp_{chance(LETTERS, 36)}",
    "github, fine": f"github_pat_{chance(LETTERS, 22)}_{chance(LETTERS, 40)}",
    "gitlab": f"glpat-{chance(LETTERS, 20)}",
    "vault": f"hvs.{chance(LETTERS, 24)}",
    "vault, old": f"s.{chance(LETTERS, 24)}",
    "slack": f"xoxb-{chance(string.digits, 12)}-{chance(LETTERS, 24)}",
    "google": f"AIza{chance(LETTERS, 35)}",
    "google oauth": f"ya29.{chance(LETTERS, 60)}",
    "grafana": f"glsa_{chance(LETTERS, 32)}_{chance(HEX, 8)}",
    "pagerduty": f"u+{chance(LETTERS, 18)}",
    "stripe": f"sk_live_{chance(LETTERS, 24)}",
    "npm": f"npm_{chance(LETTERS, 36)}",
    "pypi": f"pypi-{chance(LETTERS, 60)}",
    "age": f"AGE-SECRET-KEY-1{chance(string.ascii_uppercase + string.digits, 58)}",
    "json web token": f"eyJ{chance(LETTERS, 20)}.eyJ{chance(LETTERS, 30)}.{chance(LETTERS, 43)}",
    "private key": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{chance(LETTERS, 70)}\n-----END OPENSSH PRIVATE KEY-----",
    "private key, cut off": f"-----BEGIN RSA PRIVATE KEY-----\n{chance(LETTERS, 70)}",
    "random": chance(LETTERS, 40),
    "aws secret key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
FRAMES = {
    "url": ("https://user:{}@host/x", "hunter2horse"),
    "user of a url": ("redis://:{}@host", "hunter2horse"),
    "bearer": ("Authorization: Bearer {}", "hunter2horse"),
    "basic": ("sent basic {} to it", "dXNlcjpodW50ZXIy"),
    "password": ("password={}", "hunter2"),
    "quoted": ('db_password: "{}" and more', "two words"),
    "json": ('{{"api_key": "{}"}}', "hunter2"),
    "secret": ("client_secret = {}", "hunter2"),
    "slack's hook": ("https://hooks.slack.com/services/{}", "T0/B0/x"),
    "signed url": ("https://x/y?X-Amz-Signature={}&z", "abc123"),
    "environment": ("AWS_SECRET_ACCESS_KEY={}", "hunter2"),
}


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.parametrize("place", ["who", "subject", "result", "why", "details", "deep", "key"])
def test_tokens_stay_out_of_every_field(tmp_path: Path, name: str, place: str) -> None:
    token, text = TOKENS[name], f"it said {TOKENS[name]} to me"
    fields: dict[str, str] = {"who": "ada", "subject": "x", "result": "ok", "why": "because"}
    details: dict[str, object] = {}
    if place in fields:
        fields[place] = text
    else:
        details = {"details": {"x": text}, "deep": {"x": [{"y": [text]}]}, "key": {text: 1}}[place]  # type: ignore[assignment]
    append(Entry(what="chaos/other", details=details, **fields), tmp_path / "log")
    written = (tmp_path / "log").read_text() + (tmp_path / "log.head").read_text()
    assert "[redacted]" in written
    for part in token.split("\n"):
        assert json.dumps(part)[1:-1] not in written or part.startswith("-----")


@pytest.mark.parametrize("name", FRAMES)
def test_what_stands_where_secrets_stand_is_left_out(name: str) -> None:
    frame, secret = FRAMES[name]
    assert secret not in str(redact(frame.format(secret)))


@pytest.mark.parametrize(
    "name",
    ["password", "db_password", "passphrase", "client_secret", "token", "apiKey", "api_key", "routing_key", "integration_key",
     "privateKey", "secret_access_key", "Authorization", "cookie", "credentials", "masterUserPassword"],
)  # fmt: skip
def test_values_are_left_out_by_their_names(name: str) -> None:
    assert redact({"deep": [{name: "x1"}]}) == {"deep": [{name: "[redacted]"}]}
    assert redact({name: ["x1", {"y": "z"}]}) == {name: ["[redacted]", {"y": "z"}]}
    assert redact({name: None}) == {name: None}


def test_known_secrets_are_left_out_wherever_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "correct horse")
    monkeypatch.setenv("BUNDLE_KEY", "battery staple")
    monkeypatch.setenv("DEPLOY_TOKEN_FILE", "/run/secrets/deploy")
    written = append(
        Entry("ada", "chaos/other", "correct horse", "ok", "battery staple, /run/secrets/deploy", {"n": "plain value!"}),
        tmp_path / "log",
        hide={"plain value!", "ok"},  # too short a secret would take half of the text with it
    )
    assert written.subject == "[redacted]"
    assert written.why == "[redacted], /run/secrets/deploy"
    assert written.details == {"n": "[redacted]"}
    assert written.result == "ok"


def test_sensitive_values_of_a_plan_are_known() -> None:
    change = {
        "before": {"password": "old-value", "name": "x", "nested": [{"pin": 12345678, "open": "y"}]},
        "before_sensitive": {"password": True, "nested": [{"pin": True}]},
        "after": {"password": "new-value", "map": {"a": "deep-value"}, "flag": True},
        "after_sensitive": {"password": True, "map": True, "flag": True},
    }
    plan = {
        "resource_changes": [{"change": change}, {"change": {"before": None, "after": "z", "after_sensitive": False}}],
        "resource_drift": [{"change": {"before": {"a": "drift-value"}, "before_sensitive": {"a": True}, "after": None}}],
        "output_changes": {"o": {"before": None, "after": "output-value", "after_sensitive": True}},
        "variables": {"v": {"value": "given-value"}, "w": {"value": "open"}},
        "configuration": {"root_module": {"variables": {"v": {"sensitive": True}, "w": {}}}},
    }
    assert plan_secrets(plan) == {
        "old-value", "12345678", "new-value", "deep-value", "drift-value", "output-value", "given-value",
    }  # fmt: skip
    assert plan_secrets({}) == set()


HARMLESS = [
    "a" * 64,
    chance(HEX, 64),
    chance(HEX, 40),
    "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin/ada@acme.example",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
    "projects/acme-prod/locations/europe-west1/clusters/gke-Ballast-1",
    "repo:acme/ballast:environment:Production",
    "terraform/environments/production/aws/cluster",
    "module.foundation.module.keys.aws_kms_key.this",
    "SHA256:uNiVztksCsDhcc0u9e8BrGZ0c1nHnQ2d7oZ2Wm2yYdE",
    "2026-11-24T12:00:00.000000Z",
    "CheckoutAvailabilityErrorBudgetBurn",
    "sh.helm.release.v1.loki.v7",
    "i-0abc12345678def90",
    "tokens 5 and secrets 7",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_an_audit_log_is_for_is_left_in(text: str) -> None:
    assert redact({"plan": text, "subject": f"x {text} y"}) == {"plan": text, "subject": f"x {text} y"}
    assert redact({"keys": 3, "key": "x", "secret_id": "x", "token_type": "y"})["key"] == "x"


def test_random_strings_rarely_pass() -> None:
    """Of 40 letters and digits by chance at most one in a hundred is taken for a word (3 in 1,000 when this was written)."""
    passed = sum(redact(text) == text for text in (chance(LETTERS, 40, seed) for seed in range(1000)))
    assert passed <= 10
