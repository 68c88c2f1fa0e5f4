"""The proofs of every shape of SLO hold, and each notices rules that are wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from ballast.repo import load, read_slo_files
from ballast.slo import CompiledSlo, Context, compile_files
from ballast.slo.proofs import Mutant, mutants, mutate, proof_files, proofs_of, prove

EVENTS = """
  sli:
    events:
      error_query: sum(rate(requests_total{job="shop",code=~"5.."}[{{.window}}]))
      total_query: sum(rate(requests_total{job="shop"}[{{.window}}]))
"""
SHAPES = {
    "events": f"objective: 99.9{EVENTS}",
    "events-28d": f"objective: 99.5\n  window: 28d{EVENTS}",
    "events-7d": f"objective: 99.95\n  window: 7d{EVENTS}",
    "low-traffic": f"objective: 99.9\n  low_traffic: {{minimum_bad: 3}}{EVENTS}",
    "low-traffic-sure": f"objective: 99\n  low_traffic: {{expected: 0.01, confidence: 0.95}}{EVENTS}",
    "minimum-traffic": f"objective: 99\n  minimum_traffic: 0.5{EVENTS}",
    "unreachable": f"objective: 90{EVENTS}",
    "latency": "objective: 99\n  sli: {latency: {metric: request_seconds, selector: 'job=\"shop\"', threshold: 0.25}}",
    "gauge": "objective: 99.5\n  sli: {gauge: {metric: up, selector: 'job=\"shop\"'}}",
    "raw": "objective: 99.9\n  sli: {raw: {error_ratio_query: 'sum(rate(bad[{{.window}}])) / sum(rate(all[{{.window}}]))'}}",
    "short-table": f"""objective: 99
  burn_rates:
    - {{severity: page, long: 1m, short: 10s, factor: 10}}
    - {{severity: ticket, long: 5m, short: 30s, factor: 3}}{EVENTS}""",
}
Shape = Callable[[str], CompiledSlo]


@pytest.fixture
def shape(tmp_path: Path) -> Shape:
    def compiled(name: str) -> CompiledSlo:
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"version: prometheus/v1\nservice: shop\nslos:\n- name: {name}\n  {SHAPES[name]}\n")
        documents, problems = read_slo_files([path])
        assert documents, problems
        (service,) = compile_files([(d.path, d.model) for d in documents], Context())
        return service.slos[0]

    return compiled


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_proofs_of_every_shape_hold(shape: Shape, name: str) -> None:
    proofs = prove([shape(name)])
    assert [proof.proves for proof in proofs if not proof.ran] == []
    assert [(proof.name, proof.failures) for proof in proofs if proof.failures] == []
    kinds = {re.sub(r"(page|ticket)|, .*", "", proof.name).strip() for proof in proofs}
    assert {"quick", "no data"} <= kinds


def one_of_each(compiled: CompiledSlo) -> list[Mutant]:
    """The first mutant of each kind of change to each kind of rule, whatever the window or the label."""
    picked: dict[tuple[str, str], Mutant] = {}
    for mutant in mutants(compiled):
        rule = getattr(mutant.original, "kind", "") or re.sub(r"\d+\w", "", mutant.original.record)
        change = re.sub(r"\d\S*( is)? ?|(?<=label )\w+ ", "", mutant.change)
        picked.setdefault((rule + getattr(mutant.original, "severity", ""), change), mutant)
    return list(picked.values())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["minimum-traffic", "gauge"])
def test_a_mutant_of_each_kind_dies(shape: Shape, name: str) -> None:
    """`ballast prove --mutate` tries them all."""
    compiled = shape(name)
    verdicts = mutate(compiled, pick=one_of_each(compiled), jobs=1)
    assert len(verdicts) > 30
    assert [(v.rule, v.severity, v.change) for v in verdicts if v.killed_by is None] == []


def test_a_harmless_change_survives(shape: Shape) -> None:
    """The judge is not one who condemns everybody."""
    compiled = shape("short-table")
    rule = next(rule for rule in compiled.alerts if rule.kind == "burn")
    harmless = Mutant(rule, replace(rule, expr=f"({rule.expr}) + 0"), "adds nothing")
    (verdict,) = mutate(compiled, pick=[harmless])
    assert verdict.killed_by is None


def test_what_cannot_be_fed_is_unproven(shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    quantile = "histogram_quantile(0.9, sum by (le) (rate(b[{{.window}}])))"
    monkeypatch.setitem(SHAPES, "raw", f"objective: 99\n  sli: {{raw: {{error_ratio_query: '{quantile}'}}}}")
    proofs = proofs_of(shape("raw"))
    assert proofs.told == ()
    assert "histogram_quantile" in proofs.unproven[0]


def test_this_repositorys_proofs_are_promtool_files(root: Path) -> None:
    files = proof_files(load(root))
    assert files
    for path, text in files.items():
        test = yaml.safe_load(text)
        assert (root / path).parent.joinpath(test["rule_files"][0]).resolve().parent == root / "alerts" / "rules"
        names = [case["name"] for case in test["tests"]]
        assert len(names) == len(set(names)), path
        assert all(len(line) <= 120 for line in text.splitlines() if line.lstrip().startswith("#")), path
