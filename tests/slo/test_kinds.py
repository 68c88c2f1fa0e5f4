"""Further kinds of SLOs: their examples are proven, mutants of their rules die, months begin anew, maintenance is silent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from ballast.repo import load, read_slo_files
from ballast.slo import CompiledSlo, Context, RecordingRule, compile_files, compile_repository, prometheus_rules
from ballast.slo.promtool import run_tests
from ballast.slo.proofs import Mutant, mutants, mutate, proofs_of, render
from tests.slo.conftest import Compile
from tests.slo.test_rules_in_prometheus import DAY, HOUR, asserted, counter, near

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "slo"
WHOLE = {"latency-native", "front-page-anywhere", "availability", "weighted"}
"""Of these every proof is run; the others' window pairs are those of any gauge, and only what they add is."""
ADDED = {"good and bad moments", "no data"}


def examples() -> dict[str, CompiledSlo]:
    documents, problems = read_slo_files([EXAMPLES])
    assert problems == []
    services = compile_files([(d.path, d.model) for d in documents], Context())
    return {slo.slo.name: slo for service in services for slo in service.slos}


def proven(slos: list[CompiledSlo], folder: Path, only: set[str] | None = None) -> list[str]:
    """The names of the proofs that were run, all of them at once; none may fail."""
    files = []
    for number, compiled in enumerate(slos):
        place = folder / str(number)
        place.mkdir()
        (place / "rules.yaml").write_text(prometheus_rules(compiled.groups))
        proofs = proofs_of(compiled)
        assert proofs.unproven == ()
        for n, (subject, scenario) in enumerate(proofs.told):
            if only is None or scenario.name in only or compiled.slo.name in WHOLE:
                file = place / f"{n}.yaml"
                file.write_text(render([(subject, scenario)], "rules.yaml"))
                files.append(file)
    outcomes = run_tests(files, jobs=2)
    assert [(outcome.test, outcome.failures) for outcome in outcomes if not outcome.passed] == []
    return [outcome.test for outcome in outcomes]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_examples_are_proven(tmp_path: Path) -> None:
    found = examples()
    ran = proven(list(found.values()), tmp_path, ADDED)
    kinds = ("queue", "report-age", "import-rate", "front-page-anywhere", "checkout")
    assert {f"{found[name].service}/{name}: good and bad moments" for name in kinds} <= set(ran)
    assert "api/availability: page quick, 1h/5m, acme" in ran
    assert "api/availability: too many groups" in ran
    assert "journey/weighted: members at each threshold" in ran


def of_rules(compiled: CompiledSlo, *names: str) -> list[Mutant]:
    """The mutants of the rules that are named."""
    return [
        mutant
        for mutant in mutants(compiled)
        if (mutant.original.record if isinstance(mutant.original, RecordingRule) else mutant.original.kind) in names
    ]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["queue", "report-age", "import-rate", "front-page-anywhere", "checkout", "availability"])
