"""Budgets are exact through gaps in scraping, late series and restarts: what the rules record, against counting every event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import batched
from pathlib import Path

import yaml

from ballast.slo import Group, RecordingRule, prometheus_rules
from ballast.slo.promtool import run_tests
from tests.slo.conftest import Compile
from tests.slo.differential import got

SLO = """
- name: availability
  objective: 99
  window: 7d
  sli:
    events:
      error_query: sum by (day) (rate(requests_total{code="500"}[{{.window}}]))
      total_query: sum by (day) (rate(requests_total[{{.window}}]))
"""
NEEDED = ("5m", "30m", "1h", "6h", "7d", ":begun")
SCRAPE, MINUTE, HOUR = 30, 60, 3600
LENGTH = 645 * MINUTE
EXACT = 0.01
"""How far the bad events of the week may be off, as a share: `rate` is a scrape or so off where traffic changes."""


@dataclass(frozen=True)
class Day:
    """Nearly eleven hours with an outage in the fourth one and a gap in scraping (minutes), with a `restart` as it begins."""

    name: str
    gap: int = 0
    length: int = 0
    born_late: bool = False
    restart: bool = False

    def rates(self, minute: float) -> tuple[float, float]:
        """Good and bad events per second."""
        if 200 <= minute < 250:
            return 40.0, 10.0
        return (5.0, 0.0) if minute < 120 else (30.0, 0.02 if minute > 300 else 0.0)

    def counted(self, code: str) -> tuple[str, float]:
        """What is scraped of a counter, in promtool's notation, and how many events there were."""
        value, truth, values = 0.0, 0.0, []
        born = code == "200" or not self.born_late
        for n in range(LENGTH // SCRAPE + 1):
            minute = n * SCRAPE / MINUTE
            events = SCRAPE * self.rates(minute - SCRAPE / MINUTE)[code == "500"] if n else 0.0
            truth += events
            scraped = not self.gap <= minute < self.gap + self.length
            if self.restart and minute == self.gap:
                value = 0.0
            value += events
            if born or value:
                values.append(f"{value:.10g}" if scraped else "stale")
                born = True
            else:
                values.append("_")
        return " ".join(values), truth


GAPS = [
    Day(f"a gap of {length} min, {at - 240:+d} min from a half hour", at, length)
    for length in (2, 8, 15, 25)
    for at in (216, 225, 239)
]
DAYS = [
    Day("no gap"),
    Day("errors appear late", born_late=True),
    *GAPS,
    Day("errors appear late, before a gap", 225, 20, born_late=True),
    Day("a restart from zero within a gap", 230, 20, restart=True),
]


def deviations(groups: list[Group], folder: Path) -> dict[str, tuple[float, float]]:
    """How far bad and all events of the week are off, by the day's name: all days at once, as groups of one SLO."""
    (folder / "rules.yaml").write_text(prometheus_rules(groups))
    series, queries = [], {}
    for n, day in enumerate(DAYS):
        counts = {code: day.counted(code) for code in ("200", "500")}
        series += [{"series": f'requests_total{{day="{n}",code="{c}"}}', "values": v} for c, (v, _) in counts.items()]
        total, bad = f'slo:total:rate7d{{day="{n}"}} * {7 * 24 * HOUR}', f'slo:sli_error:ratio_rate7d{{day="{n}"}}'
        bads, events = counts["500"][1], counts["200"][1] + counts["500"][1]
        queries[f"sum({bad} * ignoring (sloth_window) {total}) / {bads!r} - 1"] = day.name
        queries[f"sum({total}) / {events!r} - 1"] = day.name
    expected = [{"expr": query, "eval_time": "645m", "exp_samples": []} for query in queries]  # so that it says what it got
    test = {"interval": f"{SCRAPE}s", "input_series": series, "promql_expr_test": expected}
    plan = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "group_eval_order": [g.name for g in groups]}
    file = folder / "tests.yaml"
    file.write_text(yaml.safe_dump(plan | {"tests": [test]}, width=10**9))
    (outcome,) = run_tests([file], jobs=1)
    values = dict(got(failure) for failure in outcome.failures)
    return {
        day.name: (bad, every) for day, (bad, every) in zip(DAYS, batched(map(values.__getitem__, queries), 2), strict=True)
    }


def test_bad_events_of_the_week(compile_text: Compile, tmp_path: Path) -> None:
    compiled = compile_text(SLO).groups
    groups = [
        replace(g, rules=[r for r in g.rules if isinstance(r, RecordingRule) and r.record.endswith(NEEDED)]) for g in compiled
    ]
    found = deviations(groups, tmp_path)
    for day in DAYS:
        bad, every = found[day.name]
        hidden = SCRAPE * day.born_late + day.length * MINUTE * (day.length < 5)  # seconds of errors that nothing sees
        assert abs(bad) < EXACT + hidden * 10 / day.counted("500")[1], found
        assert abs(every) < EXACT, found
