"""What a gateway is told, and the commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ballast.gateway import VARIABLES, read_settings
from ballast.gateway.settings import environment
from ballast.repo import CannotRun
from ballast.stack import ROUTING_KEY, free_port, http_ok, wait_until
from tests.gateway.conftest import Room, webhook

GOOD = {"BALLAST_DATABASE_URL": "postgresql://h/d", "BALLAST_PAGERDUTY_ROUTING_KEY": ROUTING_KEY}
BALLAST = str(Path(sys.executable).parent / "ballast")


def test_defaults_and_numbers() -> None:
    made = read_settings(GOOD | {"BALLAST_GATEWAY_PORT": "9", "BALLAST_GATEWAY_LEASE_SECONDS": "12.5"})
    assert (made.port, made.lease_seconds, made.host) == (9, 12.5, "127.0.0.1")
    assert made.pagerduty_url == "https://events.pagerduty.com/v2/enqueue"
    assert ROUTING_KEY not in repr(made)
    assert (made.alertmanagers, made.direct) == ((), {"P1", "P2"})
    two = read_settings(GOOD | {"BALLAST_ALERTMANAGER_URLS": "http://a:9093, https://b", "BALLAST_GATEWAY_DIRECT_TIERS": ""})
    assert two.alertmanagers == ("http://a:9093", "https://b")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"BALLAST_DATABASE_URL": ""}, ["BALLAST_DATABASE_URL is not set"]),
        ({"BALLAST_PAGERDUTY_ROUTING_KEY": "short"}, ["32 characters"]),
        ({"BALLAST_GATEWAY_PORT": "x", "BALLAST_GATEWAY_SLOTS": "y"}, ["PORT=x is not a number", "SLOTS=y is not a number"]),
        ({"BALLAST_GATEWAY_LEASE_SECONDS": "10"}, ["must be longer than"]),
        ({"BALLAST_GATEWAY_DIRECT_TIERS": "P1,P9"}, ["names P9"]),
        ({"BALLAST_ALERTMANAGER_URLS": "http://a:9093, b:9093"}, ["b:9093 is not an http(s) URL"]),
    ],
)
def test_everything_that_is_wrong_is_said_at_once(changes: dict[str, str], words: list[str]) -> None:
    with pytest.raises(CannotRun) as caught:
        read_settings(GOOD | changes)
    assert all(word in str(caught.value) for word in words)


def test_a_dotenv_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("# secrets\nexport A='x=y'\nB = \"two\"\nBALLAST_T_C=file\nnonsense\n")
    monkeypatch.setenv("BALLAST_T_C", "process")
    read = environment(dotenv)
    assert (read["A"], read["B"], read["BALLAST_T_C"]) == ("x=y", "two", "process")
    assert "nonsense" not in read


def test_the_command_runs_a_gateway_and_shows_what_it_delivered(room: Room, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in VARIABLES.values()}
    refused = subprocess.run([BALLAST, "gateway", "run"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (
        2,
        "ballast: the gateway cannot start: BALLAST_PAGERDUTY_ROUTING_KEY is not set\n",
    )
    (tmp_path / ".env").write_text(f"BALLAST_PAGERDUTY_ROUTING_KEY={ROUTING_KEY}\n")
    url = f"http://127.0.0.1:{free_port()}"
    options = ["--port", url.rsplit(":", 1)[1], "--pagerduty-url", room.pagerduty.events_url]
    options += ["--database-url", room.postgres.schema("command").url]
    with subprocess.Popen([BALLAST, "gateway", "run", *options], env=env, cwd=tmp_path, stderr=subprocess.DEVNULL) as gateway:
        try:
            wait_until(lambda: http_ok(f"{url}/readyz"), 60, "the gateway")
            room.pagerduty.fault("status", status=400, count=1)
            for name in ("CommandRefused", "CommandTaken"):
                assert room.post(webhook(name), url=f"{url}/v1/alertmanager").status_code == 200
                wait_until(lambda name=name: room.calls(name), 10, name)  # type: ignore[misc]
            shown = wait_until(lambda: _status(url), 10, "both in the list")
        finally:
            gateway.send_signal(signal.SIGTERM)
    assert shown.returncode == 1, "one is parked"
    assert "CommandTaken" in shown.stdout
    assert "parked CommandRefused: 400" in shown.stdout
    assert "every dependency answers" in shown.stdout
    database = {**env, "BALLAST_DATABASE_URL": room.postgres.schema("command").url, "COLUMNS": "80"}
    words = [BALLAST, "gateway", "status", "--output", "json"]
    asked = subprocess.run(words, env=database, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = json.loads(asked.stdout)
    assert (asked.returncode, found["open"], [row["alert"] for row in found["parked"]]) == (1, 2, ["CommandRefused"])
    empty = subprocess.run(
        [*words[:3], "--database-url", room.postgres.schema("none").url], capture_output=True, text=True, check=False
    )
    assert (empty.returncode, empty.stderr) == (2, "ballast: this database has no gateway's tables yet\n")
    silent = subprocess.run([BALLAST, "gateway", "status", "--url", url], capture_output=True, text=True, check=False)
    assert (silent.returncode, silent.stderr.startswith("ballast: no gateway answers at")) == (2, True)


def _status(url: str) -> subprocess.CompletedProcess[str] | None:
    words = [BALLAST, "gateway", "status", "--url", url]
    done = subprocess.run(words, env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True, check=False)
    return done if "delivered" in done.stdout and "parked" in done.stdout else None
