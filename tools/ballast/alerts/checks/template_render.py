"""A template fails when the alert fires.

Prometheus then prints `<error expanding template: …>` where the text should be. Every label and annotation is executed by
Prometheus itself (promtool) on a sample that has each label the template reads, with the value 1.5. `query` returns nothing
there, as it does in an outage: a template that takes `first` of it must ask first whether there is one (`with query …`).

Mend: guard the query with `{{ with query "…" }}…{{ else }}unknown{{ end }}`, or mend what the message says.

    - annotations: {summary: '{{ query "up" | first | value }} are up'}
    + annotations: {summary: '{{ with query "up" }}{{ . | first | value }}{{ else }}unknown{{ end }} are up'}
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ballast.alerts.model import AlertingRule, RuleFile
from ballast.alerts.tools import promtool
from ballast.findings import Finding, check, execute
from ballast.repo.template import template_problem

READ = re.compile(r"(?:\$labels|\.Labels)\.(\w+)")
FAILED = re.compile(r'(\w+)="<error expanding template: (?:error executing template )?(.*?)>(?=")', re.DOTALL)
NAME = re.compile(r"^\s*alertname: n(\d+),")


@check("alerts/template-render", on=RuleFile, tool=promtool)
def template_render(file: RuleFile) -> Iterator[Finding]:
    """One promtool run for all alerts of a file: each fires on a sample of its own, and promtool prints what came of it."""
    alerts = [rule for rule in file.rules if isinstance(rule, AlertingRule) and _templates(rule)]
    if not alerts:
        return
    with tempfile.TemporaryDirectory(prefix="ballast-templates-") as folder:
        _write(Path(folder), alerts)
        done = execute([promtool().path, "test", "rules", Path(folder) / "test.json"], file.source.root, ok=(0, 1))
    seen: set[tuple[int, str]] = set()
    number = 0
    for line in (done.stdout + done.stderr).splitlines():
        if name := NAME.match(line):
            number = int(name[1])
        for key, error in FAILED.findall(line.replace('\\"', "'")):
            if (number, key) not in seen:
                seen.add((number, key))
                rule = alerts[number]
                where = "annotations" if key in rule.annotations else "labels"
                yield rule.finding(f"`{key}` cannot be rendered: {error.rpartition(': ')[2]}", at=(where, key))


def _templates(rule: AlertingRule) -> dict[str, str]:
    texts = {**rule.labels, **rule.annotations}
    return {k: v for k, v in texts.items() if "{{" in v and template_problem(v) is None}


def _write(folder: Path, alerts: list[AlertingRule]) -> None:
    rules, series, tests = [], [], []
    for number, rule in enumerate(alerts):
        sound = _templates(rule)
        labels = {label: "sample" for text in sound.values() for label in READ.findall(text) if label != "__name__"}
        selector = ",".join(f'{k}="{v}"' for k, v in {**labels, "ballast_alert": str(number)}.items())
        series.append({"series": f"ballast_sample{{{selector}}}", "values": "1.5 1.5"})
        rules.append(
            {
                "alert": f"n{number}",
                "expr": f'ballast_sample{{ballast_alert="{number}"}}',
                "labels": {k: v for k, v in rule.labels.items() if k in sound},
                "annotations": {k: v for k, v in rule.annotations.items() if k in sound},
            }
        )
        tests.append({"eval_time": "1m", "alertname": f"n{number}", "exp_alerts": []})
    (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "templates", "rules": rules}]}))
    test = {"interval": "1m", "input_series": series, "alert_rule_test": tests}
    whole = {"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.json").write_text(json.dumps(whole))
