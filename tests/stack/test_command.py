"""`ballast stack`, as somebody types it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ballast.stack import entries, wait_until
from ballast.stack.proc import alive, family

BALLAST = str(Path(sys.executable).parent / "ballast")


@pytest.mark.slow
def test_up_status_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("COLUMNS", "80")

    def stack(command: str, *options: str) -> str:
        return subprocess.run([BALLAST, "stack", command, *options], capture_output=True, text=True, check=True).stdout

    def listed(command: str) -> list[dict[str, Any]]:
        return json.loads(stack(command, "--output", "json"))  # type: ignore[no-any-return]

    assert stack("status") == "nothing runs; start the stack with: ballast stack up\n"
    with subprocess.Popen([BALLAST, "stack", "up"], stderr=subprocess.DEVNULL) as interrupted:
        wait_until(lambda: len(entries()) > 2, 30, "the first processes")
        interrupted.send_signal(signal.SIGINT)
    assert interrupted.returncode != 0
    assert entries() == [], "an interrupted start leaves nothing"

    started = listed("up")
    assert {"prometheus", "alertmanager", "gateway", "postgres", "pagerduty", "checkout"} <= {row["name"] for row in started}
    assert "@" not in json.dumps([row["address"] for row in started]), "no password is shown"
    assert listed("up") == listed("status") == started, "a second start does nothing"
    assert max(map(len, stack("status").splitlines())) <= 80
    processes = [member for entry in entries() for member in family(entry.ident)]
    assert {row["pid"] for row in listed("down")} == {row["pid"] for row in started}
    assert listed("status") == []
    assert not any(alive(who) for who in processes)
