"""`ballast demo` as its user sees it, with the run itself replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ballast.demo.runner
from ballast.cli import build_app
from ballast.demo.result import Result
from tests.conftest import ROOT
from tests.demo.sample import result


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> Result:
    """What the run returns. Nothing is drawn: that takes seconds and has its own test."""
    made = result()
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(ballast.demo.runner, "run", lambda *_, **__: made)
    monkeypatch.setattr("ballast.demo.report.drawings", lambda _: [])
    return made


def invoke(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build_app("demo"), ["demo", *words])
    return done.exit_code, done.stdout


def test_a_page_in_time_exits_0_and_writes_the_report(outcome: Result, tmp_path: Path) -> None:
    code, text = invoke("--out", str(tmp_path))
    assert code == 0
    assert "✓ paged" in text
    assert (tmp_path / "report.html").exists()


def test_no_page_exits_1(outcome: Result, tmp_path: Path) -> None:
    outcome.problems.append("no page within 30 s of the condition being true")
    code, _ = invoke("--out", str(tmp_path))
    assert code == 1
    assert json.loads((tmp_path / "result.json").read_text())["passed"] is False


def test_json_on_standard_output_is_the_result(outcome: Result, tmp_path: Path) -> None:
    code, text = invoke("--out", str(tmp_path), "--output", "json")
    assert code == 0
    assert json.loads(text)["subject"]["slo"] == "checkout/availability"


def test_an_unknown_fault_is_refused_with_the_menu(outcome: Result) -> None:
    code, _ = invoke("--fault", "dns")
    assert code == 2
