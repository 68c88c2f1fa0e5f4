"""Rules are found in every form in which people write them, with the line and column of each value."""

from __future__ import annotations

from pathlib import Path

from ballast.alerts import AlertingRule, RecordingRule, RuleFile
from ballast.alerts.model import rule_file
from ballast.findings import Tree
from tests.findings.cases import write

TEXT = """\
# Two documents; the second uses an anchor and a merge key.
groups:
  - name: one
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: x}
spec:
  groups:
    - name: two
      rules:
        - &base
          alert: First
          expr: >-
            sum(rate(http_errors_total[5m]))
            / sum(rate(http_requests_total[5m])) > 0.1
          for: 5m
          labels: {severity: page, slo: 5}
          annotations:
            summary: "It is on fire"
        - <<: *base
          alert: Second
        - alert: no expression
        - not a rule
    - not a group
"""


def read(tmp_path: Path, text: str = TEXT) -> RuleFile:
    write(tmp_path, {"a.yaml": text})
    return rule_file(Tree.read(tmp_path)["a.yaml"])


def test_both_forms_are_read_and_what_is_no_rule_is_left_out(tmp_path: Path) -> None:
    file = read(tmp_path)
    assert [(type(r), r.name, r.group) for r in file.rules] == [
        (RecordingRule, "job:up:sum", "one"),
        (AlertingRule, "First", "two"),
        (AlertingRule, "Second", "two"),
    ]
    _, first, second = file.rules
    assert isinstance(first, AlertingRule)
    assert isinstance(second, AlertingRule)
    assert first.labels == {"severity": "page", "slo": "5"}
    assert (first.pending, second.pending) == ("5m", "5m")
    assert second.annotations == {"summary": "It is on fire"}


def test_positions(tmp_path: Path) -> None:
    recorded, first, _ = read(tmp_path).rules
    assert str(recorded.position("expr")) == "a.yaml:6:15"
    assert str(first.position("labels", "severity")) == "a.yaml:21:30"
    assert str(first.finding("x").position) == "a.yaml:16:18"
    assert str(first.finding("x", at=("annotations", "summary")).position).startswith("a.yaml:23:")


def test_a_part_of_a_folded_query_is_underlined_where_it_stands(tmp_path: Path) -> None:
    _, first, _ = read(tmp_path).rules
    finding = first.finding("x", at="expr", part="http_requests_total")
    assert (str(finding.position), finding.width) == ("a.yaml:19:24", len("http_requests_total"))


def test_yaml_that_does_not_parse_is_a_problem_of_the_file(tmp_path: Path) -> None:
    file = read(tmp_path, "groups: [\n")
    assert file.rules == []
    assert [p.check for p in file.problems] == ["yaml/syntax"]


def test_other_yaml_holds_no_rules(tmp_path: Path) -> None:
    assert read(tmp_path, "kind: ConfigMap\napiVersion: v1\n---\n[1, 2]\n---\ngroups: 5\n").rules == []
