"""The runner: what it calls, what it remembers, and what it says when something goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ballast.findings import Check, File, Files, Finding, Report, Severity, Tool, Tree, run
from ballast.findings.runner import FOLDER
from ballast.repo import CannotRun
from tests.findings.cases import write


class Calls:
    """Checks that say which files they were called with, and find the word BAD."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def one(self, file: File) -> Iterator[Finding]:
        self.seen.append(file.path)
        for number, line in enumerate(file.lines, 1):
            if "BAD" in line:
                yield file.finding("bad", line=number, column=line.index("BAD") + 1)

    def many(self, files: Files) -> Iterator[Finding]:
        for file in files:
            yield from self.one(file)

    def tree(self, tree: Tree) -> Iterator[Finding]:
        for file in tree:
            yield from self.one(file)

    def check(self, on: type, **fields: object) -> Check:
        function = {File: self.one, Files: self.many, Tree: self.tree}[on]
        made = Check(f"test/{on.__name__.lower()}", on, Severity.ERROR, function, "A page.", __name__, ("*.txt",))
        return replace(made, **fields)  # type: ignore[arg-type]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, {"a.txt": "fine\n", "b.txt": "so BAD\n", "c.md": "BAD\n"})
    return tmp_path


def test_findings_are_stamped_with_the_checks_id_and_severity(repository: Path) -> None:
    report = run(repository, [Calls().check(File, severity=Severity.WARNING)])
    (finding,) = report.findings
    assert (finding.check, finding.severity, str(finding.position)) == ("test/file", Severity.WARNING, "b.txt:1:4")
    assert report.exit_code == 1
    assert report.count(Severity.WARNING) == 1


def test_a_check_gives_way_on_lines_of_which_another_says_the_same(repository: Path) -> None:
    (repository / "a.txt").write_text("BAD\n")
    told = Calls().check(File, id="test/better", reads=("a.txt",))
    checks = [Calls().check(File, gives_way=("test/better",)), told]
    report = run(repository, checks)
    assert [(f.check, str(f.position)) for f in report.findings] == [("test/better", "a.txt:1:1"), ("test/file", "b.txt:1:4")]
    assert len(run(repository, checks[:1]).findings) == 2
    assert run(repository, checks).findings == report.findings  # also of what was remembered


def test_notes_do_not_fail(repository: Path) -> None:
    report = run(repository, [Calls().check(File, severity=Severity.NOTE)])
    assert (len(report.findings), report.exit_code) == (1, 0)


@pytest.mark.parametrize("on", [File, Files, Tree])
def test_nothing_changed_means_nothing_is_called_and_the_findings_are_the_same(repository: Path, on: type) -> None:
    calls = Calls()
    first = run(repository, [calls.check(on)])
    assert sorted(calls.seen) == ["a.txt", "b.txt"]
    calls.seen.clear()
    second = run(repository, [calls.check(on)])
    assert calls.seen == []
    assert second.findings == first.findings
    assert second.outcomes[0].remembered == second.outcomes[0].units > 0


@pytest.mark.parametrize(("on", "again"), [(File, ["b.txt"]), (Files, ["b.txt"]), (Tree, ["a.txt", "b.txt"])])
def test_only_what_changed_is_looked_at_again(repository: Path, on: type, again: list[str]) -> None:
    calls = Calls()
    run(repository, [calls.check(on)])
    calls.seen.clear()
    (repository / "b.txt").write_text("mended\n")
    assert run(repository, [calls.check(on)]).findings == []
    assert sorted(calls.seen) == again


def test_a_configuration_a_day_a_tool_and_a_needed_file_are_part_of_the_key(repository: Path) -> None:
    calls = Calls()
    tool = Tool("x", Path("x"), "1")
    base = calls.check(File, reads=("a.txt",), also=("c.md",), needs=lambda _file, _tree: ["b.txt"], tool=lambda: tool)
    run(repository, [base])
    for change in ("c.md", "b.txt"):
        calls.seen.clear()
        (repository / change).write_text(f"another {change}\n")
        run(repository, [base])
        assert calls.seen == ["a.txt"], change
    calls.seen.clear()
    run(repository, [replace(base, tool=lambda: replace(tool, version="2"))])
    run(repository, [replace(base, daily=True)])
    assert calls.seen == ["a.txt", "a.txt"]
    run(repository, [base])
    assert calls.seen == ["a.txt", "a.txt"]


def test_fresh_believes_nothing(repository: Path) -> None:
    calls = Calls()
    for _ in range(2):
        run(repository, [calls.check(File)], fresh=True)
    assert sorted(calls.seen) == ["a.txt", "a.txt", "b.txt", "b.txt"]


@pytest.mark.parametrize("harm", [b"", b"{", b"0" * 32 + b"\n{}"])
def test_a_damaged_memory_is_a_miss(repository: Path, harm: bytes) -> None:
    calls = Calls()
    first = run(repository, [calls.check(File)])
    (memory,) = (repository / FOLDER).glob("*.json")
    whole = memory.read_bytes()
    for broken in (harm, whole[:-5], whole.replace(b'"bad"', b'"bat"')):
        calls.seen.clear()
        memory.write_bytes(broken)
        assert run(repository, [calls.check(File)]).findings == first.findings
        assert sorted(calls.seen) == ["a.txt", "b.txt"]