def test_mutants_of_a_verdict_die(name: str) -> None:
    """A dozen of them; `ballast prove --mutate` tries all, and those of the other rules too."""
    compiled = examples()[name]
    wrong = of_rules(compiled, "slo:good_time:ratio", "groups")
    assert len(wrong) > 4
    wrong = wrong[:: -(-len(wrong) // 12)]
    verdicts = mutate(compiled, pick=wrong, jobs=1)
    assert [(v.rule, v.change) for v in verdicts if v.killed_by is None] == []


MONTH = """
- name: errors
  objective: 99
  window: month
  sli:
    events:
      error_query: sum(rate(bad_total[{{.window}}]))
      total_query: sum(rate(all_total[{{.window}}]))
"""


def test_a_month_begins_with_all_of_its_budget(compile_text: Compile, tmp_path: Path) -> None:
    """From the 30th of January at noon to the 2nd of February: what failed in January leaves with it, in one go."""
    compiled = compile_text(MONTH)
    select = '{slo="errors"}'
    # 36 hours of January at 10/s with 2 % failing, a day of February at 5/s with 0.4 %, and an outage of an hour.
    phases = [(36 * HOUR, 10.0, 0.2), (DAY, 5.0, 0.02), (HOUR, 5.0, 5.0), (2 * HOUR, 5.0, 0.0)]
    left, ratio = f"slo:period_error_budget_remaining:ratio{select}", f"slo:sli_error:ratio_ratemonth{select}"
    total = f"slo:total:ratemonth{select} * 2592000"
    january, february = 36 * HOUR - 600, 36 * HOUR + DAY + HOUR + 600
    bad, all_of_it = DAY * 0.02 + HOUR * 5, (DAY + HOUR + 600) * 5.0
    test = {
        "name": "January becomes February",
        "interval": "1m",
        "start_timestamp": int(datetime(2026, 1, 30, 12, tzinfo=UTC).timestamp()),
        "input_series": [
            {"series": "all_total", "values": counter(*((s, r) for s, r, _ in phases), step=60)},
            {"series": "bad_total", "values": counter(*((s, e) for s, _, e in phases), step=60)},
        ],
        "promql_expr_test": [
            *asserted(january, near(ratio, 0.02, 0.005), near(left, 1 - 2, 0.02), near(total, january * 10.0, 0.005)),
            *asserted(36 * HOUR + 3 * HOUR, near(ratio, 0.004, 0.02), near(left, 0.6, 0.02), near(total, 3 * HOUR * 5.0, 0.02)),
            *asserted(february, near(ratio, bad / all_of_it, 0.02), near(total, all_of_it, 0.01)),
        ],
    }
    (tmp_path / "rules.yaml").write_text(prometheus_rules(compiled.groups))
    file = tmp_path / "tests.yaml"
    plan = {"rule_files": ["rules.yaml"], "evaluation_interval": "5m", "tests": [test]}
    file.write_text(yaml.safe_dump(plan | {"group_eval_order": [group.name for group in compiled.groups]}))
    assert [text for outcome in run_tests([file], jobs=1) for text in outcome.failures] == []


EXCLUSIONS = """\
version: ballast/v1
exclusions:
  - service: shop
    slos: [up]
    start: "2026-11-01T02:00:00Z"
    end: "2026-11-01T04:00:00Z"
    reason: database upgrade
    approver: ada
"""


def repository(root: Path, status: str = "active") -> dict[str, CompiledSlo]:
    (root / "alerts/slos").mkdir(parents=True)
    (root / "alerts/exclusions").mkdir()
    (root / "alerts/exclusions/a.yaml").write_text(EXCLUSIONS + f"status: {status}\n")
    slo = "objective: 99.9, sli: {gauge: {metric: up}}"
    (root / "alerts/slos/shop.yaml").write_text(
        f"version: prometheus/v1\nservice: shop\nslos: [{{name: up, {slo}}}, {{name: other, {slo}}}]\n"
    )
    return {one.slo.name: one for service in compile_repository(load(root)) for one in service.slos}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_maintenance_silences_alerts_and_leaves_out_tiles(tmp_path: Path) -> None:
    slos = repository(tmp_path)
    assert slos["up"].maintenance
    assert not slos["other"].maintenance
    assert "maintenance" not in prometheus_rules(slos["other"].groups)
    names = {"page, maintenance begins", "page, maintenance ends"}
    assert len(proven([slos["up"]], tmp_path, names)) == 2
    wrong = [m for m in mutants(slos["up"]) if isinstance(m.original, RecordingRule) and "maintenance" in m.original.record]
    assert len(wrong) > 4
    assert [(v.change) for v in mutate(slos["up"], pick=wrong, jobs=1) if v.killed_by is None] == []


def test_an_archived_exclusion_silences_nothing(tmp_path: Path) -> None:
    assert not repository(tmp_path, "archived")["up"].maintenance


def test_half_hours_of_maintenance_are_not_in_the_budget(tmp_path: Path) -> None:
    """Everything fails for the two hours that were agreed on, and a tenth for ten minutes that were not."""
    compiled = repository(tmp_path)["up"]
    start = int(datetime(2026, 11, 1, 0, tzinfo=UTC).timestamp())
    # Two good hours, two of maintenance, then good but for ten minutes; looked at more than six hours later.
    up = "1x120 0x119 1x59 0.9x9 1x588"
    test = {
        "name": "maintenance",
        "interval": "1m",
        "start_timestamp": start,
        "input_series": [{"series": "up", "values": up}],
        "promql_expr_test": asserted(
            13 * HOUR,
            near('slo:sli_error:ratio_rate1d{slo="up"}', 1 / 660, 0.03),
            near('slo:maintenance:until{slo="up"}', start + 4 * HOUR, 1e-9),
        ),
    }
    (tmp_path / "rules.yaml").write_text(prometheus_rules(compiled.groups))
    file = tmp_path / "tests.yaml"
    plan = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    file.write_text(yaml.safe_dump(plan | {"group_eval_order": [group.name for group in compiled.groups]}))
    assert [text for outcome in run_tests([file], jobs=1) for text in outcome.failures] == []
