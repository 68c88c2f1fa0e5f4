"""Real Prometheus, Alertmanager and PostgreSQL as components."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ballast.repo import CannotRun
from ballast.stack import Alertmanager, Postgres, Prometheus, Scrape, Stack, wait_until
from ballast.stack.proc import alive, family, ident

ROUTE = {"route": {"receiver": "nobody", "group_wait": "0s"}, "receivers": [{"name": "nobody"}]}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack() as stack:
        yield stack


def test_prometheus_serves_history_scrapes_itself_and_tells_alertmanager(stack: Stack, tmp_path: Path) -> None:
    now = int(time.time())
    history = tmp_path / "history.om"
    points = [f"orders_total {i} {now - 86400 + 60 * i}" for i in range(600)]
    history.write_text("\n".join(["# TYPE orders counter", *points, "# EOF", ""]))
    rules = tmp_path / "rules.yaml"
    rules.write_text("groups: [{name: g, rules: [{alert: Always, expr: vector(1), labels: {severity: page}}]}]")

    alertmanager = Alertmanager(stack.directory / "alertmanager", ROUTE)
    prometheus = Prometheus(stack.directory / "prometheus", scrape_interval=0.5, evaluation_interval=0.5)
    prometheus.scrapes = [Scrape("prometheus", [f"127.0.0.1:{prometheus.port}"], {"team": "sre"}, interval=0.5)]
    prometheus.rule_files = [rules]
    prometheus.alertmanagers = [alertmanager.target]
    prometheus.backfill(history, block_hours=24)
    stack.start_all(alertmanager, prometheus)

    assert prometheus.value("max_over_time(orders_total[2d])") == 599
    (series,) = prometheus.range("orders_total", now - 86400 + 60, now - 86400 + 120, 60)
    assert [value for _, value in series.points] == [1, 2]
    assert prometheus.query("scalar(vector(2))")[0].points[0][1] == 2
    wait_until(lambda: prometheus.value('up{job="prometheus",team="sre"}') == 1, 30, "a scrape")
    wait_until(lambda: [a.state for a in prometheus.alerts()] == ["firing"], 30, "the alert")
    (posted,) = wait_until(lambda: alertmanager.get("alerts"), 30, "the alert at Alertmanager")
    assert posted["labels"] == {"alertname": "Always", "severity": "page"}

    with pytest.raises(ValueError, match="bad_data"):
        prometheus.query("sum(")
    rules.write_text("groups: [{name: g, rules: [{alert: Broken, expr: 'sum('}]}]")
    with pytest.raises(CannotRun, match="prometheus refused its new configuration"):
        prometheus.reload()


def test_history_that_is_not_openmetrics_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.om").write_text("a 1 2\n")
    with pytest.raises(CannotRun, match="was not accepted"):
        Prometheus(tmp_path).backfill(tmp_path / "bad.om")


def test_a_wrong_alertmanager_configuration_is_refused_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match='undefined receiver "nobody"'):
        Alertmanager(tmp_path, {"route": {"receiver": "nobody"}, "receivers": [{"name": "other"}]}).start()


def test_postgresql_keeps_what_was_committed_when_it_is_killed(stack: Stack) -> None:
    database = stack.database("one")
    (postgres,) = (p for p in stack.processes if isinstance(p, Postgres))
    with psycopg.connect(database.url) as connection:
        connection.execute("create table notes (text text)")
        connection.execute("insert into notes values ('kept')")
    postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.url, connect_timeout=2)
    postgres.start()
    with psycopg.connect(database.url) as connection:
        assert connection.execute("select text from one.notes").fetchall() == [("kept",)]
    with psycopg.connect(stack.database("two").url) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("select * from notes")


def test_a_server_of_somebody_elses_is_used_and_left_clean(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.database("here")
    (postgres,) = (p for p in stack.processes if isinstance(p, Postgres))
    monkeypatch.setenv("BALLAST_DATABASE_URL", postgres.url)
    count = "select count(*) from pg_namespace where nspname like 'ballast\\_theirs\\_%'"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        with Stack() as other:
            with psycopg.connect(other.database("theirs").url) as theirs:
                theirs.execute("create table t (i int)")
            assert other.processes == []
            assert connection.execute(count).fetchone() == (1,)
        assert connection.execute(count).fetchone() == (0,)


def test_a_server_that_cannot_be_reached_is_one_sentence(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_DATABASE_URL", "postgresql://127.0.0.1:9/nothing")
    with pytest.raises(CannotRun, match="PostgreSQL cannot be used: connection failed"):
        stack.database("x")


def test_postgresql_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from ballast.stack import Postgres
print(Postgres(Path({str(tmp_path)!r}), durable=False).start().pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    leader = ident(int(parent.stdout.readline()))
    assert leader is not None
    members = family(leader)
    assert len(members) > 3, "PostgreSQL's children have sessions of their own and are family all the same"
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    wait_until(lambda: not any(alive(m) for m in members), 10, "the end of PostgreSQL")