def test_runs_side_by_side_do_not_disturb_each_other(repository: Path) -> None:
    reports: list[Report] = []
    runs = [threading.Thread(target=lambda: reports.append(run(repository, [Calls().check(File)]))) for _ in range(8)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert [[str(f.position) for f in report.findings] for report in reports] == [["b.txt:1:4"]] * 8
    assert not list((repository / FOLDER).glob("*.part"))


def test_changed_looks_only_at_what_reads_a_changed_file(repository: Path) -> None:
    calls = Calls()
    report = run(repository, [calls.check(File), calls.check(Tree, also=("c.md",))], changed={"a.txt"})
    assert sorted(calls.seen) == ["a.txt", "a.txt", "b.txt", "c.md"]
    assert [o.units for o in report.outcomes] == [1, 1]
    assert run(repository, [calls.check(File)], changed={"c.md"}).outcomes[0].units == 0


def test_a_check_that_crashes_is_reported_and_the_others_run(repository: Path) -> None:
    def crash(file: File) -> Iterator[Finding]:
        raise KeyError(file.path)
        yield

    calls = Calls()
    checks = [calls.check(File, run=crash, id="test/crash"), calls.check(File)]
    for _ in range(2):  # and is not remembered
        report = run(repository, checks)
        (crashed,) = (f for f in report.findings if f.unproven)
        assert "KeyError: 'a.txt'" in crashed.message
        assert "test-crash.crash.txt" in crashed.mend
        assert "Traceback" in (repository / FOLDER / "test-crash.crash.txt").read_text()
        assert (report.exit_code, report.unproven) == (2, ["test/crash"])
        assert report.count(Severity.ERROR) == 1


def test_a_missing_tool_is_unproven_and_never_green(repository: Path) -> None:
    def missing() -> Tool:
        raise CannotRun("x is not built yet: run scripts/toolchain.sh x")

    report = run(repository, [Calls().check(File, tool=missing)])
    (finding,) = report.findings
    assert (finding.message, finding.unproven) == ("x is not built yet: run scripts/toolchain.sh x", True)
    assert report.exit_code == 2


def test_a_missing_tool_is_not_missed_where_nothing_is_looked_at(repository: Path) -> None:
    def missing() -> Tool:
        raise CannotRun("x is not built yet: run scripts/toolchain.sh x")

    assert run(repository, [Calls().check(File, tool=missing)], changed={"other.file"}).exit_code == 0
    assert run(repository, [Calls().check(File, tool=missing)], changed={"a.txt"}).exit_code == 2


def test_a_file_that_cannot_be_read_and_a_memory_that_cannot_be_kept(repository: Path) -> None:
    (repository / ".ballast").write_text("no folder\n")
    report = run(repository, [Calls().check(File)])
    assert [str(f.position) for f in report.findings] == ["b.txt:1:4"]

    def gone(file: File) -> Iterator[Finding]:
        yield from Calls().one(File(file.root, "gone.txt"))

    report = run(repository, [Calls().check(File, run=gone)])
    assert [f.message for f in report.findings] == ["gone.txt cannot be read: No such file or directory"]
    assert report.exit_code == 2


def test_looking_at_nothing_is_not_green(repository: Path) -> None:
    check = Calls().check(File, reads=("*.no-such-suffix",))
    assert run(repository, [check]).exit_code == 2
    assert run(repository, [check], changed=set()).exit_code == 0


def test_a_check_sees_only_what_it_declared(repository: Path) -> None:
    seen: list[list[str]] = []

    def look(file: File, tree: Tree) -> Iterator[Finding]:
        seen.append([f.path for f in tree])
        yield from ()

    run(repository, [Calls().check(File, reads=("a.txt",), also=("*.md",), run=look)])
    assert seen == [["a.txt", "c.md"]]


def test_findings_about_other_files_than_the_batch_are_not_remembered(repository: Path) -> None:
    count = [0]

    def elsewhere(files: Files) -> Iterator[Finding]:
        count[0] += 1
        yield replace(files[0].finding("x"), position=replace(files[0].finding("x").position, path="elsewhere"))

    for _ in range(2):
        assert len(run(repository, [Calls().check(Files, run=elsewhere)]).findings) == 1
    assert count == [2]


def test_sigterm_ends_the_programs_that_checks_run(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from ballast.findings import Check, File, Severity, execute, run

def sleep(file):
    execute([sys.executable, "-c", "import os, time; print(os.getpid(), file=open('pid', 'w'), flush=True); time.sleep(600)"],
            file.root)
    return []

run(Path({str(tmp_path)!r}), [Check("test/sleep", File, Severity.ERROR, sleep, "", "", ("a.txt",))])
"""
    write(tmp_path, {"a.txt": "", "script.py": script})
    process = subprocess.Popen([sys.executable, tmp_path / "script.py"], cwd=tmp_path)
    try:
        deadline = threading.Event()
        for _ in range(200):
            if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
                break
            deadline.wait(0.05)
        child = int((tmp_path / "pid").read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    finally:
        process.kill()
        process.wait()
