"""Alerting and recording rules as they are written: in Prometheus' rule files and in PrometheusRule resources.

`alerts/rules/` is generated, `alerts/custom/` is where rules that no SLO makes are written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from ballast.alerts import promql
from ballast.alerts.query import Node, Query, query
from ballast.findings import Chosen, File, Finding, Severity, Tree, per_file, whole
from ballast.repo import Position, Problem
from ballast.repo.source import RawDocument, read

__all__ = ["RULES", "AlertingRule", "RecordingRule", "Rule", "RuleFile", "RuleSet", "promql", "rule_file"]

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
    interval: str = ""
    """Its group's `interval` as written, "" without."""

    @property
    def query(self) -> Query:
        """Its expression, parsed."""
        return query(self.expr)

    @property
    def resource(self) -> bool:
        """Whether it stands in a Kubernetes resource: such rules reach other Prometheuses than those of plain files."""
        return isinstance(self.document.data, dict) and "apiVersion" in self.document.data

    def position(self, *path: str | int, key: bool = False, offset: int = 0, within: bool = False) -> Position:
        """Where a value of the rule stands: `position("labels", "severity")`; the rule itself without a path.

        `offset` counts characters into a text, where the file holds the text as it is; `within` says that 0 is one of them, and
        not the quote or `|` before it.
        """
        place = self.document.text.place(self.document.number, (*self.path, *path), key=key, offset=offset, within=within)
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

    def in_query(
        self, span: Node | tuple[int, int], message: str, *, mend: str = "", severity: Severity = Severity.ERROR
    ) -> Finding:
        """A finding about a piece of the query: a node, or two offsets in `expr`."""
        begin, end = self.query.span(span) if isinstance(span, Node) else span
        place = self.position("expr", offset=begin, within=True)
        width = end - begin if "\n" not in self.expr[begin:end] else 0
        return Finding("", place, f"{self.name}: {message}", mend, severity, width)


@dataclass(frozen=True, slots=True)
class AlertingRule(Rule):
    """A rule with `alert`. `pending` is its `for` as written, "" without; `keep` its `keep_firing_for`."""

    annotations: dict[str, str] = field(default_factory=dict)
    pending: str = ""
    keep: str = ""


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
    places: list[tuple[RawDocument, Path]]
    """Where each of its groups stands."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rule files that are looked at together. `complete`: they are a repository's, so what is in none is nowhere."""

    files: list[RuleFile]
    complete: bool

    @property
    def rules(self) -> Iterator[AlertingRule | RecordingRule]:
        """All rules, file by file."""
        for file in self.files:
            yield from file.rules


def rule_file(source: File) -> RuleFile:
    """Read a file: any number of documents, plain or PrometheusRule, anchors and merge keys resolved.

    What has not the shape of a rule is left out; `rule/shape` says what is wrong with it.
    """
    known = _read.get(source)
    if known is None:
        known = _read[source] = _rule_file(source)
    return known


_read: WeakKeyDictionary[File, RuleFile] = WeakKeyDictionary()  # each file once, however many checks look at its rules


def _rule_file(source: File) -> RuleFile:
    documents, problems = read(source.path, source.data)
    found = RuleFile(source, [], problems, [], [])
    for document in documents:
        for path, group in groups_of(document.data):
            found.groups.append(group)
            found.places.append((document, path))
            rules = group.get("rules")
            for number, rule in enumerate(rules if isinstance(rules, list) else []):
                if isinstance(rule, dict) and isinstance(rule.get("expr"), str | int | float):
                    at = (*path, "rules", number) if path else (number,)
                    found.rules.extend(_rule(rule, group, source, document, at))
    return found


def groups_of(data: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The groups of a document, and where each is: of a rule file, of PrometheusRule resources, also in a List.

    A bare list of rules, as in many collections of examples, is one group without a name, at the path ().
    """
    if isinstance(data, list):
        if any(isinstance(rule, dict) and ("alert" in rule or "record" in rule) for rule in data):
            yield (), {"name": "", "rules": data}
        return
    if not isinstance(data, dict):
        return
    if "apiVersion" in data:
        if isinstance(data.get("items"), list):
            for number, item in enumerate(data["items"]):
                yield from groups_of(item, (*path, "items", number)) if isinstance(item, dict) else ()
            return
        if data.get("kind") != "PrometheusRule" or not isinstance(data.get("spec"), dict):
            return
        path, data = (*path, "spec"), data["spec"]
    groups = data.get("groups")
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        if isinstance(group, dict):
            yield (*path, "groups", number), group


def _rule(rule: dict[str, Any], group: dict[str, Any], source: File, document: RawDocument, path: Path) -> Iterator[Any]:
    rest = (str(rule["expr"]), _texts(rule.get("labels")), str(group.get("name", "")), source, document, path)
    interval = str(group.get("interval") or "")
    if isinstance(rule.get("alert"), str):
        texts, pending = _texts(rule.get("annotations")), str(rule.get("for") or "")
        yield AlertingRule(rule["alert"], *rest, interval, texts, pending, str(rule.get("keep_firing_for") or ""))
    elif isinstance(rule.get("record"), str):
        yield RecordingRule(rule["record"], *rest, interval)


def holds_rules(source: File) -> bool:
    """Whether a file of any name is a rule file, by what it holds."""
    if not source.path.endswith((".yaml", ".yml", ".json", ".rules")):
        return False
    text = source.data
    return bool(_HOLDS.search(text)) and any(mark in text for mark in (b"expr", b"rules", b"PrometheusRule"))


_HOLDS = re.compile(
    rb"""^[ \t]*(?:- )?["']?(?:groups|alert|record)["']?[ \t]*:|kind["']?:[ \t]*["']?PrometheusRule""", re.MULTILINE
)


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


@per_file(RuleFile, reads=RULES, example=_example, holds=holds_rules)
def rule_files(source: File) -> list[RuleFile]:
    """A file is one rule file."""
    return [rule_file(source)]


@per_file(Rule, reads=RULES, example=_example, holds=holds_rules)
def rules(source: File) -> list[AlertingRule | RecordingRule]:
    """All rules of a file."""
    return rule_file(source).rules


@per_file(AlertingRule, reads=RULES, example=_example, holds=holds_rules)
def alerting_rules(source: File) -> list[AlertingRule]:
    """The alerting rules of a file."""
    return [rule for rule in rule_file(source).rules if isinstance(rule, AlertingRule)]


@per_file(RecordingRule, reads=RULES, example=_example, holds=holds_rules)
def recording_rules(source: File) -> list[RecordingRule]:
    """The recording rules of a file."""
    return [rule for rule in rule_file(source).rules if isinstance(rule, RecordingRule)]


@whole(RuleSet, reads=RULES, example=_example, holds=holds_rules)
def rule_set(tree: Tree) -> list[RuleSet]:
    """All rule files together."""
    return [RuleSet([rule_file(file) for file in tree.match(*RULES)], complete=not isinstance(tree, Chosen))]
