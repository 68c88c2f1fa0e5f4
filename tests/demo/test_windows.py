"""The demo's short table, proven with promtool like every other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.demo import FAULTS, SHORT, with_table
from ballast.repo import load
from ballast.slo import compile_file, context_of, prometheus_rules
from ballast.slo.promtool import run_tests
from ballast.slo.proofs import proofs_of
from ballast.slo.proofs import test_files as files_of  # pytest would take its own name for a test
from tests.conftest import ROOT


def test_only_the_named_slo_gets_the_table_and_a_label_that_says_so() -> None:
    file = next(d.model for d in load(ROOT).slo_files if d.model.service == "checkout")
    changed = {slo.name: slo for slo in with_table(file, "availability", SHORT).slos}
    assert changed["availability"].burn_rates == SHORT
    assert changed["availability"].labels["windows"] == "demo"
    assert changed["latency"] == next(slo for slo in file.slos if slo.name == "latency")


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_the_short_table_is_proven(fault: str, tmp_path: Path) -> None:
    """Each alert fires when predicted, stays quiet just below, resolves, with the demo's short windows too."""
    repository = load(ROOT)
    service, name = FAULTS[fault].slo.split("/")
    document = next(d for d in repository.slo_files if d.model.service == service)
    compiled = compile_file(with_table(document.model, name, SHORT), context_of(repository))
    compiled.slos = [slo for slo in compiled.slos if slo.slo.name == name]
    (tmp_path / "rules.yaml").write_text(prometheus_rules(compiled.groups))
    proofs = proofs_of(compiled.slos[0])
    assert proofs.unproven == ()
    paths = []
    for file, text in files_of([proofs], "rules.yaml").items():
        (tmp_path / file).write_text(text)
        paths.append(tmp_path / file)
    assert [outcome for outcome in run_tests(paths) if not outcome.passed] == []
