"""The commands as a user runs them, in a small repository; exit codes, formats, files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun

RULE = """\
groups:
  - name: a
    rules:
      - {alert: Down, expr: up == 0, labels: {slo: a}, annotations: {runbook_url: "https://x.example/Down.md"}}
      - {alert: Always, expr: up, labels: {slo: a}, annotations: {runbook_url: "https://x.example/Down.md"}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "alerts/custom").mkdir(parents=True)
    (tmp_path / "alerts/custom/a.yaml").write_text(RULE)
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/Down.md").write_text("# Down\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ballast(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(arguments[0]), list(arguments), env={"COLUMNS": "80", "NO_COLOR": "1"})


def test_findings_exit_1_and_mending_them_exits_0(repository: Path) -> None:
    found = ballast("validate", "--only", "alerts/comparison")
    assert found.exit_code == 1, found.output
    assert "✗ alerts/custom/a.yaml:5:31: error alerts/comparison" in found.stdout
    assert max(map(len, found.stdout.splitlines())) <= 80
    (repository / "alerts/custom/a.yaml").write_text(RULE.replace("expr: up,", "expr: up == 1,"))
    assert ballast("validate", "--only", "alerts/comparison").exit_code == 0


def test_a_pattern_that_means_nothing_names_the_nearest(repository: Path) -> None:
    result = ballast("validate", "--only", "alerts/comparsion")
    assert isinstance(result.exception, CannotRun)
    assert "did you mean alerts/comparison" in str(result.exception)


def test_a_group_and_a_glob_choose_checks(repository: Path) -> None:
    document = json.loads(ballast("validate", "--only", "alerts", "--skip", "*/promtool-*", "--output", "json").stdout)
    chosen = {c["id"] for c in document["checks"]}
    assert {"alerts/comparison", "alerts/justification", "alerts/runbook"} <= chosen
    assert all(name.startswith("alerts/") and "promtool" not in name for name in chosen)


def test_formats_on_standard_output(repository: Path) -> None:
    only = ("validate", "--only", "alerts/comparison", "--output")
    assert json.loads(ballast(*only, "json").stdout)["exit_code"] == 1
    assert json.loads(ballast(*only, "sarif").stdout)["runs"][0]["results"][0]["ruleId"] == "alerts/comparison"
    assert ElementTree.fromstring(ballast(*only, "junit").stdout.encode()).get("failures") == "1"
    assert "::error file=alerts/custom/a.yaml,line=5,col=31" in ballast(*only, "github").stdout


def test_out_writes_the_file_and_prints_the_text(repository: Path) -> None:
    result = ballast("validate", "--only", "alerts/comparison", "--output", "sarif", "--out", "build/x.sarif")
    assert result.exit_code == 1
    assert "✗ alerts/custom/a.yaml:5:31" in result.stdout
    assert json.loads((repository / "build/x.sarif").read_text())["version"] == "2.1.0"
    assert [p.name for p in (repository / "build").iterdir()] == ["x.sarif"]


def test_changed_looks_at_what_differs_from_a_commit_and_at_what_is_gone(repository: Path) -> None:
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    only = ("validate", "--only", "alerts/comparison", "--only", "alerts/runbook", "--changed", "--output", "json")
    assert [c["units"] for c in json.loads(ballast(*only).stdout)["checks"]] == [0, 0]
    (repository / "runbooks/Down.md").unlink()
    document = json.loads(ballast(*only).stdout)
    assert [c["units"] for c in document["checks"]] == [0, 1]
    assert {f["check"] for f in document["findings"]} == {"alerts/runbook"}


def test_many_findings_of_one_check_are_cut_short_unless_asked_for(repository: Path) -> None:
    (repository / "alerts/custom/a.yaml").write_text(RULE + RULE.splitlines()[-1].join(["", "\n"]) * 30)
    skip = ("--skip", "python", "--skip", "*/promtool-*", "--skip", "generated", "--skip", "yaml", "--skip", "shell")
    text = ballast("validate", *skip).stdout
    assert "… and 11 more of alerts/comparison" in text
    assert text.count("error alerts/comparison") == 20
    assert ballast("validate", "--only", "alerts/comparison").stdout.count("error alerts/comparison") == 31


def test_generate_writes_says_so_and_has_nothing_to_do_the_second_time(repository: Path) -> None:
    only = ("generate", "--only", "docs/checks")
    checked = ballast(*only, "--check")
    assert (checked.exit_code, checked.stdout) == (1, "would write docs/checks.md\n1 file to write, 0 stale\n")
    assert not (repository / "docs").exists()
    written = ballast(*only)
    assert (written.exit_code, written.stdout) == (0, "wrote docs/checks.md\n1 file written, 0 stale\n")
    again = ballast(*only, "--check")
    assert (again.exit_code, again.stdout) == (0, "no files to write, 0 stale\n")
    (repository / "docs/checks.md").write_text("by hand\n")
    assert json.loads(ballast(*only, "--output", "json").stdout) == [
        {"path": "docs/checks.md", "kind": "changed", "generator": "docs/checks"}
    ]


def test_generate_names_a_stale_file_and_leaves_it(repository: Path) -> None:
    (repository / "alerts/rules").mkdir()
    (repository / "alerts/rules/gone.yaml").write_text("groups: []\n")
    result = ballast("generate", "--only", "alerts/rules")
    assert result.exit_code == 1
    assert "stale alerts/rules/gone.yaml\n  `alerts/rules` no longer makes it" in result.stdout
    assert (repository / "alerts/rules/gone.yaml").exists()


def test_generate_refuses_sources_with_errors(repository: Path) -> None:
    (repository / "alerts/slos").mkdir()
    (repository / "alerts/slos/a.yaml").write_text("version: prometheus/v1\nservice: [\n")
    result = ballast("generate")
    assert result.exit_code == 1
    assert "alerts/slos/a.yaml:" in result.stderr
    assert "nothing was written: mend these first" in result.stderr
    assert not (repository / "docs").exists()


def test_explain_prints_a_page_or_the_nearest_ids() -> None:
    page = ballast("explain", "alerts/comparison")
    assert page.exit_code == 0
    assert "    + expr: rate(http_errors_total[5m]) > 0.01" in page.stdout
    assert "slo/objective" in ballast("explain", "--list").stdout
    assert json.loads(ballast("explain", "slo/objective", "--output", "json").stdout)["reported_by"] == "repo/source"
    result = ballast("explain", "alert/comparison")
    assert isinstance(result.exception, CannotRun)
    assert "did you mean alerts/comparison" in str(result.exception)
