"""Programs that cannot do their work say so in one sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ballast.findings import execute, python_tool
from ballast.repo import CannotRun


def test_output_and_environment(tmp_path: Path) -> None:
    done = execute([sys.executable, "-c", "import os; print(os.environ['X'], os.getcwd())"], tmp_path, X="a")
    assert (done.stdout, done.returncode) == (f"a {tmp_path}\n", 0)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; print('one\\ntwo', file=sys.stderr); sys.exit(3)", "ended with code 3: two"),
        ("import sys; sys.exit(3)", "ended with code 3: it said nothing"),
    ],
)
def test_another_exit_code_than_expected(tmp_path: Path, program: str, said: str) -> None:
    with pytest.raises(CannotRun, match=said):
        execute([sys.executable, "-c", program], tmp_path)


def test_a_program_that_does_not_end(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"was stopped after 0\.2 s"):
        execute([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, timeout=0.2)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="nothing could not be started"):
        execute([tmp_path / "nothing"], tmp_path)
    with pytest.raises(CannotRun, match=r"is not installed: run scripts/bootstrap\.sh"):
        python_tool("no-such-tool")()
    with pytest.raises(CannotRun, match="is not installed"):
        python_tool("ruff", "no-such-distribution")()
