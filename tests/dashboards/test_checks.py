from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.dashboards import lint_file
from ballast.dashboards.promql import facts
from ballast.findings import Severity
from ballast.repo import CannotRun

TEXT = """{"title": "T", "description": "D", "editable": false, "panels": [
  {"type": "stat", "title": "P", "targets": [{"expr": "up"}, {"expr": "sum(x_total)"}]}
]}
"""


def found(path: Path, **choice: list[str]) -> list[str]:
    return [f"{f.check.removeprefix('dashboards/')}:{f.position.line}:{f.severity}" for f in lint_file(path, **choice)]


def test_a_file_from_anywhere_with_its_folders_exclusions(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text(TEXT)
    chosen = {"only": ["dashboards/target-*", "dashboards/panel-units"], "skip": ["dashboards/target-job"]}
    assert found(path, **chosen) == [
        "panel-units:2:warning",
        "target-instance:2:warning",
        "target-counter-agg:2:warning",
        "target-instance:2:warning",
    ]
    (tmp_path / ".lint").write_text(
        "exclusions:\n  panel-units-rule:\n  target-instance-rule:\n    entries:\n    - panel: P\n      targetIdx: 1\n"
        "warnings:\n  target-counter-agg-rule:\n    reason: it restarts every day\n"
    )
    assert found(path, **chosen) == ["target-instance:2:warning", "target-counter-agg:2:note"]


def test_a_broken_file_is_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text('{"panels": [\n')
    (finding,) = lint_file(path, name="shown.json")
    assert (finding.position.path, finding.position.line, finding.severity) == ("shown.json", 2, Severity.ERROR)
    with pytest.raises(CannotRun, match="there is no check"):
        lint_file(path, only=["dashboards/nope"])


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("histogram_quantile(0.9, sum by (le) (rate(a_seconds_bucket[5m])))", "s"),
        ("sum(rate(a_seconds_sum[5m])) / sum(rate(a_seconds_count[5m]))", "s"),
        ("sum(rate(a_total{code=~'5..'}[5m])) / sum(rate(a_total[5m]))", "ratio"),
        ("100 * (1 - a_bytes / b_bytes)", "percent"),
        ("rate(process_cpu_seconds_total[5m])", "ratio"),
        ("rate(a_bytes_total[$__rate_interval])", "bytes/s"),
        ("increase(a_total[1h])", "count"),
        ("count(a_bytes)", "count"),
        ("max_over_time(a_bytes[1h]) > 5", "bytes"),
        ("a_bytes * 8", ""),
        ("time() - process_start_time_seconds", ""),
        ("a > bool 1", ""),
    ],
)
def test_the_unit_that_a_query_yields(expr: str, unit: str) -> None:
    assert facts(expr).problem is None
    assert facts(expr).unit == unit


@given(st.text(alphabet="sumrate(){}[]$_\"'`=~,.:0123456789xlep \n-+*/", max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_is_too_strange_for_a_query(text: str) -> None:
    problem = facts(text).problem
    assert problem is None or 0 <= problem.offset <= max(len(text), 1)
