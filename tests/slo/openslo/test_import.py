"""OpenSLO documents as other people write them: what they become, and what is said of the rest, at its line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.repo import Severity, read_slo_text
from ballast.slo.openslo import Imported, import_openslo

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "openslo" / "web.yaml"
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: errors}
spec:
  service: web
  indicator: {spec: SLI}
  timeWindow: [WINDOW]
  budgetingMethod: METHOD
  objectives: [OBJECTIVE]
"""
RATIO = "{ratioMetric: {counter: true, bad: BAD, total: {metricSource: {spec: {query: sum(all_total)}}}}}"
BAD = "{metricSource: {spec: {query: sum(bad_total)}}}"


def written(
    sli: str = RATIO,
    window: str = "{duration: 30d, isRolling: true}",
    method: str = "Occurrences",
    objective: str = "{target: 0.999}",
) -> str:
    text = SLO.replace("SLI}", f"{sli}}}").replace("BAD", BAD).replace("WINDOW", window)
    return text.replace("METHOD", method).replace("OBJECTIVE", objective)


def imported(folder: Path, text: str) -> Imported:
    file = folder / "in.yaml"
    file.write_text(text)
    return import_openslo([file])


def slos(done: Imported) -> list[dict[str, Any]]:
    return [slo for text in done.files.values() for slo in yaml.safe_load(text)["slos"]]


def said(done: Imported) -> list[str]:
    return [f"{p.position.line}:{p.position.column} {p.severity.value} {p.check}: {p.message}" for p in done.problems]


def test_the_example_is_read_with_references_anchors_and_many_documents() -> None:
    done = import_openslo([EXAMPLE])
    assert [p for p in done.problems if p.severity is not Severity.NOTE] == []
    availability, minutes, fast = slos(done)
    assert availability["burn_rates"] == [{"severity": "page", "long": "1h", "short": "5m", "factor": 14.4}]
    assert availability["window"] == "28d"
    assert availability["labels"] == {"team": "web"}
    assert availability["sli"]["events"]["total_query"] == 'sum(rate(http_requests_total{job="web"}[{{.window}}]))'
    assert minutes["window"] == "month"
    assert minutes["sli"]["timeslice"]["at_least"] == 0.95
    assert fast["sli"]["timeslice"]["at_most"] == 0.5
    for name, text in done.files.items():
        assert read_slo_text(name, text)[1] == []


METRIC = "{metricSource: {spec: {query: QUERY}}}"


@pytest.mark.parametrize(
    ("text", "sli"),
    [
        (
            written("{ratioMetric: {counter: false, bad: BAD, total: {metricSource: {spec: {query: sum(all)}}}}}"),
            {
                "events": {
                    "error_query": "sum(avg_over_time(bad_total[{{.window}}]))",
                    "total_query": "sum(avg_over_time(all[{{.window}}]))",
                }
            },
        ),
        (
            written(RATIO.replace("BAD", METRIC.replace("QUERY", '"sum(rate(bad_total[5m]))"'))),
            {
                "events": {
                    "error_query": "sum(rate(bad_total[{{.window}}]))",
                    "total_query": "sum(rate(all_total[{{.window}}]))",
                }
            },
        ),
        (
            written("{ratioMetric: {rawType: success, raw: {metricSource: {spec: {query: good:ratio}}}}}"),
            {"raw": {"error_ratio_query": "1 - (avg_over_time(good:ratio[{{.window}}]))"}},
        ),
        (
            written(RATIO, method="RatioTimeslices", objective="{target: 0.99, timeSliceWindow: 5}"),
            {
                "timeslice": {
                    "query": "1 - (sum(rate(bad_total[{{.window}}]))) / (sum(rate(all_total[{{.window}}])))",
                    "slice": "5m",
                }
            },
        ),
        (
            written(
                "{thresholdMetric: {metricSource: {spec: {query: max(queue)}}}}",
                method="Timeslices",
                objective="{op: lt, value: 100, target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 1m}",
            ),
            {
                "timeslice": {
                    "query": "avg_over_time(((max(queue)) < bool 100)[{{.window}}:15s])",
                    "slice": "1m",
                    "at_least": 0.9,
                }
            },
        ),
        (
            written(
                '{ratioMetric: {counter: true, good: {metricSource: {spec: {query: \'sum(d_bucket{job="a b", le="0.5"})\'}}},'
                " total: {metricSource: {spec: {query: 'sum(d_count{job=\"a b\"})'}}}}}"
            ),
            {"latency": {"metric": "d", "selector": 'job="a b"', "threshold": 0.5}},
        ),
    ],
)
def test_indicators(tmp_path: Path, text: str, sli: dict[str, Any]) -> None:
    done = imported(tmp_path, text)
    assert [p for p in done.problems if p.severity is Severity.ERROR] == []
    assert [slo["sli"] for slo in slos(done)] == [sli]


