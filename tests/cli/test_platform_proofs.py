"""`ballast availability`, `ballast security report` and `ballast tf topology` as their user runs them, on a plan as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from ballast.cli import build_app
from ballast.repo import CannotRun
from ballast.terraform.roots import plan_roots
from tests.conftest import ROOT

PLATFORM = "terraform/environments/staging/aws/platform"
COMMANDS = (["availability"], ["security", "report"], ["tf", "topology"])


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    [planned] = plan_roots(ROOT, [PLATFORM])
    assert planned.plan, planned.problems
    return planned.plan


@pytest.fixture(scope="module")
def file(plan: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_bytes(orjson.dumps(plan))
    return path


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(words[0]), list(words))


def test_availability_exits_0_and_1(file: Path) -> None:
    done = run("availability", PLATFORM, "--plan", str(file), "--output", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["holds"] is True
    poor = run("availability", PLATFORM, "--plan", str(file), "--zone", "0.9")
    assert poor.exit_code == 1
    assert "is below 99.99%" in poor.stdout


def test_the_security_report_exits_1_for_what_is_broken(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ballast.terraform.beside._beside", lambda *_: None)  # one root is enough here
    done = run("security", "report", PLATFORM, "--plan", str(file), "--output", "json")
    data = json.loads(done.stdout)
    # Without the content root nobody calls PostgreSQL for Vault, and the policies for that are unused.
    broken = {cell["subject"] for cell in data["cells"] if cell["verdict"]["state"] == "no"}
    assert (done.exit_code, data["broken"]) == (1, len(broken))
    assert broken == {"vault/to-vault-postgresql to postgresql:5432", "postgresql/from-vault-postgresql from vault:5432"}
    assert run("security", "report", PLATFORM, "--plan", str(file), "--strict", "--brief").exit_code == 1


def test_the_picture_is_written_whole_or_not_at_all(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "platform.svg"
    assert run("tf", "topology", PLATFORM, "--plan", str(file), "--out", str(out)).exit_code == 0
    assert out.read_text().endswith("</svg>\n")
    words = run("tf", "topology", PLATFORM, "--plan", str(file), "--output", "text").stdout
    assert "prometheus to alertmanager on 9443: alerts." in words
    missing = run("tf", "topology", PLATFORM, "--plan", str(file), "--out", str(tmp_path / "no" / "x.svg"))
    assert isinstance(missing.exception, CannotRun)
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_is_no_plan_and_no_format_is_refused(command: list[str], tmp_path: Path) -> None:
    other = tmp_path / "plan.json"
    for text in ("[]", "{", "{}"):
        other.write_text(text)
        done = run(*command, PLATFORM, "--plan", str(other))
        assert isinstance(done.exception, CannotRun), text
        assert "plan" in str(done.exception)
    assert isinstance(run(*command, PLATFORM, "--plan", str(other), "--output", "xml").exception, CannotRun)
    assert "is not in" in str(run(*command, str(tmp_path)).exception)
