"""Generated files: written, compared, and never deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.findings import Report, Tree, checks, generators, run
from ballast.findings.registry import Generator
from ballast.findings.tree import matches
from ballast.findings.writing import compare, write
from ballast.repo import CannotRun, load
from tests.findings.cases import write as write_files

SERVICE = "version: ballast/v1\nservice: a\nowner: team\ntier: 1\n"
SLO = """\
version: prometheus/v1
service: a
slos:
  - name: b
    objective: 99
    description: It works.
    sli:
      gauge: {metric: up, selector: job="a"}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write_files(tmp_path, {"alerts/services/a.yaml": SERVICE, "alerts/slos/a.yaml": SLO})
    return tmp_path


def current(root: Path) -> Report:
    return run(root, [check for check in checks() if check.id == "generated/current"])


def test_what_was_generated_is_current(repository: Path) -> None:
    missing = current(repository)
    assert {f.position.path for f in missing.findings} >= {"alerts/rules/a.yaml", "docs/checks.md"}
    assert all("is missing: " in f.message for f in missing.findings)
    write(repository, compare(load(repository), Tree.read(repository)))
    assert current(repository).findings == []
    assert not list(repository.rglob("*.part"))


def test_an_edit_a_source_and_a_stale_file_are_found_with_what_mends_them(repository: Path) -> None:
    write(repository, compare(load(repository), Tree.read(repository)))
    rules = repository / "alerts/rules/a.yaml"
    lines = rules.read_text().split("\n")
    rules.write_text("\n".join([*lines[:3], "# by hand", *lines[3:]]))
    (repository / "alerts/rules/gone.yaml").write_text("groups: []\n")
    found = {str(f.position): f for f in current(repository).findings}
    assert set(found) == {"alerts/rules/a.yaml:4:1", "alerts/rules/gone.yaml:1:1"}
    assert found["alerts/rules/a.yaml:4:1"].mend == "run `ballast generate` and commit what it writes"
    stale = found["alerts/rules/gone.yaml:1:1"]
    assert "is stale: `alerts/rules` does not make it any more" in stale.message
    assert "git mv alerts/rules/gone.yaml archive/gone.yaml" in stale.mend
    write(repository, compare(load(repository), Tree.read(repository)))
    assert (repository / "alerts/rules/gone.yaml").exists()
    assert [f.position.path for f in current(repository).findings] == ["alerts/rules/gone.yaml"]


def test_sources_with_errors_are_not_compared(repository: Path) -> None:
    (repository / "alerts/slos/a.yaml").write_text(SLO.replace("99", "100"))
    report = current(repository)
    assert [f.message for f in report.findings] == ["not compared: alerts/slos/a.yaml has errors, mend them first"]
    assert report.exit_code == 0


def test_each_generator_writes_only_what_it_owns(root: Path) -> None:
    made = compare(load(root), Tree(root, []))
    owns = {generator.id: generator.owns for generator in generators()}
    assert {change.generator for change in made} == set(owns)
    assert [change.path for change in made if not matches(change.path, owns[change.generator])] == []


def test_two_generators_of_one_file_are_refused(repository: Path) -> None:
    twice = [Generator(id_, lambda _: {"x": "y"}, ("x",), __name__) for id_ in ("a", "b")]
    with pytest.raises(CannotRun, match="x is written by two generators, a and b"):
        compare(load(repository), Tree.read(repository), twice)


def test_nothing_is_written_when_one_file_cannot_be(repository: Path) -> None:
    (repository / "alerts/rules").write_text("a file where a folder belongs\n")
    before = sorted(repository.rglob("*"))
    with pytest.raises(CannotRun, match="could not be written"):
        write(repository, sorted(compare(load(repository), Tree.read(repository)), key=lambda c: "rules" in c.path))
    assert [p for p in sorted(repository.rglob("*")) if p.is_file()] == [p for p in before if p.is_file()]
