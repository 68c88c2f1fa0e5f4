"""`ballast slo`, as a user runs it: what is printed, written and returned."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SPEC = """version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    description: People can buy.
    sli:
      availability: {metric: http_requests_total, selector: 'job="shop"'}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SPEC)
    return path


def ballast(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("ballast"), "slo", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_compile_prints_a_rule_file(spec: Path, tmp_path: Path) -> None:
    done = ballast("compile", spec, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [g["name"] for g in yaml.safe_load(done.stdout)["groups"]] == ["shop/availability/fast", "shop/availability/slow"]


def test_compile_writes_a_file_a_service(spec: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(SPEC.replace("shop", "bank"))
    done = ballast("compile", tmp_path, "--out", tmp_path / "out", "--format", "kubernetes", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["bank.yaml", "shop.yaml"]
    assert yaml.safe_load((tmp_path / "out" / "shop.yaml").read_text())["kind"] == "PrometheusRule"


def test_an_error_writes_nothing(spec: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(SPEC.replace("shop", "bad").replace("99.9", "101"))
    done = ballast("compile", spec, tmp_path / "bad.yaml", "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "bad.yaml:5:" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = ballast("compile", "empty", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no SLO file in empty" in done.stderr


def test_json_is_what_was_compiled(spec: Path, tmp_path: Path) -> None:
    (service,) = json.loads(ballast("compile", spec, "--output", "json", cwd=tmp_path).stdout)
    (slo,) = service["slos"]
    assert (slo["id"], slo["budget"], len(slo["pairs"])) == ("shop-availability", 0.001, 4)
    assert [group["interval"] for group in slo["groups"]] == ["5s", "1m"]


def test_a_repository_lends_its_settings(spec: Path, tmp_path: Path) -> None:
    alerts = tmp_path / "alerts"
    alerts.mkdir()
    (alerts / "settings.yaml").write_text("version: ballast/v1\nintervals: {fast: 10s, slow: 2m}\n")
    groups = yaml.safe_load(ballast("compile", spec, cwd=tmp_path).stdout)["groups"]
    assert [g["interval"] for g in groups] == ["10s", "2m"]


def test_list_and_explain(root: Path, tmp_path: Path) -> None:
    rows = json.loads(ballast("list", "--output", "json", cwd=root).stdout)
    assert {"slo", "objective", "window", "status", "alert", "source"} <= set(rows[0])
    names = [row["slo"] for row in rows]
    assert "checkout/availability" in names
    listed = ballast("list", cwd=root).stdout
    assert all(name in listed for name in names)
    assert max(map(len, listed.splitlines())) <= 80
    told = ballast("explain", "checkout/availability", cwd=root).stdout
    assert "page    1h + 5m     14.4   1.44%" in told
    assert max(map(len, told.splitlines())) <= 80
    assert json.loads(ballast("explain", "checkout/availability", "--output", "json", cwd=root).stdout)["objective"] == 99.9


def test_a_name_that_is_not_there(root: Path) -> None:
    done = ballast("explain", "checkut/availability", cwd=root)
    assert done.returncode == 2
    assert "did you mean checkout/availability" in done.stderr


OPENSLO = Path(__file__).parents[2] / "docs" / "examples" / "openslo" / "web.yaml"


def test_openslo_is_imported_and_nothing_is_overwritten(tmp_path: Path) -> None:
    done = ballast("import", OPENSLO, "--out", tmp_path / "slos", cwd=tmp_path)
    assert done.returncode == 0
    assert "note openslo/source" in done.stderr
    (file,) = (tmp_path / "slos").iterdir()
    assert file.name == "web.yaml"
    assert ballast("import", OPENSLO, "--out", tmp_path / "slos", cwd=tmp_path).returncode == 0
    file.write_text("mine")
    refused = ballast("import", OPENSLO, "--out", tmp_path / "slos", cwd=tmp_path)
    assert (refused.returncode, file.read_text()) == (2, "mine")
    assert "is there already" in refused.stderr


def test_what_is_left_out_of_an_export_is_exit_code_1(spec: Path, tmp_path: Path) -> None:
    spec.write_text(SPEC + "  - {name: age, objective: 99, sli: {freshness: {metric: last, max_age: 1h}}}\n")
    done = ballast("export", spec, "--format", "sloth", "--output", "json", cwd=tmp_path)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [slo["name"] for slo in yaml.safe_load(found["files"]["shop.yaml"])["slos"]] == ["availability"]
    assert [(p["check"], p["severity"]) for p in found["problems"]] == [("openslo/kind", "error")]
    assert ballast("export", spec, cwd=tmp_path).returncode == 0