@pytest.mark.parametrize(
    ("text", "expected", "left"),
    [
        (written(window="{duration: 14d, isRolling: true}"), "7:27 error openslo/window: no window of 14d", 0),
        (written(window="{duration: 1Y, calendar: {startTime: 2026-01-01 00:00:00}}"), "error openslo/window: no calendar", 0),
        (
            written(window="{duration: 1M, calendar: {startTime: 2026-01-15 12:00:00, timeZone: Europe/Berlin}}"),
            "warning openslo/window: the zone Europe/Berlin",
            1,
        ),
        (written(objective="{target: 0.9, targetPercent: 90}"), "9:16 error openslo/objective: the objective has neither", 0),
        (written(objective="{target: 0.9, compositeWeight: 2}"), "error openslo/composite: an objective with", 0),
        (written(method="Timeslices"), "error openslo/objective: time slices need `timeSliceWindow`", 0),
        (written(method="Sometimes"), "8:20 error spec/type: `budgetingMethod` cannot be 'Sometimes'", 0),
        (written("{thresholdMetric: {metricSource: {spec: {query: up}}}}"), "needs `op` and `value`", 0),
        (written(RATIO.replace("spec: {query", "type: Datadog, spec: {query")), "error openslo/source: the source Datadog", 0),
        (written(RATIO.replace("sum(all_total)", "'sum('")), "error openslo/source: no `query` that is PromQL", 0),
        (written(RATIO.replace("sum(all_total)", "max(all_total)")), "error openslo/query: the query is no sum", 0),
        (written(RATIO.replace("{spec", "{metricSourceRef: gone, spec")), "there is no DataSource `gone`", 0),
        (written().replace("indicator: {spec", "indicatorRef: gone\n  indicator_: {spec"), "error spec/unknown-key", 0),
        (written().replace("service: web", "service: web\n  alertPolicies: [gone]"), "there is no AlertPolicy `gone`", 1),
        (
            written().replace("{name: errors}", "{name: errors, labels: {team: [a, b]}}"),
            "warning openslo/labels: a label has",
            1,
        ),
        (written().replace("{name: errors}", "{name: errors, annotations: {x: y}}"), "warning openslo/annotations", 1),
        (written().replace("service: web", "service: ../web"), "5:12 error openslo/name: '../web' is not the name", 0),
        (written().replace("openslo/v1", "openslo/v2alpha"), "error openslo/document: apiVersion openslo/v2alpha", 0),
        ("- {apiVersion: openslo/v1}\n", "1:1 error openslo/document: a list of documents", 0),
        (
            "apiVersion: openslo/v1\nkind: AlertNotificationTarget\nmetadata: {name: mail}\nspec: {target: email}\n",
            "4:16 note openslo/target: `mail`: alerts/routing.yaml decides",
            0,
        ),
    ],
)
def test_what_cannot_be_expressed_is_said(tmp_path: Path, text: str, expected: str, left: int) -> None:
    done = imported(tmp_path, text)
    assert any(expected in line for line in said(done)), said(done)
    assert len(slos(done)) == left


def test_several_objectives_become_several_slos(tmp_path: Path) -> None:
    done = imported(tmp_path, written(objective="{displayName: Good Days, target: 0.99}, {targetPercent: 99.9}"))
    assert [(slo["name"], slo["objective"]) for slo in slos(done)] == [("errors-good-days", 99), ("errors-2", 99.9)]
