"""`alerts/routing.yaml` as Alertmanager's configuration: what the real amtool makes of it, and who is told how."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from ballast.alerts import HEARTBEAT, alertmanager_config
from ballast.alerts.routing import FILE, alertmanager_file
from ballast.repo import AlertSeverity, Delivery, Routing, ServiceTier, Tier, load
from ballast.stack import tool

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def routing() -> Routing:
    return load(ROOT).routing


@pytest.fixture(scope="module")
def config(routing: Routing) -> dict[str, Any]:
    return alertmanager_config(routing)


@pytest.fixture(scope="module")
def written(config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("routing") / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def receiver_of(written: Path, **labels: str) -> str:
    argv = [tool("amtool"), "config", "routes", "test", "--config.file", written, *(f"{k}={v}" for k, v in labels.items())]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def test_the_committed_configuration_is_the_one_that_the_table_makes() -> None:
    assert (ROOT / FILE).read_text() == alertmanager_file(load(ROOT))[FILE], "run: ballast generate --only alerts/alertmanager"


def test_amtool_loads_it(written: Path) -> None:
    done = subprocess.run([tool("amtool"), "check-config", written], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_tier_and_severity_reaches_the_receiver_of_its_alert_tier(routing: Routing, written: Path) -> None:
    for tier, severity in product(get_args(ServiceTier), get_args(AlertSeverity)):
        alert = routing.alert_tier(tier, severity)
        assert receiver_of(written, tier=alert, severity=severity) == alert


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"alertname": HEARTBEAT, "severity": "none"}, "heartbeat"),
        ({"alertname": "Untiered", "severity": "page"}, "P2"),
        ({"alertname": "Untiered", "severity": "critical"}, "P2"),
        ({"alertname": "Untiered", "severity": "ticket"}, "P3"),
        ({"alertname": "Nothing"}, "P3"),
    ],
)
def test_what_has_no_tier_is_told_as_the_gateway_would(written: Path, labels: dict[str, str], receiver: str) -> None:
    assert receiver_of(written, **labels) == receiver


def test_a_page_has_two_legs_and_leaves_at_once(routing: Routing, config: dict[str, Any]) -> None:
    """DESIGN decision 9, and the 30 seconds from a true condition to the page."""
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    for name in ("P1", "P2"):
        tier = routing.tiers.of(name)  # type: ignore[arg-type]
        assert set(receivers[name]) == {"name", "pagerduty_configs", "webhook_configs"}
        [direct], [webhook] = receivers[name]["pagerduty_configs"], receivers[name]["webhook_configs"]
        assert (direct["severity"], direct["send_resolved"]) == (tier.severity, True)
        assert (tier.group_wait, tier.group_interval) == ("0s", "5s")
        assert webhook["url"].startswith("https://")
        assert set(webhook["http_config"]["tls_config"]) == {"ca_file", "cert_file", "key_file"}
    for name in ("P3", "P4"):
        assert set(receivers[name]) == {"name", "webhook_configs"}


def test_no_key_is_in_it(config: dict[str, Any]) -> None:
    text = yaml.safe_dump(config)
    assert "routing_key_file" in text
    assert "routing_key:" not in text


def test_a_page_is_the_only_thing_said_about_an_slo_and_a_dead_cluster_hides_its_services(config: dict[str, Any]) -> None:
    page, cluster = config["inhibit_rules"]
    assert page["equal"] == ["cluster", "service", "slo"]
    assert all('slo!=""' in page[side] for side in ("source_matchers", "target_matchers"))
    assert 'cluster!=""' in cluster["source_matchers"], "or an alert that names no cluster would hide all that name none"
    assert 'service!=""' in cluster["target_matchers"]


def test_a_table_without_tiers_is_read_as_before() -> None:
    old = Routing.model_validate({"version": "ballast/v1", "routes": [{"tier": 1, "severity": "page", "alert": "P1"}]})
    assert (
        Tier(
            severity="critical",
            urgency="high",
            legs=["pagerduty", "gateway"],
            group_wait="0s",
            group_interval="5s",
            repeat_interval="4h",
        )
        == old.tiers.P1
    )
    assert old.delivery == Delivery()


PAGE = "severity: critical, urgency: high, legs: [pagerduty, gateway], group_wait: 0s, group_interval: 5s"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (PAGE, None),
        (PAGE.replace("critical", "info"), "P1 has severity info, which PagerDuty gives low urgency"),
        (PAGE.replace("[pagerduty, gateway]", "[gateway]"), "P1 wakes somebody and has one leg only"),
        (PAGE.replace("[pagerduty, gateway]", "[pagerduty, gateway, gateway]"), "P1 has the leg gateway twice"),
        (PAGE.replace("0s", "30s"), "P1 wakes somebody and waits 30s in Alertmanager"),
        (PAGE.replace("5s", "5m"), "P1 wakes somebody and waits 5m in Alertmanager"),
        ("severity: warning, urgency: low, legs: [gateway], group_interval: 5m", None),
    ],
)
def test_a_tier_that_would_page_the_wrong_way_is_a_finding(tmp_path: Path, row: str, said: str | None) -> None:
    rows = "".join(
        f"  - {{tier: {tier}, severity: {severity}, alert: P4}}\n"
        for tier, severity in product(get_args(ServiceTier), get_args(AlertSeverity))
    )
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts/routing.yaml").write_text(f"version: ballast/v1\nroutes:\n{rows}tiers:\n  P1: {{{row}}}\n")
    found = [problem for problem in load(tmp_path).problems if problem.check == "routing/tiers"]
    assert [problem.position.line for problem in found] == ([10] if said else [])
    assert said is None or said in found[0].message


def test_a_gateway_without_tls_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts/routing.yaml").write_text(
        "version: ballast/v1\nroutes: []\ndelivery: {gateway: 'http://gateway:9095/x'}\n"
    )
    messages = [problem.message for problem in load(tmp_path).problems if problem.check == "routing/tiers"]
    assert messages == ["http://gateway:9095/x is not https"]
