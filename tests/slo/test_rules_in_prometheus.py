"""The recorded figures and alert texts, evaluated by the real Prometheus rule engine (promtool), against the plain truth."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ballast.slo import Compiled, prometheus_file
from ballast.slo.promtool import run_tests
from tests.slo.conftest import Compile

SLOS = """
- name: availability
  objective: 99
  window: 7d
  sli:
    events:
      error_query: sum(rate(bad_total[{{.window}}]))
      total_query: sum(rate(all_total[{{.window}}]))
- name: by-cluster
  objective: 99
  window: 7d
  sli:
    events:
      error_query: sum by (cluster) (rate(bad_total[{{.window}}]))
      total_query: sum by (cluster) (rate(all_total[{{.window}}]))
- name: raw
  objective: 99
  window: 7d
  sli:
    raw:
      error_ratio_query: sum(rate(bad_total[{{.window}}])) / sum(rate(all_total[{{.window}}]))
- name: up
  objective: 99
  window: 7d
  sli:
    gauge: {metric: up}
"""
MINUTE, HOUR, DAY = 60, 3600, 86400


def near(query: str, truth: float, within: float = 1e-4) -> str:
    """1 when the query's only result is within a relative distance of the truth."""
    return f"abs(sum({query}) / {truth!r} - 1) < bool {within}"


def asserted(at: int, *expressions: str) -> list[dict[str, object]]:
    return [{"expr": e, "eval_time": f"{at}s", "exp_samples": [{"labels": "{}", "value": 1}]} for e in expressions]


def absent(at: int, *expressions: str) -> list[dict[str, object]]:
    return [{"expr": e, "eval_time": f"{at}s", "exp_samples": []} for e in expressions]


@pytest.fixture
def compiled(compile_text: Compile) -> Compiled:
    return compile_text(SLOS)


def check(compiled: Compiled, tmp_path: Path, tests: list[dict[str, object]], step: str = "1m") -> None:
    (tmp_path / "rules.yaml").write_text(prometheus_file(compiled))
    file = tmp_path / "tests.yaml"
    plan = {"rule_files": ["rules.yaml"], "evaluation_interval": step, "tests": tests}
    file.write_text(yaml.safe_dump(plan | {"group_eval_order": [group.name for group in compiled.groups]}))
    failures = [f"{o.test}: {text}" for o in run_tests([file], jobs=1) for text in o.failures]
    assert not failures, "\n".join(failures)


def counter(*phases: tuple[int, float], step: int) -> str:
    """promtool's notation of a counter: seconds and events per second of each phase."""
    value, parts = 0.0, []
    for length, rate in phases:
        parts.append(f"{value:g}+{rate * step:g}x{length // step - 1}")
        value += rate * length
    return " ".join(parts)


def test_minutes(compiled: Compiled, tmp_path: Path) -> None:
    """Missing error series, idle hours, missing totals, groups: what every minute looks like."""
    late = {
        "name": "errors appear late, in one of two clusters",
        "interval": "1m",
        "input_series": [
            {"series": 'all_total{cluster="a"}', "values": counter((2 * HOUR, 10), step=60)},
            {"series": 'all_total{cluster="b"}', "values": counter((2 * HOUR, 10), step=60)},
            {"series": 'bad_total{cluster="a"}', "values": "_x30 " + counter((90 * MINUTE, 5), step=60)},
            {"series": "up", "values": "1x59 0x29 1x29"},
        ],
        "promql_expr_test": [
            *asserted(
                25 * MINUTE,
                'sum(slo:sli_error:ratio_rate5m{slo="availability"}) == bool 0',
                'count(slo:sli_error:ratio_rate30m{slo="by-cluster"} == 0) == bool 2',
                'sum(slo:period_error_budget_remaining:ratio{slo="availability"}) == bool 1',
            ),
            *asserted(
                75 * MINUTE,
                near('slo:sli_error:ratio_rate5m{slo="availability"}', 0.25),
                near('slo:sli_error:ratio_rate5m{slo="by-cluster",cluster="a"}', 0.5),
                'sum(slo:sli_error:ratio_rate5m{slo="by-cluster",cluster="b"}) == bool 0',
                near('slo:sli_error:ratio_rate30m{slo="raw"}', 0.25),
                near('slo:current_burn_rate:ratio{slo="availability"}', 25),
                'count(ALERTS{alertname="CheckoutByClusterErrorBudgetBurn",severity="page",cluster="a"}) == bool 1',
            ),
            *absent(75 * MINUTE, 'ALERTS{alertname="CheckoutByClusterErrorBudgetBurn",cluster="b"}'),
            *absent(75 * MINUTE, 'ALERTS{alertname=~"Checkout(Availability|ByCluster|Up)NoData"}'),
            *asserted(
                110 * MINUTE,
                near('slo:sli_error:ratio_rate1h{slo="up"}', 0.5, 0.03),
                near('slo:total:rate1h{slo="up"}', 1 / 60),
            ),
        ],
    }
    gone = {
        "name": "idle, then gone",
        "interval": "1m",
        "input_series": [
            {"series": "all_total", "values": "0+600x20 12000x49 stale"},
            {"series": "bad_total", "values": "0+600x20 12000x49 stale"},
        ],
        "promql_expr_test": [
            *asserted(
                65 * MINUTE,
                'sum(slo:sli_error:ratio_rate30m{slo="availability"}) == bool 0',
                'sum(slo:total:rate30m{slo="availability"}) == bool 0',
                near('slo:sli_error:ratio_rate6h{slo="availability"}', 1),
                near('slo:sli_error:ratio_rate7d{slo="availability"}', 1),
                near('slo:sli_error:ratio_rate7d{slo="raw"}', 1),
            ),
            *absent(65 * MINUTE, 'ALERTS{alertname="CheckoutAvailabilityErrorBudgetBurn",severity="page"}'),
            *absent(78 * MINUTE, 'ALERTS{alertname="CheckoutAvailabilityNoData",alertstate="firing"}'),
            *asserted(
                80 * MINUTE,
                'count(ALERTS{alertname="CheckoutAvailabilityNoData",alertstate="firing",severity="ticket"}) == bool 1',
            ),
        ],
    }
    check(compiled, tmp_path, [late, gone])


