"""A real VictoriaMetrics."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from ballast.repo import CannotRun
from ballast.stack import VictoriaMetrics
from ballast.stack.victoriametrics import known_flags, victoria_metrics


def test_it_keeps_samples_over_a_restart(tmp_path: Path) -> None:
    try:
        victoria_metrics()
    except CannotRun as error:
        pytest.skip(str(error))
    assert {"httpListenAddr", "retentionPeriod", "dedup.minScrapeInterval"} <= known_flags()
    server = VictoriaMetrics(tmp_path, {"retentionPeriod": "1d"}).start()
    sample = f"orders 7 {1000 * (int(time.time()) - 60)}"  # it does not answer with the last half minute
    httpx.post(f"{server.url}/api/v1/import/prometheus", content=sample, trust_env=False).raise_for_status()
    server.restart()  # what is in memory is written when it stops
    asked = httpx.get(f"{server.url}/api/v1/query", params={"query": "last_over_time(orders[1h])"}, trust_env=False)
    assert [series["value"][1] for series in asked.json()["data"]["result"]] == ["7"]
    assert server.stop()


def test_a_flag_that_it_does_not_know_is_told_in_its_own_words(tmp_path: Path) -> None:
    try:
        victoria_metrics()
    except CannotRun as error:
        pytest.skip(str(error))
    with pytest.raises(CannotRun, match=r"(?s)ended with code 2 while it was starting.*no-such-flag"):
        VictoriaMetrics(tmp_path, {"no-such-flag": "1"}).start()


def test_without_one_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match="apt-get install victoria-metrics"):
        victoria_metrics()
