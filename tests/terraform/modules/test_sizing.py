"""Module sizing's capacity model: properties over loads that hypothesis draws, asked of Terraform itself in one plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ballast.terraform import Server

from .sizes import LOADS, README, answers, with_table

type Load = Mapping[str, float]
INPUTS = {
    "services": (1, 5000),
    "series": (0, 5_000_000),
    "high_cardinality_series": (0, 5_000_000),
    "logs_gb_a_day": (0, 20_000),
    "spans_gb_a_day": (0, 20_000),
    "nodes": (1, 5000),
}
COUNT = 8


def drawn() -> list[dict[str, float]]:
    """Loads of all sizes, the same ones each time: all of them go to Terraform together."""
    found: list[dict[str, float]] = []

    @settings(
        max_examples=COUNT, derandomize=True, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.fixed_dictionaries({name: st.integers(low, high) for name, (low, high) in INPUTS.items()}))
    def draw(load: dict[str, float]) -> None:
        found.append(load)

    draw()
    return found


@pytest.fixture(scope="module")
def sized(server: Server, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Load, dict[str, Load], dict[str, Any]]]:
    """Each load, and the same with each input grown by a half (as far as it may), with what the module answers."""
    loads = {f"{number}": load for number, load in enumerate(drawn())}
    grown = {
        f"{key}+{name}": load | {name: min(high, math.ceil(load[name] * 1.5) + 1)}
        for key, load in loads.items()
        for name, (_, high) in INPUTS.items()
    }
    found = answers(server, tmp_path_factory.mktemp("sizing"), loads | grown)
    return [(load, {name: found[f"{key}+{name}"] for name in INPUTS}, found[key]) for key, load in loads.items()]


def numbers(value: Any) -> Iterator[tuple[str, float]]:
    """Every leaf of an answer as a number in its own unit."""
    units = {"m": 0.001, "Mi": 1 / 1024, "Gi": 1.0}
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from ((f"{name}.{path}", number) for path, number in numbers(item))
    elif isinstance(value, str):
        unit = next((unit for unit in ("Mi", "Gi", "m") if value.endswith(unit)), "")
        yield "", float(value.removesuffix(unit)) * units.get(unit, 1.0)
    else:
        yield "", float(value)


def test_more_load_never_needs_less(sized: list[tuple[Load, dict[str, Any], dict[str, Any]]]) -> None:
    """In sum, for each component: a part may have more pods that are smaller."""
    for load, grown, base in sized:
        for name, more in grown.items():
            for component, total in base["totals"].items():
                for unit in ("pods", "cpu", "storage_gb"):
                    slack = 10 * more["totals"][component]["pods"] if unit == "storage_gb" else 0
                    assert more["totals"][component][unit] + slack >= total[unit] * (1 - 1e-9), (load, name, component, unit)
            assert more["partitions"] >= base["partitions"]


def test_counts_survive_a_zone(sized: list[tuple[Load, dict[str, Any], dict[str, Any]]]) -> None:
    for load, _, answer in sized:
        size = answer["sizing"]
        for part in (size["thanos"]["receive"], size["loki"]["ingester"], size["kafka"]["broker"]):
            assert part["replicas"] >= 3, load
            assert part["replicas"] % 3 == 0, load
        assert answer["partitions"] % 3 == 0
        assert 3 <= size["victoriametrics"]["storage"]["replicas"] <= 9
        assert size["gateway"]["max_replicas"] > size["gateway"]["replicas"] >= 2
        assert size["prometheus"]["prometheus"]["replicas"] == 2


def test_two_zones_carry_the_load(sized: list[tuple[Load, dict[str, Any], dict[str, Any]]]) -> None:
    """With a third of the pods away, what is left holds all series and takes all bytes."""
    for load, _, answer in sized:
        size = answer["sizing"]
        receive, storage, ingester = size["thanos"]["receive"], size["victoriametrics"]["storage"], size["loki"]["ingester"]
        gib = float(receive["memory"].removesuffix("Gi"))
        assert receive["replicas"] * 2 / 3 * (gib - 2) * 2**20 / 6 >= load["series"] * 2 * 3 - 1, load
        gib = float(storage["memory"].removesuffix("Gi"))
        assert storage["replicas"] * 2 / 3 * (gib - 2) * 2**20 / 2 >= load["high_cardinality_series"] * 2 * 2 - 1, load
        assert ingester["replicas"] * 2 / 3 * 200 >= load["logs_gb_a_day"] - 1e-6, load


def test_disks_hold_what_is_kept(sized: list[tuple[Load, dict[str, Any], dict[str, Any]]]) -> None:
    for load, _, answer in sized:
        samples = (load["series"] + load["high_cardinality_series"]) / 5 * 86400 * 32
        assert answer["sizing"]["prometheus"]["prometheus"]["storage_gb"] * 1e9 >= samples * 1.7, load
        broker = answer["sizing"]["kafka"]["broker"]
        assert broker["replicas"] * broker["storage_gb"] >= 3 * load["spans_gb_a_day"], load


def test_every_number_is_one_that_kubernetes_takes(sized: list[tuple[Load, dict[str, Any], dict[str, Any]]]) -> None:
    for load, _, answer in sized:
        for path, number in numbers(answer["sizing"]):
            assert number > 0, (load, path)
            if path.endswith(("replicas.", "storage_gb.", "memory_mb.")):
                assert number == int(number), (load, path)


def test_the_readmes_table_is_what_the_module_answers(server: Server, tmp_path: Path) -> None:
    text = README.read_text()
    assert with_table(text, answers(server, tmp_path, LOADS)) == text, "python -m tests.terraform.modules.sizes"
