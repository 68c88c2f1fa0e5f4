"""Tools that cannot judge are never taken for tools that found nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.findings import checks, run
from tests.findings.cases import write

CONTRACT = """\
[tool.importlinter]
root_package = "ballast"
[[tool.importlinter.contracts]]
name = "house"
type = "layers"
layers = ["ballast.repo"]
"""


@pytest.mark.parametrize(
    ("check", "files", "said"),
    [
        (
            "python/layers",
            {"pyproject.toml": CONTRACT, "tools/ballast/__init__.py": "", "tools/ballast/repo.py": "def f(:\n"},
            "lint-imports could not judge: Syntax error",
        ),
        ("python/layers", {"pyproject.toml": "", "tools/ballast/__init__.py": ""}, "lint-imports could not judge: Could not"),
        ("python/mypy", {"pyproject.toml": "", "tools/x.py": ""}, "mypy could not run: "),
        ("python/format", {"pyproject.toml": "[tool.ruff]\nno-such-key = 1\n", "a.py": ""}, "ruff format could not run: "),
        ("python/ruff", {"pyproject.toml": "[tool.ruff]\nno-such-key = 1\n", "a.py": ""}, "ruff ended with code 2"),
        (
            "yaml/lint",
            {".yamllint.yaml": "rules: {no-such-rule: enable}\n", "a.yaml": "a: 1\n"},
            "yamllint ended with code 255",
        ),
    ],
)
def test_a_tool_that_cannot_judge_is_unproven(tmp_path: Path, check: str, files: dict[str, str], said: str) -> None:
    write(tmp_path, files)
    report = run(tmp_path, [c for c in checks() if c.id == check])
    (finding,) = report.findings
    assert finding.unproven
    assert said in finding.message
    assert report.exit_code == 2
