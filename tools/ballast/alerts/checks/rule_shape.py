"""A rule or group that has not the shape of one.

A key that Prometheus does not know makes it refuse the whole file; so do a rule without `expr`, one with both `alert` and
`record`, a duration that is none, a label's name with a dash in it, and two groups of one name.

Mend: the edit at the line shown.

    - fro: 5m
    + for: 5m
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ballast.alerts.lint_config import duration
from ballast.alerts.model import Path, RuleFile, holds_rules
from ballast.findings import Finding, Severity, check
from ballast.repo import Position
from ballast.repo.source import RawDocument

TOP = {"groups", "namespace"}
"""`namespace` is what the rulers of Mimir and Loki file a plain file's groups under."""
GROUP = {
    "name",
    "interval",
    "rules",
    "limit",
    "labels",
    "query_offset",
    "partial_response_strategy",
    "concurrency",
    "eval_offset",
    "source_tenants",
    "align_evaluation_time_on_interval",
}
BOTH = {"expr", "labels"}
ALERT = {"alert", "for", "keep_firing_for", "annotations"}
DURATIONS = ("interval", "query_offset", "for", "keep_firing_for")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
Said = tuple[Path, bool, str, str]


@check("rule/shape", on=RuleFile)
def rule_shape(file: RuleFile) -> Iterator[Finding]:
    """Every group and rule of the file."""
    yield from (Finding.of(problem) for problem in file.problems)
    if not file.groups and not file.problems and holds_rules(file.source):
        yield file.source.finding("looks like rules, and no group of rules is found in it", mend="look at its upper keys")
    for document, path, held in _holders(file):
        for where, key, message, mend in _keys(path, held, TOP):
            yield _finding(file, document, where, key, message, mend)
    names: set[tuple[int, str]] = set()
    for group, (document, path) in zip(file.groups, file.places, strict=True):
        for where, key, message, mend in _group(group, bare=not path):
            yield _finding(file, document, (*path, *where), key, message, mend)
        if path and group.get("rules") is None:
            message, mend = "a group without `rules` does nothing", "remove it, or indent its rules"
            yield replace(_finding(file, document, path, False, message, mend), severity=Severity.WARNING)
        name = (id(document.data), str(group.get("name")))
        if path and name in names:
            yield _finding(file, document, (*path, "name"), False, f"a second group named {name[1]!r}", "rename one of them")
        names.add(name)


def _holders(file: RuleFile) -> Iterator[tuple[RawDocument, Path, dict[str, Any]]]:
    """What holds the groups: the documents of plain files, the `spec` of resources; each once."""
    seen: set[tuple[int, Path]] = set()
    for document, path in file.places:
        above = path[:-2]
        if path and (id(document), above) not in seen:
            seen.add((id(document), above))
            held: Any = document.data
            for step in above:
                held = held[step]
            yield document, above, held


def _finding(file: RuleFile, document: RawDocument, path: Path, key: bool, message: str, mend: str) -> Finding:
    place = document.text.place(document.number, path, key=key)
    return Finding("", Position(file.source.path, place.line, place.column), message, mend)


def _group(group: dict[str, Any], *, bare: bool) -> Iterator[Said]:
    if not bare:
        yield from _keys((), group, GROUP)
        if not group.get("name") or not isinstance(group["name"], str | int | float):
            yield (), False, "a group without a name", "add `name: …`"
        yield from _durations((), group)
        if group.get("rules") is not None and not isinstance(group["rules"], list):
            yield ("rules",), False, "`rules` is no list", "begin each rule with `- `"
    rules = group.get("rules")
    for number, rule in enumerate(rules if isinstance(rules, list) else []):
        path: Path = (number,) if bare else ("rules", number)
        if isinstance(rule, dict):
            yield from _rule(path, rule)
        else:
            yield path, False, "a rule is a mapping with `alert` or `record`", "begin it with `- alert: …` or `- record: …`"


def _rule(path: Path, rule: dict[str, Any]) -> Iterator[Said]:
    alert, record = rule.get("alert"), rule.get("record")
    if alert and record:
        yield (*path, "record"), True, "a rule with both `alert` and `record`", "make two rules of it"
    elif not alert and not record:
        yield path, False, "a rule with neither `alert` nor `record`", "name it"
    name = "record" if record else "alert"
    if (alert or record) and not isinstance(rule[name], str):
        yield (*path, name), False, f"`{name}` must be a text", "put it in quotes"
    elif record and not METRIC.fullmatch(record):
        yield (*path, "record"), False, f"`record` {record!r} is no name of a metric", "letters, digits, _ and : make one"
    yield from _keys(path, rule, BOTH | ({"record"} if record and not alert else ALERT | {"record"}))
    if "expr" not in rule or rule["expr"] in (None, ""):
        yield path, False, "a rule without `expr`", "add the query"
    elif not isinstance(rule["expr"], str | int | float):
        yield (*path, "expr"), False, "`expr` must be a text", "put the query in quotes"
    yield from _durations(path, rule)
    for key in ("labels", "annotations"):
        yield from _texts((*path, key), rule.get(key))


def _keys(path: Path, data: dict[str, Any], known: set[str]) -> Iterator[Said]:
    for key in data:
        if key in known or (isinstance(key, str) and key.startswith("x-")):
            continue
        near = difflib.get_close_matches(str(key), known, 1, 0.6)
        mend = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(sorted(known))}"
        yield (*path, key if isinstance(key, str) else ""), True, f"unknown key `{key}`", mend


def _durations(path: Path, data: dict[str, Any]) -> Iterator[Said]:
    for key in DURATIONS:
        value = data.get(key)
        if value is not None and duration(str(value)) is None:
            yield (*path, key), False, f"`{key}` {value!r} is not a duration", "write it like 30s, 5m or 1h30m"


def _texts(path: Path, texts: Any) -> Iterator[Said]:
    if texts is None:
        return
    if not isinstance(texts, dict):
        yield path, False, f"`{path[-1]}` is no mapping", "write `name: text` lines below it"
        return
    for name, value in texts.items():
        if not isinstance(name, str) or not LABEL.fullmatch(name):
            mend = "letters, digits and _ make one"
            yield (*path, name if isinstance(name, str) else ""), True, f"{name!r} is no name of a label", mend
        elif isinstance(value, dict | list):
            yield (*path, name), False, f"`{name}` must be a text", "put it in quotes"
