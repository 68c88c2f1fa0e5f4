"""What rules an SLO becomes: order, names, labels, texts; every form accepted by Prometheus."""

from __future__ import annotations

import subprocess
from pathlib import Path

import promql_parser
import pytest
import yaml

from ballast.slo import AlertRule, CompiledSlo, Context, RecordingRule, kubernetes_file, prometheus_file
from ballast.stack import tool
from tests.slo.conftest import Compile

EVENTS = """
- name: availability
  objective: 99.9
  description: Customers can pay.
  sli:
    events:
      error_query: sum(rate(http_requests_total{job="checkout",code=~"5.."}[{{.window}}]))
      total_query: sum(rate(http_requests_total{job="checkout"}[{{.window}}]))
"""
FORMS = """
- name: by-cluster
  objective: 99.5
  window: 28d
  labels: {category: latency, "on": "yes"}
  sli:
    events:
      error_query: |
        # a comment
        sum by (cluster) (rate(errors_total[{{ .window }}]))  # and another
      total_query: sum by (cluster) (rate(requests_total[{{.window}}]))
- name: raw
  objective: 99
  window: 7d
  sli:
    raw:
      error_ratio_query: avg_over_time(error_ratio[{{.window}}])
- name: short
  objective: 99.9
  minimum_traffic: 0.5
  sli:
    availability: {metric: http_requests_total, selector: 'job="checkout"', errors: 'code=~"5.."'}
- name: slow
  objective: 99
  sli:
    latency: {metric: http_request_duration_seconds, selector: 'job="checkout"', threshold: 5}
- name: up
  objective: 90
  sli:
    gauge: {metric: up}
- name: test-table
  objective: 99
  burn_rates:
    - {severity: page, long: 1m, short: 15s, factor: 10}
    - {severity: ticket, long: 7h15m, short: 5m, budget: 5}
  sli:
    gauge: {metric: up, selector: 'job="checkout"'}
- name: old
  objective: 99
  status: archived
  sli:
    gauge: {metric: up}
"""


def one(compile_text: Compile, slos: str = EVENTS, **options: object) -> CompiledSlo:
    return compile_text(slos, **options).slos[0]


def expr(compiled: CompiledSlo, record: str) -> str:
    return next(r.expr for g in compiled.groups for r in g.rules if isinstance(r, RecordingRule) and r.record == record)


