"""Predicted cost: samples as they can be counted by hand. `make bench ARGS=cost` holds it against a real Prometheus."""

from __future__ import annotations

import pytest

from ballast.slo import Assumptions, CompiledSlo, RecordingRule, cost_of, total_cost
from tests.slo.conftest import Compile

SLO = """
- name: availability
  objective: 99.9
  sli:
    events:
      error_query: sum(rate(bad_total[{{.window}}]))
      total_query: sum(rate(all_total[{{.window}}]))
"""


@pytest.fixture
def compiled(compile_text: Compile) -> CompiledSlo:
    return compile_text(SLO).slos[0]


def only(compiled: CompiledSlo, *records: str) -> CompiledSlo:
    """The SLO with no rules but these."""
    for group in compiled.groups:
        group.rules = [r for r in group.rules if isinstance(r, RecordingRule) and r.record in records]
    return compiled


def test_direct_windows_read_series_times_range(compiled: CompiledSlo) -> None:
    cost = cost_of(only(compiled, "slo:total:rate6h"), Assumptions(series=7, scrape=15))
    assert cost.sampled == 7 * 6 * 3600 / 15
    assert cost.read == cost.sampled / 5
    assert cost.written == 1 / 5


def test_a_month_of_tiles_is_a_sample_each_half_hour(compiled: CompiledSlo) -> None:
    cost = cost_of(only(compiled, "slo:tile_total:rate30m", "slo:tile_total:begun", "slo:total:rate6h", "slo:total:rate30d"))
    tiled = cost_of(only(compiled, "slo:tile_total:rate30m", "slo:tile_total:begun", "slo:total:rate6h"))
    # 714 hours of tiles, the 6h record, and three looks at begun tiles.
    assert cost.sampled - tiled.sampled == 714 * 2 + 1 + 3


def test_more_series_and_groups_cost_more(compile_text: Compile) -> None:
    plain = compile_text(SLO).slos[0]
    few, many = cost_of(plain, Assumptions(series=10)), cost_of(plain, Assumptions(series=100))
    assert many.busy > 2 * few.busy
    assert many.series == few.series
    by = SLO.replace("sum(", "sum by (tenant) (") + "  groups: {by: [tenant], limit: 50}\n"
    assert cost_of(compile_text(by).slos[0], Assumptions(groups=50)).series == 50 * (few.series + 2)


def test_totals_add_up(compile_text: Compile) -> None:
    one = cost_of(compile_text(SLO).slos[0])
    total = total_cost([one, one, one])
    assert (total.slo, total.rules) == ("3 SLOs", 3 * one.rules)
    assert total.busy == pytest.approx(3 * one.busy)
