"""`ballast slo replay` and `suggest` as people run them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ballast.cli import build_app
from ballast.repo import CannotRun

SPEC = """\
version: prometheus/v1
service: checkout
slos:
  - name: availability
    objective: {objective}
    sli:
      availability: {{metric: http_requests_total, selector: 'service="checkout"'}}
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(build_app(), ["slo", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "checkout.yaml"
    path.write_text(SPEC.format(objective=99.9))
    return path


def test_a_changed_file_against_what_is_committed(file: Path, week_file: Path) -> None:
    git = ["git", "-C", str(file.parent), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    file.write_text(SPEC.format(objective=99))
    picture = file.parent / "change.png"
    common = ("--openmetrics", week_file, "--from", "2026-11-03T06:00:00Z", "--to", "2026-11-03T12:00:00Z")
    done = run("replay", file, "--against", "HEAD", *common, "--picture", picture, "-o", "markdown")
    assert done.exit_code == 0
    assert "| pages | 1 | 0 |" in done.stdout
    assert "**Pages lost: 1**" in done.stdout
    assert f"]({picture})" in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    (change,) = json.loads(run("replay", file, "--against", "HEAD", *common, "-o", "json").stdout)
    assert (change["old"]["objective"], change["new"]["objective"]) == (99.9, 99)
    assert "99.9% over 30d -> 99% over 30d" in run("replay", file, "--against", "HEAD", *common).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--step", "7"), "a minute is no multiple of it"),
        (("--against", "nowhere"), "neither a file nor a git revision"),
        (("--slo", "other"), "the file has checkout/availability"),
        (("--from", "yesterday"), "yesterday is no moment"),
        (("--from", "2026-11-03T06:00:00"), "does not say its offset"),
        (("--parquet", "HISTORY"), "give one of"),
    ],
)
def test_what_cannot_be(
    file: Path, week_file: Path, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ballast.slo.replay.openmetrics", lambda *_, **__: _Nothing())
    given = [str(week_file) if word == "HISTORY" else word for word in words]
    with pytest.raises(CannotRun, match=said):
        run("replay", file, "--openmetrics", week_file, *given)


class _Nothing:
    """A history in which nothing is asked."""

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def extent(self) -> tuple[int, int]:
        return 0, 3600


def test_a_file_that_is_no_history(file: Path, tmp_path: Path) -> None:
    (tmp_path / "h.om").write_text("up 1\n# EOF\n")
    with pytest.raises(CannotRun, match="no sample with a timestamp"):
        run("replay", file, "--openmetrics", tmp_path / "h.om")


def test_suggest_marks_what_it_proposes(file: Path, week_file: Path) -> None:
    common = ("suggest", file, "--openmetrics", week_file, "--from", "12h", "--pages", "100")
    (found,) = json.loads(run(*common, "-o", "json").stdout)
    assert found["slo"] == "checkout/availability"
    (chosen,) = [one["objective"] for one in found["candidates"] if one["proposed"]]
    assert f"{chosen:.6g}%" in next(line for line in run(*common).stdout.splitlines() if "proposed" in line)
