"""The reviewed list of the platform's alerts, and what is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ballast.repo import PlatformAlert, load
from ballast.runbooks import pages_of
from ballast.runbooks.platform import INDEX, VALUES, platform

CHART = Path(__file__).resolve().parents[3] / "shared" / "charts" / "kube-prometheus-stack.json"


@pytest.fixture(scope="module")
def listed(root: Path) -> dict[str, PlatformAlert]:
    document = load(root).platform_alerts
    assert document is not None
    return document.model.alerts


def test_few_page_and_each_for_an_slo(listed: dict[str, PlatformAlert]) -> None:
    assert 120 <= len(listed) <= 160
    pages = {name: alert.slo for name, alert in listed.items() if alert.decision == "page"}
    assert 1 <= len(pages) <= 6
    assert all(pages.values())


def test_each_kept_alert_has_a_page_that_names_it(root: Path, listed: dict[str, PlatformAlert]) -> None:
    named = {alert: page.name for page in pages_of(root) for alert in (page.front.alerts if page.front else [])}
    for name, alert in listed.items():
        assert named.get(name, "") == alert.runbook if alert.decision != "disable" else name not in named


def test_the_charts_values_say_what_the_list_says(root: Path, listed: dict[str, PlatformAlert]) -> None:
    values = json.loads(platform(load(root))[VALUES])
    disabled, custom = set(values["defaultRules"]["disabled"]), values["customRules"]
    assert disabled == {name for name, alert in listed.items() if alert.decision == "disable"}
    assert disabled | set(custom) | {"KubePersistentVolumeFillingUp"} == set(listed)
    assert {rule["severity"] for rule in custom.values()} == {"page", "ticket"}
    assert values["defaultRules"]["rules"]["etcd"] is False
    assert values["defaultRules"]["rules"]["prometheus"] is True


def test_the_index_holds_the_anchor_that_the_chart_links_to(root: Path) -> None:
    made = platform(load(root))
    base = json.loads(made[VALUES])["defaultRules"]["runbookUrl"]
    assert base.endswith("/runbooks/PLATFORM.md#")
    assert 'id="/kubernetes/kubepodcrashlooping"' in made[INDEX]
    assert 'id="/alertmanager/alertmanagerclusterdown"' in made[INDEX]


@pytest.mark.skipif(not CHART.exists(), reason="the chart's keys are not beside this repository")
def test_every_group_is_a_key_of_the_chart(root: Path) -> None:
    start = "defaultRules/rules/"
    known = {key.removeprefix(start) for key in json.loads(CHART.read_text())["values"] if key.startswith(start)}
    assert set(json.loads(platform(load(root))[VALUES])["defaultRules"]["rules"]) == known


def test_without_a_list_there_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "alerts").mkdir()
    assert platform(load(tmp_path)) == {}