def test_prometheus_accepts_every_form(compile_text: Compile, tmp_path: Path) -> None:
    compiled = compile_text(EVENTS + FORMS)
    assert [slo.slo.name for slo in compiled.slos] == ["availability", "by-cluster", "raw", "short", "slow", "up", "test-table"]
    rules = tmp_path / "rules.yaml"
    rules.write_text(prometheus_file(compiled))
    subprocess.run([tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", rules], check=True, capture_output=True)
    for group in compiled.groups:
        for rule in group.rules:
            promql_parser.parse(rule.expr)


def test_a_page_waits_for_no_other_group(compile_text: Compile) -> None:
    """Everything that the page reads is recorded before it, in its own group, the total before the ratio."""
    for slo in compile_text(EVENTS + FORMS).slos:
        fast = slo.groups[0]
        assert fast.interval == "5s"
        *records, page = fast.rules
        assert isinstance(page, AlertRule)
        assert page.severity == "page"
        names = [r.record for r in records if isinstance(r, RecordingRule)]
        assert len(names) == len(records)
        for pair in page.pairs:
            assert {f"slo:sli_error:ratio_rate{pair.long}", f"slo:sli_error:ratio_rate{pair.short}"} <= set(names)
        for name in names:
            if name.startswith("slo:sli_error") and slo.slo.name != "raw":
                total = name.replace("sli_error:ratio_rate", "total:rate")
                assert names.index(total) == names.index(name) - 1
        assert slo.groups[1].interval == "1m"


def test_the_records_of_the_standard_table(compile_text: Compile) -> None:
    fast, slow = one(compile_text).groups
    records = [r.record for r in slow.rules if isinstance(r, RecordingRule)]
    assert [r.alert for r in slow.rules if isinstance(r, AlertRule)] == [
        "CheckoutAvailabilityErrorBudgetBurn",
        "CheckoutAvailabilityNoData",
    ]
    assert len(fast.rules) == 9
    assert {f"slo:sli_error:ratio_rate{w}" for w in ("2h", "1d", "3d", "30d")} <= set(records)
    assert records[-7:] == [
        "slo:objective:ratio",
        "slo:error_budget:ratio",
        "slo:time_period:days",
        "slo:current_burn_rate:ratio",
        "slo:period_burn_rate:ratio",
        "slo:period_error_budget_remaining:ratio",
        "sloth_slo_info",
    ]


def test_alerts_say_who_and_what(compile_text: Compile) -> None:
    page, ticket, nodata = one(compile_text).alerts
    assert page.alert == ticket.alert == "CheckoutAvailabilityErrorBudgetBurn"
    assert page.labels == {
        "severity": "page", "tier": "P1", "service": "checkout", "owner": "team-payments",
        "slo": "availability", "sloth_severity": "page",
    }  # fmt: skip
    assert (ticket.labels["severity"], ticket.labels["tier"]) == ("ticket", "P3")
    assert (nodata.labels["severity"], nodata.hold) == ("ticket", "5m")
    assert page.hold == ticket.hold == ""
    for alert in (page, ticket, nodata):
        assert {"summary", "description", "runbook_url", "dashboard_url"} <= set(alert.annotations)
        assert alert.annotations["runbook_url"] == f"https://runbooks.example.com/{alert.alert}"
        assert alert.annotations["dashboard_url"] == "https://grafana.example.com/d/checkout-availability"
        assert "Customers can pay." in alert.annotations["description"]


def test_a_service_without_a_file(compile_text: Compile) -> None:
    page, ticket, _ = one(compile_text, context=Context()).alerts
    assert (page.labels["tier"], ticket.labels["tier"]) == ("P2", "P3")
    assert "owner" not in page.labels
    assert "runbook_url" not in page.annotations


def test_labels_and_annotations_merge_as_sloths_do(compile_text: Compile) -> None:
    slo = (
        EVENTS
        + """
  labels: {category: availability, slo: mine}
  alerting:
    name: Mine
    labels: {severity: everything, route: a}
    annotations: {summary: own, description: own}
    page_alert:
      labels: {severity: pageteam, slo: other}
      annotations: {summary: page}
    ticket_alert:
      labels: {severity: slack}
"""
    )
    compiled = one(compile_text, slo, head="labels: {team: x, category: overridden}\n")
    page, ticket, nodata = compiled.alerts
    assert (page.alert, nodata.alert) == ("Mine", "MineNoData")
    assert page.labels | {} == page.labels | {"severity": "pageteam", "route": "a", "slo": "availability"}
    assert (ticket.labels["severity"], ticket.labels["sloth_severity"]) == ("slack", "ticket")
    assert (page.annotations["summary"], ticket.annotations["summary"]) == ("page", "own")
    assert "no data" in nodata.annotations["summary"]
    assert compiled.labels == {
        "category": "availability", "team": "x", "slo": "availability", "sloth_id": "checkout-availability",
        "sloth_service": "checkout", "sloth_slo": "availability",
    }  # fmt: skip


@pytest.mark.parametrize(("off", "left"), [("page", ["ticket", "nodata"]), ("ticket", ["page", "nodata"])])
def test_an_alert_can_be_off(compile_text: Compile, off: str, left: list[str]) -> None:
    compiled = one(compile_text, EVENTS + f"  alerting: {{{off}_alert: {{disable: true}}}}\n")
    assert [a.severity if a.kind == "burn" else a.kind for a in compiled.alerts] == left
    assert len(compiled.groups) == (1 if off == "page" else 2)


def test_both_off_leaves_records_only(compile_text: Compile) -> None:
    compiled = one(compile_text, EVENTS + "  alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}\n")
    assert compiled.alerts == []
    assert expr(compiled, "slo:period_error_budget_remaining:ratio")


def test_an_unreachable_pair_is_left_out(compile_text: Compile) -> None:
    compiled = one(compile_text, EVENTS.replace("99.9", "90"))
    assert [p.factor for p in compiled.unreachable] == [14.4]
    page = compiled.alerts[0]
    assert "14.4" not in page.expr
    assert [p.factor for p in page.pairs] == [6]
    assert "slo:sli_error:ratio_rate1h" not in page.expr


def test_minimum_traffic_holds_for_the_long_window(compile_text: Compile) -> None:
    page = one(compile_text, EVENTS + "  minimum_traffic: 0.25\n").alerts[0]
    assert 'slo:total:rate1h{slo="availability",sloth_id="checkout-availability"} >= 0.25' in page.expr
    assert 'slo:total:rate6h{slo="availability",sloth_id="checkout-availability"} >= 0.25' in page.expr


def test_short_forms_become_the_queries_one_would_write(compile_text: Compile) -> None:
    slos = {slo.slo.name: slo for slo in compile_text(FORMS).slos}
    selected = 'http_request_duration_seconds_count{job="checkout"}'
    assert expr(slos["slow"], "slo:total:rate1h") == f"sum(rate({selected}[1h]))"
    assert 'http_request_duration_seconds_bucket{job="checkout",le=~"5([.]0)?"}[1h]' in expr(
        slos["slow"], "slo:sli_error:ratio_rate1h"
    )
    assert "absent(http_request_duration_seconds_bucket" in slos["slow"].alerts[-1].expr
    assert expr(slos["short"], "slo:total:rate5m") == 'sum(rate(http_requests_total{job="checkout"}[5m]))'
    assert 'code=~"5.."' in expr(slos["short"], "slo:sli_error:ratio_rate5m")
    assert expr(slos["up"], "slo:total:rate5m") == "sum(count_over_time(up[5m])) / 300"


def test_braces_in_a_description_are_text(compile_text: Compile) -> None:
    page = one(compile_text, EVENTS.replace("Customers can pay.", "'Uses {{ mustache }}'")).alerts[0]
    assert page.annotations["description"].startswith('Uses {{ "{{" }} mustache }}. ')


def test_the_same_specs_give_the_same_text(compile_text: Compile) -> None:
    assert prometheus_file(compile_text(EVENTS + FORMS)) == prometheus_file(compile_text(EVENTS + FORMS))


def test_a_kubernetes_resource_holds_the_same_groups(compile_text: Compile) -> None:
    compiled = compile_text(EVENTS, service="Check_Out")
    resource = yaml.safe_load(kubernetes_file(compiled))
    assert resource["kind"] == "PrometheusRule"
    assert resource["metadata"]["name"] == "slo-check-out"
    assert resource["spec"] == yaml.safe_load(prometheus_file(compiled))
