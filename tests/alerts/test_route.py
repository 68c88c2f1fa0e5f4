"""What is predicted of an alert's way is what the real amtool says; who is on call; the command."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ballast.alerts import alertmanager_config, escalation, on_call
from ballast.alerts.routing_match import inhibitors, inhibits, matches, muted, routes
from ballast.cli import build_app
from ballast.repo import CannotRun, Routing, Schedule, load
from ballast.stack import tool

ROOT = Path(__file__).parents[2]
MUTES = [
    {"name": "nights", "because": "nobody works", "tiers": ["P3", "P4"], "start": "20:00", "time_zone": "Europe/Berlin"},
    {
        "name": "nightly-load",
        "because": "the import makes it slow",
        "tiers": ["P3"],
        "services": ["catalog", "identity"],
        "days": ["sunday"],
        "start": "02:00",
        "until": "04:00",
    },
]


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    given = yaml.safe_load((ROOT / "alerts/routing.yaml").read_text()) | {"mute_times": MUTES}
    return alertmanager_config(Routing.model_validate(given))


@pytest.fixture(scope="module")
def written(config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("route") / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def test_amtool_loads_mute_times(written: Path) -> None:
    done = subprocess.run([tool("amtool"), "check-config", written], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_prediction_is_what_amtool_says(config: dict[str, Any], written: Path) -> None:
    """Every tier, severity and service, and labels that are missing or strange."""
    tiers, severities, services = (
        ("", "P1", "P2", "P3", "P4", "P9"),
        ("", "page", "ticket", "critical", "paged"),
        ("", "catalog"),
    )
    for tier, severity, service in product(tiers, severities, services):
        labels = {"tier": tier, "severity": severity, "service": service}
        labels = {key: value for key, value in labels.items() if value} | {"alertname": "A"}
        argv = [tool("amtool"), "config", "routes", "test", "--config.file", written, *(f"{k}={v}" for k, v in labels.items())]
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
        assert [one.receiver for one in routes(config, labels)] == said, labels


def test_the_tree_of_routes_has_the_grouping_and_waits_that_are_predicted(config: dict[str, Any], written: Path) -> None:
    """Inheritance, against the configuration as Alertmanager itself shows it."""
    [routed] = routes(config, {"alertname": "A", "tier": "P3", "service": "catalog"})
    assert (routed.group_wait, routed.group_interval, routed.repeat_interval) == ("30s", "5m", "12h")
    assert routed.group_by == ("cluster", "alertname", "service", "slo", "severity")
    assert routed.mute_times == ("nights", "nightly-load")
    assert routes(config, {"tier": "P3", "service": "checkout"})[0].mute_times == ("nights",)
    assert routes(config, {"alertname": "untiered"})[0].mute_times == ("nights",), "the root route has no mute times"
    assert routes(config, {"tier": "P1", "service": "catalog"})[0].mute_times == ()
    shown = subprocess.run(
        [tool("amtool"), "config", "routes", "show", "--config.file", written], capture_output=True, text=True, check=True
    ).stdout
    assert 'service="catalog"' in shown


def test_mute_times_keep_local_time() -> None:
    config = alertmanager_config(Routing.model_validate({"version": "ballast/v1", "routes": [], "mute_times": MUTES}))

    def at(text: str) -> list[str]:
        return muted(config, ["nights", "nightly-load"], datetime.fromisoformat(text))

    assert at("2026-01-12T19:30:00+00:00") == ["nights"]  # 20:30 in Berlin's winter
    assert at("2026-07-13T18:30:00+00:00") == ["nights"]  # 20:30 in summer
    assert at("2026-07-13T17:30:00+00:00") == []
    assert at("2026-11-22T03:59:00+00:00") == ["nightly-load"]  # a Sunday
    assert at("2026-11-22T04:00:00+00:00") == []


def test_a_dead_cluster_hides_its_services_and_not_itself_nor_its_neighbours(config: dict[str, Any]) -> None:
    dead = {"alertname": "ClusterDead", "hides": "cluster", "cluster": "eu", "severity": "page", "service": "prometheus"}
    service = {"alertname": "Burn", "service": "checkout", "slo": "availability", "severity": "page", "cluster": "eu"}
    rules = config["inhibit_rules"]
    assert any(inhibits(rule, dead, service) for rule in rules)
    assert not any(inhibits(rule, dead, service | {"cluster": "us"}) for rule in rules)
    assert not any(inhibits(rule, dead, dead | {"alertname": "Other"}) for rule in rules)
    nameless = {key: value for key, value in dead.items() if key != "cluster"}
    assert not any(inhibits(rule, nameless, {"service": "checkout"}) for rule in rules)
    assert inhibitors(config, {"service": "checkout", "severity": "page"}) == []


values = st.text('ab".\\(', max_size=3)


@given(labels=st.dictionaries(st.sampled_from(["a", "b"]), values), wanted=values, name=st.sampled_from(["a", "b"]))
def test_matchers_are_exact(labels: dict[str, str], wanted: str, name: str) -> None:
    quoted = wanted.replace("\\", "\\\\").replace('"', '\\"')
    assert matches([f'{name}="{quoted}"'], labels) == (labels.get(name, "") == wanted)
    assert matches([f'{name}!="{quoted}"'], labels) == (labels.get(name, "") != wanted)


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        ("2026-01-05T08:59:00+01:00", None),  # before the first turn
        ("2026-01-05T09:00:00+01:00", "fay"),
        ("2026-01-12T09:00:00+01:00", "grace"),
        ("2026-03-30T08:59:00+02:00", "ivo"),  # turns change at nine, in winter and in summer
        ("2026-03-30T09:00:00+02:00", "fay"),
    ],
)
def test_turns(moment: str, who: str | None) -> None:
    oncall = load(ROOT).oncall
    assert oncall is not None
    assert on_call(oncall.model.schedules["product"], datetime.fromisoformat(moment)) == who


def test_layers_overrides_and_escalation() -> None:
    oncall = load(ROOT).oncall
    assert oncall is not None
    platform: Schedule = oncall.model.schedules["platform"]
    assert on_call(platform, datetime.fromisoformat("2026-01-05T12:00:00+01:00")) == "ada"
    assert on_call(platform, datetime.fromisoformat("2026-01-05T21:00:00+01:00")) == "dana"
    assert on_call(platform, datetime.fromisoformat("2026-01-06T03:00:00+01:00")) == "dana"
    assert on_call(platform, datetime.fromisoformat("2026-04-03T12:00:00+02:00")) == "bo"  # the override
    steps = escalation(oncall.model, "team-observability", datetime(2026, 1, 5, 12, tzinfo=UTC))
    assert [minutes for minutes, _ in steps] == [0, 5, 15]
    assert escalation(oncall.model, "nobody", datetime.now(UTC)) == []


# --- The command --------------------------------------------------------------------------------------------------------


def ballast(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(build_app("route"), ["route", "test", *words], env={"COLUMNS": "80"})
    if code == 2:
        assert isinstance(done.exception, CannotRun)
        return str(done.exception)
    assert done.exit_code == code, done.output
    return done.output


def test_the_command_says_where_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = ballast("CheckoutAvailabilityErrorBudgetBurn", "--label", "cluster=eu", "--at", "2026-11-24T03:00+01:00")
    assert max(map(len, text.splitlines())) <= 80
    for part in (
        "tier     P1: service tier 1 and severity page (alerts/routing.yaml:",
        'route    all › tier="P1"',
        "receiver P1: pagerduty and gateway",
        "hidden   while CheckoutAvailabilityErrorBudgetBurn (page) fires",
        'hides="cluster" cluster!="" with the same cluster',
        "gateway  tells pagerduty",
        "at once: ",
    ):
        assert part in text
    found = json.loads(ballast("CheckoutAvailabilityErrorBudgetBurn", "--output", "json"))
    assert [(one["tier"], one["routed"][0]["receiver"]) for one in found] == [("P1", "P1"), ("P3", "P3")]


def test_an_alert_that_is_not_ours_goes_by_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    [one] = json.loads(ballast("KubePodCrashLooping", "--label", "severity=critical", "--output", "json"))
    assert (one["tier"], one["because"]) == ("P2", "it has no tier, and severity critical is a P2")
    assert "did you mean CheckoutAvailabilityErrorBudgetBurn?" in ballast("CheckoutAvailabilityErrorBudgetBurm", code=2)
    assert "write name=value" in ballast("A", "--label", "severity", code=2)
    assert "write a time" in ballast("A", "--at", "noon", code=2)
