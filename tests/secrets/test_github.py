"""What GitHub keeps is listed through `gh`, which a program of ours stands for: it answers as the REST API documents it."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.secrets import github, read_allowed
from tests.secrets.made_up import GITHUB

TODAY = date(2026, 11, 24)
GH = """#!{python}
import json, os, sys
from urllib.parse import parse_qs, urlsplit
assert sys.argv[1] == "api", sys.argv
url = urlsplit(sys.argv[2])
page = int(parse_qs(url.query)["page"][0])
def secret(n): return {{"name": n, "created_at": "2024-01-02T03:04:05Z", "updated_at": "2025-01-02T03:04:05Z"}}
def variable(n, v): return {{**secret(n), "value": v}}
base = "repos/acme/shop"
many = [secret(f"S{{n}}") for n in range(130)] if os.environ.get("MANY") else [secret("AWS_SECRET_ACCESS_KEY")]
lists = {{
    f"{{base}}/environments": ("environments", [{{"name": "production/eu"}}]),
    f"{{base}}/actions/secrets": ("secrets", many),
    f"{{base}}/actions/variables": ("variables", [variable("AWS_REGION", "eu-west-1"), variable("NOTE", "{token}"),
        variable("DEPLOY_TOKEN", "x"), variable("TOKEN_URL", "https://token.example/")]),
    f"{{base}}/actions/organization-secrets": ("secrets", []),
    f"{{base}}/actions/organization-variables": ("variables", []),
    f"{{base}}/dependabot/secrets": ("secrets", []),
    f"{{base}}/codespaces/secrets": ("secrets", []),
    f"{{base}}/environments/production%2Feu/secrets": ("secrets", [secret("VAULT_TOKEN")]),
    f"{{base}}/environments/production%2Feu/variables": ("variables", []),
}}
if url.path == os.environ.get("DENIED"):
    print(json.dumps({{"message": "Resource not accessible by integration", "status": "403"}}))
    print("gh: Resource not accessible by integration (HTTP 403)", file=sys.stderr)
    sys.exit(1)
if url.path == f"{{base}}/keys":
    answer = [{{"id": 1, "title": "deployer", "read_only": False, "created_at": "2024-01-02T03:04:05Z"}}] if page == 1 else []
else:
    field, items = lists[url.path]
    answer = {{"total_count": len(items), field: items[100 * (page - 1) : 100 * page]}}
print(json.dumps(answer))
"""


@pytest.fixture(autouse=True)
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "gh"
    program.write_text(GH.format(python=sys.executable, token=GITHUB))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def test_every_long_lived_credential_is_a_finding() -> None:
    found, looked = github("acme/shop", read_allowed(""), TODAY)
    assert looked == 7
    said = {finding.position.path.removeprefix("github:acme/shop/"): finding.message for finding in found}
    lives, since = "is a credential that lives until somebody changes it", "unchanged since 2025-01-02"
    assert said == {
        "actions/secrets/AWS_SECRET_ACCESS_KEY": f"actions secret AWS_SECRET_ACCESS_KEY {lives}, {since}",
        "actions/variables/NOTE": "actions variable NOTE holds a GitHub token for everybody to read",
        "actions/variables/DEPLOY_TOKEN": "actions variable DEPLOY_TOKEN is named like a credential, and variables are in logs",
        "environments/production%2Feu/secrets/VAULT_TOKEN": f"secret of production/eu VAULT_TOKEN {lives}, {since}",
        "keys/deployer": "deploy key deployer writes this repository and never ends, unchanged since 2024-01-02",
    }
    assert not any(GITHUB in finding.message for finding in found)


def test_an_exception_by_name_until_its_day() -> None:
    text = "- {github: AWS_*, reason: until the role is there, owner: platform, expires: 2026-11-30}\n"
    names = [f.position.path for f in github("acme/shop", read_allowed(text), TODAY)[0]]
    assert not any("AWS" in name for name in names)
    names = [f.position.path for f in github("acme/shop", read_allowed(text), date(2026, 12, 1))[0]]
    assert any("AWS" in name for name in names)


def test_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANY", "1")
    found, _ = github("acme/shop", read_allowed(""), TODAY)
    assert sum("/actions/secrets/" in finding.position.path for finding in found) == 130


def test_what_may_not_be_read_is_unproven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in ("repos/acme/shop/actions/secrets", "repos/acme/shop/environments"):
        monkeypatch.setenv("DENIED", path)
        found, _ = github("acme/shop", read_allowed(""), TODAY)
        (unproven,) = [finding for finding in found if finding.unproven]
        assert "HTTP 403" in unproven.message
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    found, looked = github("acme/shop", read_allowed(""), TODAY)
    assert looked == 0
    assert all(finding.unproven and "gh is not installed" in finding.message for finding in found)
    with pytest.raises(CannotRun, match="OWNER/REPOSITORY"):
        github("shop", read_allowed(""), TODAY)
