"""Rulers share SLOs evenly and the same each time, and one more ruler moves no more than its share."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun, SloFile
from ballast.slo import CompiledSlo, Context, compile_file, shard
from ballast.slo.shard import SLACK, together

COUNT = 240


@pytest.fixture(scope="module")
def slos() -> list[CompiledSlo]:
    def one(n: int) -> dict[str, object]:
        window = "28d" if n % 3 else "7d"
        return {
            "name": f"s{n}",
            "objective": 99.9,
            "window": window,
            "sli": {"availability": {"metric": "http_requests_total"}},
        }

    files = [
        {"version": "prometheus/v1", "service": f"service-{n}", "slos": [one(m) for m in range(4)]} for n in range(COUNT // 4)
    ]
    return [slo for file in files for slo in compile_file(SloFile.model_validate(file), Context()).slos]


def places(slos: list[CompiledSlo], count: int) -> dict[str, int]:
    return {one.id: part.number for part in shard(slos, count) for one in part.slos}


def test_every_slo_is_in_one_shard_and_none_is_overfull(slos: list[CompiledSlo]) -> None:
    parts = shard(slos, 7)
    assert Counter(one.id for part in parts for one in part.slos) == Counter(one.id for one in slos)
    even = sum(part.cost.busy for part in parts) / 7
    assert max(part.cost.busy for part in parts) <= (1 + SLACK) * even
    assert min(part.cost.busy for part in parts) >= 0.6 * even


def test_the_order_of_the_files_does_not_matter(slos: list[CompiledSlo]) -> None:
    assert places(random.Random(1).sample(slos, len(slos)), 5) == places(slos, 5)


@pytest.mark.parametrize("count", [2, 5, 9])
def test_one_more_moves_its_share(slos: list[CompiledSlo], count: int) -> None:
    before, after = places(slos, count), places(slos, count + 1)
    moved = [name for name in before if before[name] != after[name]]
    assert len(moved) <= 1.5 * COUNT / (count + 1)
    assert sum(after[name] == count for name in moved) >= 0.75 * len(moved)  # nearly all of them to the new one


def test_a_composite_is_evaluated_where_its_members_are() -> None:
    sli = {"availability": {"metric": "http_requests_total"}}
    members = {"shop/a": 1.0, "shop/b": 1.0}
    specs = [{"name": n, "objective": 99.0, "sli": sli} for n in ("a", "b", "c")]
    specs.append({"name": "all", "objective": 99.0, "sli": {"composite": {"weighted": members}}})
    file = SloFile.model_validate({"version": "prometheus/v1", "service": "shop", "slos": specs})
    units = together(compile_file(file, Context()).slos)
    assert sorted([one.slo.name for one in unit] for unit in units) == [["a", "all", "b"], ["c"]]


def test_no_shard_is_none(slos: list[CompiledSlo]) -> None:
    with pytest.raises(CannotRun, match="--shards 1"):
        shard(slos, 0)


def test_the_command_writes_what_moved_and_takes_away_what_is_gone(tmp_path: Path) -> None:
    spec, out = tmp_path / "spec.yaml", tmp_path / "out"
    entry = "  - {name: s%d, objective: 99, sli: {gauge: {metric: up}}}\n"
    spec.write_text("version: prometheus/v1\nservice: shop\nslos:\n" + "".join(entry % n for n in range(6)))

    def run(count: int, kind: str = "prometheus") -> list[str]:
        words = ["slo", "shard", str(spec), "--shards", str(count), "--out", str(out), "--format", kind]
        assert CliRunner().invoke(build_app("slo"), words).exit_code == 0
        files = sorted(out.rglob("*.yaml"))
        return [group["name"] for f in files for group in groups(yaml.safe_load(f.read_text()))]

    def groups(file: dict[str, dict[str, list[dict[str, str]]]]) -> list[dict[str, str]]:
        return list(file.get("spec", file)["groups"])  # type: ignore[arg-type]

    expected = sorted(f"shop/s{n}/{group}" for n in range(6) for group in ("fast", "slow"))
    assert sorted(run(3)) == expected
    assert sorted(run(1, "kubernetes")) == expected, "a file of the second and third shard is still there"
    resource = yaml.safe_load((out / "shard-0" / "shop.yaml").read_text())
    assert resource["metadata"]["labels"]["slo-shard"] == "0"
