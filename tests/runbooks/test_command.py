"""`ballast runbooks` at its command line, on the page of one alert of the platform: one server, no database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.runbooks.rehearsal.sandbox import available

PAGE = "runbooks/KubeNodeNotReady.md"


@pytest.fixture
def here(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in (PAGE, "runbooks/rehearsal.yaml", "alerts/settings.yaml", "alerts/routing.yaml", "alerts/platform-alerts.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, tmp_path / path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build_app("runbooks"), ["runbooks", *words])
    return done.exit_code, done.output


@pytest.mark.skipif(bool(available()), reason=f"no sandbox: {available()}")
def test_a_rehearsal_is_recorded_and_listed(here: Path) -> None:
    assert call("list")[1].split() == ["·", "KubeNodeNotReady", "never", "never"]
    code, text = call("rehearse", "--record")
    assert code == 0, text
    assert "! KubeNodeNotReady: partial" in text
    assert "destructive (the machine with everything that is only on it.): needs --confirm" in text
    (path,) = (here / "runbooks/rehearsals/KubeNodeNotReady").iterdir()
    assert json.loads(path.read_text())["result"] == "partial"
    code, text = call("rehearse", "--confirm", "--record", "--output", "json")
    assert code == 0
    (record,) = json.loads(text)
    assert record["result"] == "passed"
    assert ["kubectl", "cordon", "node-1"] in [call for step in record["steps"] for call in step["calls"]]
    (row,) = json.loads(call("list", "--output", "json")[1])
    assert (row["result"], row["alerts"][0]) == ("passed", "KubeNodeNotReady")


def test_a_step_that_is_wrong_makes_exit_code_1(here: Path) -> None:
    page = here / PAGE
    page.write_text(
        page.read_text().replace('status="true"} == 0\n', 'status="true"} == 5\n').replace("`empty or == 0`", "`data`")
    )
    code, text = call("rehearse", "KubeNodeEviction")
    assert code == 1
    assert "expected data, got no series" in text
