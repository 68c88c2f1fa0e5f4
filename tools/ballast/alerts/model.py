"""Alerting and recording rules as they are written: in Prometheus' rule files and in PrometheusRule resources.

`alerts/rules/` is generated, `alerts/custom/` is where rules that no SLO makes are written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ballast.alerts import promql
from ballast.findings import File, Finding, Severity, per_file
from ballast.repo import Position, Problem
from ballast.repo.source import RawDocument, read

__all__ = ["RULES", "AlertingRule", "RecordingRule", "Rule", "RuleFile", "promql", "rule_file"]

# The resources under alerts/rules/k8s say what the files beside them say.
RULES = ("alerts/rules/*.{yaml,yml}", "alerts/custom/**/*.{yaml,yml}")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What both kinds of rule have. `group` is its group's name, `labels` and `annotations` are texts."""

    name: str
    expr: str
    labels: dict[str, str]
    group: str
    source: File = field(repr=False)
    document: RawDocument = field(repr=False)
    path: Path = field(repr=False)

    def position(self, *path: str | int, key: bool = False, offset: int = 0) -> Position:
        """Where a value of the rule stands: `position("labels", "severity")`; the rule itself without a path.

        `offset` counts characters into a text, where the file holds the text as it is.
        """
        place = self.document.text.place(self.document.number, (*self.path, *path), key=key, offset=offset)
        return Position(self.source.path, place.line, place.column)

    def finding(
        self,
        message: str,
        *,
        at: str | Path = (),
        part: str = "",
        mend: str = "",
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        """A finding about this rule, for a check to yield.

        `at` is the key that is meant (`"expr"`, `("labels", "severity")`; default: its name), `part` a piece of that value.
        """
        path = (at,) if isinstance(at, str) else at
        if not path:
            path = ("alert" if isinstance(self, AlertingRule) else "record",)
        value = self.expr if path == ("expr",) else ""
        offset = max(value.find(part), 0) if part else 0
        place = self.position(*path, offset=offset)
        return Finding("", place, f"{self.name}: {message}", mend, severity, len(part))


@dataclass(frozen=True, slots=True)
class AlertingRule(Rule):
    """A rule with `alert`. `pending` is its `for` as written, "" without."""

    annotations: dict[str, str] = field(default_factory=dict)
    pending: str = ""


@dataclass(frozen=True, slots=True)
class RecordingRule(Rule):
    """A rule with `record`."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file's rules in order, and what is wrong with its YAML."""

    source: File
    rules: list[AlertingRule | RecordingRule]
    problems: list[Problem]
    groups: list[dict[str, Any]]
    """Its groups as plain data, those of PrometheusRule resources included."""


def rule_file(source: File) -> RuleFile:
    """Read a file: any number of documents, plain or PrometheusRule, anchors and merge keys resolved.

    What has not the shape of a rule is left out; promtool says what is wrong with it.
    """
    documents, problems = read(source.path, source.data)
    found = RuleFile(source, [], problems, [])
    for document in documents:
        for path, group in _groups(document.data):
            found.groups.append(group)
            rules = group.get("rules")
            for number, rule in enumerate(rules if isinstance(rules, list) else []):
                if isinstance(rule, dict) and isinstance(rule.get("expr"), str | int | float):
                    found.rules.extend(_rule(rule, str(group.get("name", "")), source, document, (*path, "rules", number)))
    return found


def _groups(data: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The groups of a document, and where each is."""
    if not isinstance(data, dict):
        return
    path: Path = ("groups",)
    if "apiVersion" in data:
        if data.get("kind") != "PrometheusRule" or not isinstance(data.get("spec"), dict):
            return
        path, data = ("spec", "groups"), data["spec"]
    groups = data.get("groups")
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        if isinstance(group, dict):
            yield (*path, number), group


def _rule(rule: dict[str, Any], group: str, source: File, document: RawDocument, path: Path) -> Iterator[Any]:
    rest = (str(rule["expr"]), _texts(rule.get("labels")), group, source, document, path)
    if isinstance(rule.get("alert"), str):
        yield AlertingRule(rule["alert"], *rest, _texts(rule.get("annotations")), str(rule.get("for", "")))
    elif isinstance(rule.get("record"), str):
        yield RecordingRule(rule["record"], *rest)


def _texts(data: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def _example(fragment: str) -> dict[str, str]:
    """A rule file around some keys of one rule (`Example`, which has a runbook), or the fragment where it is a whole file."""
    if any(line.startswith(("groups:", "apiVersion:")) for line in fragment.splitlines()):
        return {"alerts/custom/example.yaml": fragment}
    given = {line.partition(":")[0] for line in fragment.splitlines()}
    defaults = {"alert": "Example", "expr": "up == 0"} if "record" not in given else {"expr": "up == 0"}
    lines = [f"{key}: {value}" for key, value in defaults.items() if key not in given] + fragment.splitlines()
    body = "\n".join(("      - " if n == 0 else "        ") + line for n, line in enumerate(lines))
    rules = f"groups:\n  - name: example\n    rules:\n{body}\n"
    return {"alerts/custom/example.yaml": rules, "runbooks/Example.md": "# Example\n"}


@per_file(RuleFile, reads=RULES, example=_example)
def rule_files(source: File) -> list[RuleFile]:
    """A file is one rule file."""
    return [rule_file(source)]


@per_file(AlertingRule, reads=RULES, example=_example)
def alerting_rules(source: File) -> list[AlertingRule]:
    """The alerting rules of a file."""
    return [rule for rule in rule_file(source).rules if isinstance(rule, AlertingRule)]


@per_file(RecordingRule, reads=RULES, example=_example)
def recording_rules(source: File) -> list[RecordingRule]:
    """The recording rules of a file."""
    return [rule for rule in rule_file(source).rules if isinstance(rule, RecordingRule)]
