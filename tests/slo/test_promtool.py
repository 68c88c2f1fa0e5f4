"""promtool's answers as typed outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.slo.promtool import run_tests

TEST = """
tests:
  - name: {name}
    interval: 1m
    input_series: [{{series: x, values: 1+0x5}}]
    promql_expr_test: [{{expr: x, eval_time: 2m, exp_samples: [{{labels: x, value: {value}}}]}}]
"""


def test_outcomes_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    files = []
    for number, value in enumerate([1, 2, 1, 1]):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(TEST.format(name=f"n{number}", value=value))
    outcomes = run_tests(files, jobs=2)
    assert [(o.file, o.test, o.passed) for o in outcomes] == [(f, f"n{n}", n != 1) for n, f in enumerate(files)]
    assert "1E+00" in outcomes[1].failures[0]


def test_a_file_that_cannot_be_loaded_fails(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("tests: {")
    (outcome,) = run_tests([tmp_path / "a.yaml"])
    assert not outcome.passed


def test_no_files_no_promtool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BALLAST_TOOL_PROMTOOL", str(tmp_path / "missing"))
    assert run_tests([]) == []
    with pytest.raises(CannotRun):
        run_tests([tmp_path / "a.yaml"])
