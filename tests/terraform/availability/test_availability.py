"""The availability model: its formulas against enumeration, and the platform with parts of it taken away."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from math import isclose, prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.repo import CannotRun
from ballast.terraform.availability import TARGET, Assumptions, as_json, as_text, k_of_n, parallel, series, walk
from ballast.terraform.availability.formula import spread_over
from ballast.terraform.beside import read_roots
from ballast.terraform.platform import Platform, Release, merge

ROOT = Path(__file__).parents[3]
ratios = st.floats(0, 1)
placements = st.lists(st.integers(0, 3), min_size=1, max_size=3)


def enumerated(k: int, placed: Sequence[int], zone: float, replica: float) -> float:
    """Every state of every zone and replica, one by one."""
    total = 0.0
    for zones in product((True, False), repeat=len(placed)):
        for replicas in product((True, False), repeat=sum(placed)):
            homes = [number for number, count in enumerate(placed) for _ in range(count)]
            working = sum(up and zones[home] for up, home in zip(replicas, homes, strict=True))
            chance = prod(zone if up else 1 - zone for up in zones) * prod(replica if up else 1 - replica for up in replicas)
            total += chance * (working >= k)
    return total


@given(st.integers(0, 5), placements, ratios, ratios)
def test_k_of_n_is_what_counting_all_states_gives(k: int, placed: list[int], zone: float, replica: float) -> None:
    assert isclose(k_of_n(k, placed, zone, replica), enumerated(k, placed, zone, replica), abs_tol=1e-9)


@given(st.integers(1, 6), placements, ratios, ratios)
def test_more_needed_is_less_available_and_more_there_is_more(k: int, placed: list[int], zone: float, replica: float) -> None:
    here = k_of_n(k, placed, zone, replica)
    assert 0 <= here <= 1
    assert k_of_n(k + 1, placed, zone, replica) <= here + 1e-12
    assert k_of_n(k, [placed[0] + 1, *placed[1:]], zone, replica) >= here - 1e-12


@given(st.integers(1, 9), ratios, st.floats(0.5, 1))
def test_one_of_many_gains_by_each_zone(n: int, zone: float, replica: float) -> None:
    over = [k_of_n(1, spread_over(n, zones), zone, replica) for zones in (1, 2, 3)]
    assert over == sorted(over) or all(isclose(a, b, abs_tol=1e-9) for a, b in zip(over, sorted(over), strict=True))


@given(st.integers(0, 30), st.integers(1, 5))
def test_a_spread_is_even_and_complete(n: int, zones: int) -> None:
    placed = spread_over(n, zones)
    assert sum(placed) == n
    assert max(placed) - min(placed) <= 1


@given(st.lists(ratios, min_size=1, max_size=6))
def test_series_is_below_its_weakest_and_parallel_above_its_best(parts: list[float]) -> None:
    assert series(parts) <= min(parts) + 1e-12
    assert parallel(parts) >= max(parts) - 1e-12


def test_no_way_is_no_availability() -> None:
    assert parallel([]) == 0


@pytest.fixture(scope="module")
def platform() -> Platform:
    return read_roots(ROOT, ROOT / "terraform/environments/production/aws/platform").platform


def changed(platform: Platform, chart: str, change: Callable[[Release], Release]) -> Platform:
    return replace(platform, releases=tuple(change(r) if r.chart == chart else r for r in platform.releases))


def over(release: Release, path: str, value: object) -> Release:
    for key in reversed(path.split(".")):
        value = {key: value}
    return replace(release, values=merge(release.values, value))  # type: ignore[arg-type]


def test_the_page_path_meets_its_target(platform: Platform) -> None:
    report = walk(platform)
    assert report.holds
    assert report.available >= TARGET
    assert [block.name for block in report.chain] == ["alertmanager", "prometheus"]
    assert {name: sorted(b.name for b in leg) for name, leg in report.legs.items()} == {
        "directly": [],
        "through gateway": ["gateway", "postgresql"],
    }


def test_what_is_alone_is_named_and_stops_no_page(platform: Platform) -> None:
    weak = {(w.name, w.by) for w in walk(platform).weak}
    assert ("redis", "replica") in weak
    assert walk(platform).stops_pages == []


STOPS = [
    ("prometheus.prometheusSpec.replicas", 1, ("prometheus", "replica")),
    ("prometheus.prometheusSpec.topologySpreadConstraints", [], ("prometheus", "zone")),
    ("prometheus.podDisruptionBudget.enabled", False, ("prometheus", "drain")),
    ("alertmanager.alertmanagerSpec.replicas", 1, ("alertmanager", "replica")),
    ("alertmanager.alertmanagerSpec.topologySpreadConstraints", [], ("alertmanager", "zone")),
    ("alertmanager.podDisruptionBudget.enabled", False, ("alertmanager", "drain")),
]


@pytest.mark.parametrize(("path", "value", "weak"), STOPS, ids=[s[0] for s in STOPS])
def test_each_way_to_stop_pages_is_named(platform: Platform, path: str, value: object, weak: tuple[str, str]) -> None:
    report = walk(changed(platform, "kube-prometheus-stack", lambda r: over(r, path, value)))
    assert weak in {(w.name, w.by) for w in report.stops_pages}
    assert not report.holds


def no_pagerduty(release: Release) -> Release:
    config = release.get("alertmanager", "config")
    receivers = [{k: v for k, v in receiver.items() if k != "pagerduty_configs"} for receiver in config["receivers"]]
    return over(release, "alertmanager.config.receivers", receivers)


def test_without_the_direct_leg_all_hangs_on_the_gateway_and_its_database(platform: Platform) -> None:
    one_leg = changed(platform, "kube-prometheus-stack", no_pagerduty)
    report = walk(one_leg)
    assert list(report.legs) == ["through gateway"]
    assert report.available < walk(platform).available
    alone = changed(one_leg, "gateway", lambda r: over(r, "autoscaler.minReplicas", 1))
    assert ("gateway", "replica") in {(w.name, w.by) for w in walk(alone).stops_pages}


def test_worse_zones_miss_the_target(platform: Platform) -> None:
    report = walk(platform, Assumptions(zone=0.98, replica=0.95))
    assert report.available < TARGET
    assert not report.holds
    assert "is below 99.99%" in as_text(report)


def test_a_plan_without_alerting_cannot_be_judged(platform: Platform) -> None:
    with pytest.raises(CannotRun, match="nothing called prometheus"):
        walk(replace(platform, releases=()))


def test_a_chart_without_a_reader_is_never_green(platform: Platform) -> None:
    other = Release("x.y", "new", "new", "unheard-of", "1.0.0", {})
    assert not walk(replace(platform, releases=(*platform.releases, other))).holds


def test_the_report_fits_a_terminal_and_a_machine_reads_the_same(platform: Platform) -> None:
    report = walk(platform)
    text = as_text(report, everything=True)
    assert max(len(line) for line in text.splitlines()[:-1] if not line.startswith("      ")) <= 80
    assert all(sentence.split()[0] in text for sentence in report.assumptions.words())
    data = json.loads(json.dumps(as_json(report)))
    assert data["available"] == report.available
    assert data["holds"]
