"""What alerts did, read from a real Prometheus that holds eight days of their history, and from the gateway's tables."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast import gateway
from ballast.alerts import AlertHistory, Hygiene, hygiene
from ballast.alerts.hygiene import STEP, episodes, judge
from ballast.cli import build_app
from ballast.repo import CannotRun
from ballast.stack import Prometheus, Stack

DAY = 86400
MIGRATIONS = Path(gateway.__file__).parent / "migrations"
NOW = (int(time.time()) // 3600 - 3) * 3600  # backfilled samples may not reach into the server's own head

RULES = """\
groups:
  - name: g
    rules:
      - {alert: Stuck, expr: vector(1) > 2, labels: {severity: ticket}}
      - {alert: Flappy, expr: vector(1) > 2, labels: {severity: page, service: api}}
      - {alert: Noisy, expr: vector(1) > 2, labels: {severity: page}}
      - {alert: Silent, expr: vector(1) > 2, labels: {severity: page}}
      - {alert: Kept, expr: vector(1) > 2, labels: {severity: page, slo: availability}}
"""


def _fires(labels: str, begin: float, length: float) -> list[tuple[float, str]]:
    """Samples of a firing alert; the last minutes before its end are Prometheus' lookback."""
    return [(begin + at, f"ALERTS{{{labels}}} 1") for at in range(0, int(length), 60)]


def _history(path: Path) -> None:
    rows = [(NOW - 8 * DAY + at, 'up{job="x"} 1') for at in range(0, 8 * DAY, 60)]
    rows += _fires('alertname="Stuck",alertstate="firing",severity="ticket"', NOW - 8 * DAY, 8 * DAY)
    for n in range(8):
        rows += _fires('alertname="Flappy",alertstate="firing",severity="page",service="api"', NOW - DAY + 720 * n, 180)
        for k in range(2):
            rows += _fires(
                'alertname="Noisy",alertstate="firing",severity="page"', NOW - (n + 1) * DAY + 40000 * k + 3600, 3600
            )
    rows += _fires('alertname="Removed",alertstate="firing",severity="page"', NOW - 2 * DAY, 3600)
    by_name: dict[str, list[str]] = {"ALERTS": [], "up": []}
    series: dict[str, list[tuple[float, str]]] = {}
    for at, row in rows:
        series.setdefault(row.rpartition(" ")[0], []).append((at, row))
    for name, samples in series.items():
        by_name[name.partition("{")[0]] += [f"{row} {at}" for at, row in sorted(samples)]
    lines = [line for name, found in by_name.items() for line in (f"# TYPE {name} gauge", *found)]
    path.write_text("\n".join([*lines, "# EOF", ""]))


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("hygiene")
    (folder / "rules.yaml").write_text(RULES)
    _history(folder / "history.om")
    with Stack() as stack:
        server = Prometheus(stack.directory / "prometheus", rule_files=[folder / "rules.yaml"])
        server.backfill(folder / "history.om", block_hours=744)
        yield stack.start(server)


def test_each_kind_of_alert_is_told_apart(prometheus: Prometheus) -> None:
    found = hygiene(prometheus.url, 8 * DAY, until=NOW)
    alerts = {alert.name: alert for alert in found.alerts}
    assert {name: alert.verdicts for name, alert in alerts.items()} == {
        "Stuck": ["always firing"],
        "Flappy": ["flapping"],
        "Noisy": ["busy"],
        "Removed": ["gone"],
        "Silent": ["never fired"],
        "Kept": ["never fired"],
    }
    assert (alerts["Flappy"].firings, alerts["Flappy"].service) == (8, "api")
    assert alerts["Noisy"].firings == 16
    assert alerts["Stuck"].firing > 0.98
    assert "keep it" in alerts["Kept"].proposal
    assert found.alerts[0].name == "Stuck", "the worst comes first"
    assert found.pages == 8 + 16 + 1
    assert found.covered > 7.9 * DAY
    assert alerts["Flappy"].incidents is None, "the gateway was not asked: that is unknown and not zero"


def test_incidents_that_nobody_acknowledged_are_found_in_the_gateways_tables(prometheus: Prometheus) -> None:
    import psycopg

    with Stack() as stack:
        database = stack.database("hygiene")
        with psycopg.connect(database.url) as connection:
            for migration in sorted(MIGRATIONS.glob("*.sql")):
                connection.execute(migration.read_text())  # type: ignore[arg-type]
            for n, name in enumerate(["Noisy"] * 4 + ["Flappy"] * 4):
                acknowledged = NOW - DAY if name == "Flappy" or n == 0 else None
                status = "triggered" if acknowledged is None else "acknowledged"
                connection.execute(
                    "insert into gateway_incidents"
                    " (id, dedup_key, group_key, status, tier, title, labels, opened_at, acknowledged_at)"
                    " values (%s, %s, 'g', %s, 'P1', 't', %s, to_timestamp(%s), to_timestamp(%s))",
                    (n, f"key {n}", status, json.dumps({"alertname": name}), NOW - 3600 * (n + 1), acknowledged),
                )
        found = hygiene(prometheus.url, 8 * DAY, until=NOW, database=database.url)
    alerts = {alert.name: alert for alert in found.alerts}
    assert (alerts["Noisy"].unanswered, alerts["Noisy"].incidents) == (3, 4)
    assert alerts["Noisy"].verdicts == ["unanswered", "busy"]
    assert "unanswered" not in alerts["Flappy"].verdicts


def test_as_a_command(prometheus: Prometheus) -> None:
    runner = CliRunner()
    run = runner.invoke(build_app("alerts"), ["alerts", "hygiene", "--from", "9d", "--prometheus", prometheus.url])
    assert run.exit_code == 1, run.output
    assert "Stuck" in run.output
    assert "Acknowledgements are unknown" in run.output
    run = runner.invoke(
        build_app("alerts"), ["alerts", "hygiene", "--from", "9d", "--prometheus", prometheus.url, "--output", "json"]
    )
    assert json.loads(run.output)["pages"] == 25


def test_a_server_that_does_not_answer_cannot_be_judged() -> None:
    with pytest.raises(CannotRun, match="did not answer"):
        hygiene("http://127.0.0.1:9", DAY)


def test_firings_are_told_apart_by_their_gaps() -> None:
    assert list(episodes([60, 120, 180, 600, 660])) == [(60, 180 + STEP), (600, 660 + STEP)]
    assert list(episodes([])) == []


def test_an_alert_that_fired_all_of_a_few_minutes_is_not_yet_always_firing() -> None:
    short, long = (AlertHistory("A", "", "ticket", firings=1, firing=1.0) for _ in range(2))
    judge(short, 300)
    judge(long, DAY)
    assert (short.verdicts, long.verdicts) == ([], ["always firing"])
    assert Hygiene(0, 1, 1, [long], False).data()["pages"] == 0
