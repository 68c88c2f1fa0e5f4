"""The audit log: nothing lost, nothing changed unseen, no secrets."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.audit import Entry, append, problems, read, redact
from ballast.cli import build_app
from ballast.repo import CannotRun


def entry(number: int = 0, **details: object) -> Entry:
    return Entry("ada", "budget/gate", f"checkout {number}", "allow", "a test", {"n": number, **details})


def log_of(path: Path, count: int) -> list[bytes]:
    for number in range(count):
        append(entry(number), path)
    return list(read(path))


def test_entries_are_chained_canonical_and_whole(tmp_path: Path) -> None:
    lines = log_of(tmp_path / "log", 5)
    assert list(problems(lines)) == []
    first, second = json.loads(lines[0]), json.loads(lines[1])
    assert second["previous"] == first["hash"]
    assert list(first) == sorted(first)  # RFC 8785


@pytest.mark.parametrize("kind", ["edit", "delete", "insert", "swap", "truncate"])
def test_tampering_is_found(tmp_path: Path, kind: str) -> None:
    lines = log_of(tmp_path / "log", 8)
    last = json.loads(lines[-1])
    head = (last["sequence"], last["hash"])
    rng = random.Random(7)
    for _ in range(40):
        at = rng.randrange(1, len(lines) - 1)
        bad = list(lines)
        if kind == "edit":
            byte = rng.randrange(len(bad[at]) - 1)
            bad[at] = bad[at][:byte] + bytes([bad[at][byte] ^ 1]) + bad[at][byte + 1 :]
        elif kind == "delete":
            del bad[at]
        elif kind == "insert":
            bad.insert(at, bad[rng.randrange(len(bad))])
        elif kind == "swap":
            bad[at - 1], bad[at] = bad[at], bad[at - 1]
        else:
            bad = bad[:at]
        assert list(problems(bad, head)), (kind, at)


def test_a_torn_line_is_moved_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_of(path, 2)
    with path.open("ab") as stream:
        stream.write(b'{"at":"2026')
    assert list(problems(read(path)))
    append(entry(9), path)
    lines = list(read(path))
    assert [json.loads(line)["what"] for line in lines] == ["budget/gate", "budget/gate", "audit/recovered", "budget/gate"]
    assert list(problems(lines)) == []
    assert (tmp_path / "log.torn").read_bytes() == b'{"at":"2026\n'


def test_a_damaged_last_line_stops_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_of(path, 1)
    path.write_bytes(path.read_bytes().replace(b"allow", b"freez"))
    with pytest.raises(CannotRun, match="audit verify"):
        append(entry(), path)


def _scribble(path: str, name: int) -> None:
    for number in range(10_000 if name < 0 else 20):
        append(entry(number, writer=name), Path(path))


def test_processes_share_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_scribble, args=(str(path), n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    lines = list(read(path))
    assert len(lines) == 60
    assert list(problems(lines)) == []


def test_sigkill_at_any_moment_leaves_a_whole_log(tmp_path: Path) -> None:
    path, rng = tmp_path / "log", random.Random(3)
    context = multiprocessing.get_context("fork")
    for _ in range(8):
        writer = context.Process(target=_scribble, args=(str(path), -1))
        writer.start()
        time.sleep(rng.uniform(0.01, 0.06))  # the moment of the kill: not awaited, it is the point
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join(10)
        append(entry(), path)
        assert list(problems(read(path))) == []


def test_secrets_stay_out(tmp_path: Path) -> None:
    details = {
        "password": "hunter2",
        "nested": [{"routing_key": "0123"}],
        "text": "postgresql://u:hunter2@db/x and token=hunter2 and Authorization: Bearer hunter2hunter2",
    }
    path = tmp_path / "log"
    append(Entry("ada", "x", "y", "z", "password: hunter2", details), path)
    assert b"hunter2" not in path.read_bytes()
    assert b"0123" not in path.read_bytes().split(b'"hash"')[0].split(b'"nested"')[1].split(b"]")[0]
    assert redact({"keys": 3, "key": "x"}) == {"keys": 3, "key": "x"}


def test_commands(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_of(path, 3)
    app, runner = build_app("audit"), CliRunner()
    done = runner.invoke(app, ["audit", "verify", "--log", str(path), "--output", "json"])
    head = json.loads(done.output)["head"]
    assert done.exit_code == 0
    assert runner.invoke(app, ["audit", "verify", "--log", str(path), "--head", head]).exit_code == 0
    path.write_bytes(b"".join(list(read(path))[:2]))
    cut = runner.invoke(app, ["audit", "verify", "--log", str(path), "--head", head])
    assert cut.exit_code == 1
    assert "cut off" in cut.output
    assert "checkout 1: allow" in runner.invoke(app, ["audit", "show", "--log", str(path)]).output
