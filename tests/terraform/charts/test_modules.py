"""The values that our modules render are keys of the pinned charts, and a misspelt one is found where it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun
from ballast.terraform.charts import Chart, Reference, keys_of, modules_with_releases, read_catalog, referenced
from ballast.terraform.charts.check import check_module

REPO = Path(__file__).resolve().parents[3]
REFERENCES = REPO.parent / "shared" / "charts"
CHARTS = read_catalog(REPO)


def known(chart: Chart) -> Reference:
    found = referenced(REFERENCES, chart.name, chart.version)
    if found is None:
        raise CannotRun(f"no reference of {chart.name} {chart.version}")
    return found


@pytest.mark.skipif(not REFERENCES.is_dir(), reason="the references of charts (../shared/charts) are not here")
@pytest.mark.parametrize("module", modules_with_releases(REPO), ids=lambda path: path.name)
def test_values_are_keys_of_their_charts(module: Path) -> None:
    assert [f"{f.position}: {f.message}" for f in check_module(REPO, module, CHARTS, known)] == []


MODULE = """
locals {
  server = {
    replica = 2
    image   = { tag = "v1" }
  }
}

resource "helm_release" "this" {
  name       = "loki"
  namespace  = "loki"
  repository = "oci://ghcr.io/grafana-community/helm-charts"
  chart      = "loki"
  version    = jsondecode(file("${path.module}/charts.json"))["loki"].version
  values     = [yamlencode({ server = local.server })]
}

terraform {
  required_providers {
    helm = { source = "hashicorp/helm" }
  }
}
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "misspelt"
    (folder / "tests").mkdir(parents=True)
    (folder / "main.tf").write_text(MODULE)
    (folder / "tests" / "x.tftest.hcl").write_text('run "planned" {\n  command = plan\n}\n')
    (folder / "charts.json").write_text(json.dumps({"loki": {"version": CHARTS["loki"].version}}))
    return folder


def test_a_misspelt_key_is_found_at_its_line(module: Path) -> None:
    keys = keys_of({"server": {"replicas": 1, "image": {"tag": ""}}})
    found = list(check_module(REPO, module, CHARTS, lambda chart: Reference(chart.name, chart.version, keys)))
    assert [(f.position.path, f.position.line, f.position.column) for f in found] == [((module / "main.tf").as_posix(), 4, 5)]
    assert "server.replica" in found[0].message
    assert found[0].mend == "did you mean replicas?"


def test_values_of_a_chart_of_ours_are_keys_of_it(module: Path) -> None:
    text = (module / "main.tf").read_text().replace('chart      = "loki"', 'chart      = "${path.module}/charts/gateway"')
    (module / "main.tf").write_text(text)
    found = list(check_module(REPO, module, CHARTS, known))
    assert [f.message.split(":")[0] for f in found] == ["our chart gateway"]
    assert "server" in found[0].message


def test_without_a_registry_nothing_is_green(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPO)
    done = CliRunner().invoke(build_app("charts"), ["charts", "check", str(module), "--from", str(module)])
    assert done.exit_code == 2
    assert "were not checked" in done.output


def test_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPO)
    done = CliRunner().invoke(build_app("charts"), ["charts", "list", "--output", "json"])
    assert done.exit_code == 0
    assert {row["name"]: row["version"] for row in json.loads(done.output)} == {n: c.version for n, c in CHARTS.items()}
