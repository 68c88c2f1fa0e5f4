"""A rule file is not one that Prometheus loads.

`promtool check rules` is what Prometheus itself would say at its next reload: unknown keys, PromQL that does not parse,
templates that do not, two rules that would write the same series. PrometheusRule resources are checked by their groups.

Mend: the edit at the line shown. If the file is generated, mend its source.

    - expr: up ==
    + expr: up == 0
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ballast.alerts.checks.alerts_template import alerts_template
from ballast.alerts.checks.promql_syntax import promql_syntax
from ballast.alerts.model import AlertingRule, RuleFile
from ballast.alerts.tools import promtool
from ballast.findings import Finding, Severity, check, execute
from ballast.repo import CannotRun

PLACE = re.compile(r"^(?P<line>\d+):(?P<column>\d+): ")
RULE = re.compile(r'^group "(?P<group>[^"]*)", rule (?P<number>\d+), "[^"]*": ')
YAML = re.compile(r"^line (?P<line>\d+): ")
IN_EXPR = re.compile(r"^could not parse expression: (?P<line>\d+):(?P<column>\d+): (?:parse error: )?")
IN_TEMPLATE = re.compile(r"^(?:annotation|label) ")
TWIN = re.compile(r"^Metric: (.+)$", re.MULTILINE)
TWICE = "two rules write the same series"


@check(
    "alerts/promtool-check",
    on=RuleFile,
    tool=promtool,
    gives_way=("promql/syntax", "alerts/template", "rule/shape", "rule/duplicate"),
)
def promtool_check(file: RuleFile) -> Iterator[Finding]:
    """Have promtool read the file, or the groups of its resources."""
    yield from (Finding.of(problem) for problem in file.problems)
    if file.problems or not file.groups:
        return
    if b"apiVersion:" not in file.source.data:
        yield from _run(file, file.source.root / file.source.path)
        return
    with tempfile.TemporaryDirectory(prefix="ballast-rules-") as folder:
        path = Path(folder) / "rules.yaml"
        path.write_text(json.dumps({"groups": file.groups}))
        yield from _run(file, path)


def _run(file: RuleFile, path: Path) -> Iterator[Finding]:
    argv: list[str | Path] = [promtool().path, "check", "rules", "--lint-fatal", path]
    done = execute(argv, file.source.root, ok=(0, 1, 3))
    if done.returncode and not done.stderr.strip():
        raise CannotRun(f"promtool refused {file.source.path} without a word (exit code {done.returncode})")
    said, _, twins = done.stderr.partition("lint error")
    for line in said.splitlines():
        message = line.removeprefix(f"{path}: ").strip()
        if message not in ("", "FAILED:", "yaml: unmarshal errors:"):
            yield _placed(file, message)
    for name in dict.fromkeys(TWIN.findall(twins)):
        last = next((rule for rule in reversed(file.rules) if rule.name == name), None)
        yield last.finding(TWICE, severity=Severity.WARNING) if last else file.source.finding(f"{name}: {TWICE}")


def _placed(file: RuleFile, said: str) -> Finding:
    """At the rule that promtool names, within its query where it says so; else at the line that it names."""
    line = column = 1
    while match := PLACE.match(said):
        line, column = max(int(match["line"]), 1), max(int(match["column"]), 1)
        said = said[match.end() :]
    if match := YAML.match(said):
        line, said = int(match["line"]), said[match.end() :]
    if not (named := RULE.match(said)):
        return file.source.finding(said, line=line, column=column)
    said = said[named.end() :]
    rule = next((r for r in file.rules if r.group == named["group"] and r.path[-1] == int(named["number"]) - 1), None)
    if rule is None:
        return file.source.finding(said, line=line, column=column)
    if not (within := IN_EXPR.match(said)):
        better = alerts_template(rule) if IN_TEMPLATE.match(said) and isinstance(rule, AlertingRule) else iter(())
        return _where_better(rule.finding(said), better)
    lines = rule.expr.split("\n")
    offset = sum(len(text) + 1 for text in lines[: int(within["line"]) - 1]) + int(within["column"]) - 1
    said = f"{rule.name}: the query does not parse: {said[within.end() :]}"
    here = rule.position("expr", offset=min(offset, max(len(rule.expr) - 1, 0)))
    return _where_better(Finding("", here, said), promql_syntax(rule))


def _where_better(finding: Finding, better: Iterator[Finding]) -> Finding:
    """At the place where a check of ours puts the same, to which this one gives way."""
    known = next((other for other in better if other.severity is Severity.ERROR), None)
    return replace(finding, position=known.position, width=known.width) if known else finding
