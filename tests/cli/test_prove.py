"""`ballast prove` as its users see it: a small repository of one SLO with short windows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun

SLO = """
version: prometheus/v1
service: shop
slos:
  - name: requests
    objective: 99
    sli:
      events:
        error_query: sum(rate(requests_total{code="500"}[{{.window}}]))
        total_query: %s
    burn_rates:
      - {severity: page, long: 1m, short: 10s, factor: 10}
"""
TOTAL = "sum(rate(requests_total[{{.window}}]))"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> Path:
    for name in ("settings", "routing"):
        path = tmp_path / "alerts" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text((root / "alerts" / f"{name}.yaml").read_text())
    (tmp_path / "alerts" / "slos").mkdir()
    (tmp_path / "alerts" / "slos" / "shop.yaml").write_text(SLO % TOTAL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_proofs_as_text_and_json(shop: Path) -> None:
    text = CliRunner().invoke(build_app("prove"), ["prove", "shop/requests"])
    assert text.exit_code == 0, text.output
    assert "proven   page quick, 1m/10s" in text.output
    assert "5 of 5 proofs hold." in text.output
    rows = json.loads(CliRunner().invoke(build_app("prove"), ["prove", "-o", "json"]).stdout)
    assert [row["failures"] for row in rows] == [[]] * 5


def test_an_unknown_slo_has_a_suggestion(shop: Path) -> None:
    with pytest.raises(CannotRun, match="did you mean shop/requests"):
        CliRunner().invoke(build_app("prove"), ["prove", "shop/request"], catch_exceptions=False)


def test_what_cannot_be_proven_is_said(shop: Path) -> None:
    (shop / "alerts" / "slos" / "shop.yaml").write_text(SLO % "sum(rate(a[{{.window}}])) * sum(rate(b[{{.window}}]))")
    text = CliRunner().invoke(build_app("prove"), ["prove"])
    assert "unproven" in text.output
    assert "is not a sum of rates" in text.output


@pytest.mark.slow
def test_mutants_die(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ballast.slo import proofs

    changes = ("for 15m", "label tier removed", "deleted")
    every = proofs.mutants
    monkeypatch.setattr(proofs, "mutants", lambda slo: [mutant for mutant in every(slo) if mutant.change in changes])
    result = CliRunner().invoke(build_app("prove"), ["prove", "--mutate", "-o", "json"])
    assert result.exit_code == 0, result.output
    verdicts = json.loads(result.stdout)
    assert len(verdicts) > 6
    assert all(verdict["killed_by"] for verdict in verdicts)