def test_tiled_windows_are_exact(compile_text: Compile, tmp_path: Path) -> None:
    """Busy and idle hours and spikes: errors of a window by its events, also where a short outage lies across a seam.

    What `rate` loses there is the increase between two scrapes, here a minute of ten.
    """
    table = "  burn_rates:\n  - {severity: ticket, long: 12h, short: 1h, factor: 1}\n"
    compiled = compile_text(SLOS.split("- name: by-cluster")[0].rstrip() + "\n" + table)
    # (seconds, events/s, errors/s); the first hours have left the window when it is looked at.
    phases = [
        (5 * HOUR, 50.0, 25.0), (HOUR, 10.0, 0.01), (3 * HOUR, 0.0, 0.0), (HOUR, 1.0, 0.9), (2 * HOUR, 40.0, 0.0),
        (30 * MINUTE, 800.0, 8.0), (5 * HOUR, 0.2, 0.0), (10 * MINUTE, 20.0, 10.0), (100 * MINUTE, 20.0, 0.1),
    ]  # fmt: skip
    length = sum(p[0] for p in phases)

    def truth(end: int, window: int) -> tuple[float, float]:
        """Events and errors in the window."""
        total = errors = 0.0
        begin = 0
        for seconds, rate, bad in phases:
            share = max(0, min(end, begin + seconds) - max(end - window, begin))
            total, errors, begin = total + share * rate, errors + share * bad, begin + seconds
        return total, errors

    expected: list[dict[str, object]] = []
    for end in (length - n * MINUTE for n in (110, 65, 45, 40, 35, 25, 10)):
        total, errors = truth(end, 12 * HOUR)
        all_of_it, all_errors = truth(end, 7 * DAY)
        expected += asserted(
            end,
            near('slo:sli_error:ratio_rate12h{slo="availability"}', errors / total, 0.025),
            near('slo:total:rate12h{slo="availability"}', total / 12 / HOUR, 0.002),
            near('slo:sli_error:ratio_rate7d{slo="availability"}', all_errors / all_of_it, 0.002),
            near('1 - slo:period_error_budget_remaining:ratio{slo="availability"}', all_errors / all_of_it / 0.01, 0.002),
        )
    test = {
        "name": "a day",
        "interval": "1m",
        "input_series": [
            {"series": "all_total", "values": counter(*((s, r) for s, r, _ in phases), step=MINUTE)},
            {"series": "bad_total", "values": counter(*((s, e) for s, _, e in phases), step=MINUTE)},
        ],
        "promql_expr_test": expected,
    }
    check(compiled, tmp_path, [test], step="5m")


def test_the_page_tells_what_burns_how_fast_and_for_how_long(compile_text: Compile, tmp_path: Path) -> None:
    slo = SLOS.split("- name: by-cluster")[0].replace("99", "99.9").replace("7d", "30d")
    compiled = compile_text(slo.rstrip() + "\n  alerting: {ticket_alert: {disable: true}}\n")
    page = compiled.slos[0].alerts[0]
    expected = {
        "exp_labels": {**compiled.slos[0].labels, **page.labels},
        "exp_annotations": {
            **page.annotations,
            "summary": "checkout/availability burns its error budget 16.7x too fast: "
            "the 100% left of 30 days' budget lasts 1d 19h 12m 0s.",
            "description": "Failing over the last 5m: 20% of events. The objective is 99.9% over 30d, so 0.1% may fail. "
            "Fires while both windows burn: 1h and 5m above 14.4x, or 6h and 30m above 6x.",
        },
    }
    test = {
        "name": "an outage",
        "interval": "1m",
        "input_series": [
            {"series": "all_total", "values": "0+600x130"},
            {"series": "bad_total", "values": "0+0x119 0+600x10"},
        ],
        "alert_rule_test": [{"alertname": page.alert, "eval_time": "2h1m", "exp_alerts": [expected]}],
    }
    check(compiled, tmp_path, [test])
