"""What few events mean: against simulated traffic, and what the compiler makes of the choice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from ballast.repo import Slo, read_slo_files
from ballast.slo import least_bad, traffic_advice, window_pairs
from ballast.slo.proofs import mutants, mutate
from tests.slo.conftest import Compile

SLO = {"name": "a", "objective": 99.9, "sli": {"availability": {"metric": "http_requests_total"}}}
EVENTS = """
- name: availability
  objective: 99.9
  low_traffic: {minimum_bad: 3}
  sli:
    events:
      error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
      total_query: sum(rate(http_requests_total[{{.window}}]))
"""


BOTH = "`minimum_bad` and `confidence` both say how many bad events there must be"


def slo(**more: object) -> Slo:
    return Slo.model_validate({**SLO, **more})


@pytest.mark.parametrize("rate", [0.002, 0.015, 0.02, 0.03, 0.2])
def test_how_often_a_lone_failure_fires(rate: float) -> None:
    """Simulated: events come at random, one of them fails, and both windows are looked at just after it."""
    dice, pair = random.Random(7), window_pairs("30d")[0]
    (quick,) = [p for p in traffic_advice("s", slo(), rate).pairs if p.pair == "1h/5m"]
    fired, tries = 0, 2000
    for _ in range(tries):
        before = dice.binomialvariate(10_000, rate * pair.long_s / 10_000)
        fired += 1 / (1 + before) > pair.factor * 0.001
    assert quick.one_fires == pytest.approx(fired / tries, abs=0.04)


def test_a_busy_service_needs_nothing() -> None:
    advice = traffic_advice("s", slo(), 100.0)
    assert advice.one_pages == 0
    assert advice.probes == 0
    assert advice.outage == pytest.approx(51.84)


def test_what_is_advised_helps() -> None:
    """With the advised number, or with the advised probes, a lone failure does not page any more."""
    rate = 0.005
    advice = traffic_advice("s", slo(), rate)
    assert advice.one_pages > 0.9
    assert traffic_advice("s", slo(low_traffic={"minimum_bad": advice.minimum_bad}), rate).one_pages == 0
    assert traffic_advice("s", slo(), 2 * (rate + advice.probes)).one_pages < 0.001
    assert advice.outage_then == pytest.approx(advice.minimum_bad / rate)


def test_confidence_becomes_a_number_of_failures() -> None:
    low = slo(low_traffic={"expected": 0.01, "confidence": 0.99})
    pairs = [pair for pair in window_pairs("30d") if pair.severity == "page"]
    assert [least_bad(low, pair, 0.001) for pair in pairs] == [4, 6]
    assert [least_bad(slo(), pair, 0.001) for pair in pairs] == [0, 0]
    assert least_bad(slo(low_traffic={"expected": 1e-6, "confidence": 0.6}), pairs[0], 0.001) == 2


def test_the_alert_counts_bad_events(compile_text: Compile) -> None:
    page = compile_text(EVENTS).slos[0].alerts[0]
    select = '{slo="availability",sloth_id="checkout-availability"}'
    bad = f"slo:sli_error:ratio_rate1h{select} * ignoring (sloth_window) slo:total:rate1h{select}"
    assert f"{bad} * 3600 > 2.5" in page.expr


@pytest.mark.slow
def test_proofs_notice_another_number(compile_text: Compile) -> None:
    """The number half more, halved, or not asked for at all (the right side of that `and`)."""
    compiled = compile_text(EVENTS.replace("  sli:", "  alerting: {ticket_alert: {disable: true}}\n  sli:")).slos[0]
    page = compiled.alerts[0]
    wrong = [
        m
        for m in mutants(compiled)
        if m.original is page and ("bad events" in m.change or m.change.startswith("right of `and`"))
    ]
    assert len(wrong) >= 6
    assert [v.change for v in mutate(compiled, pick=wrong) if v.killed_by is None] == []


@pytest.mark.parametrize(
    ("low", "found"),
    [
        ("{expected: 0.01}", "a single failure pages: it is 0.0278 of the 36 events of 1h, and more than 0.0144 pages"),
        ("{expected: 10}", ""),
        ("{expected: 0.01, synthetic: 0.1}", ""),
        ("{expected: 0.01, minimum_bad: 3}", ""),
        ("{expected: 0.01, confidence: 0.99}", ""),
        ("{confidence: 0.99}", "`confidence` needs `expected`: how sure a few events make depends on how many there are"),
        ("{minimum_bad: 3, expected: 1, confidence: 0.9}", BOTH),
    ],
)
def test_findings(low: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    spec = {"version": "prometheus/v1", "service": "s", "slos": [{**SLO, "low_traffic": yaml.safe_load(low)}]}
    path.write_text(yaml.safe_dump(spec))
    assert [p.message for p in read_slo_files([path])[1] if p.check == "slo/low-traffic"] == ([found] if found else [])
