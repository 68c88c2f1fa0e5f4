"""A template that Prometheus refuses, that prints nothing, or that changes an alert's identity.

- One that does not parse: Prometheus refuses the file. The PromQL in its `query "…"` is parsed too.
- `{{ $labels.instance }}` where the query has no such label: it prints as nothing.
- `{{ $value }}` in a label: each new value is another alert, which begins its `for` anew and is notified again.
- `{{ $value }}` of a rate without `humanize`: `0.023333333` tells nobody anything (a note).

Mend: the edit at the place shown; values belong in annotations.

    - labels: {severity: page, load: "{{ $value }}"}
    + annotations: {summary: "the load is {{ $value }}"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.alerts.model import AlertingRule
from ballast.alerts.query import query
from ballast.alerts.series import reason, series_of
from ballast.findings import Finding, Severity, check
from ballast.repo.promql import query_problem
from ballast.repo.template import template_problem

LABEL = re.compile(r"\{\{[^}]*?(?:\$labels|\.Labels)\.(\w+)")
IN_INDEX = re.compile(r"""index\s+(?:\$labels|\.Labels)\s+["`](\w+)["`]""")
VALUE = re.compile(r"\{\{[^}]*?(\$value|\.Value)\b")
QUERY = re.compile(r"""\bquery\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)""")
READS = re.compile(
    r"""\{\{-?\s*with\s+query\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*-?\}\}(.*?)\{\{-?\s*(?:end|else)""", re.DOTALL
)
PRINTS = re.compile(r"""\blabel\s+["`](\w+)["`]""")
SMALL = {"rate", "irate", "deriv"}


@check("alerts/template", on=AlertingRule)
def alerts_template(rule: AlertingRule) -> Iterator[Finding]:
    """Every label and annotation with a template in it."""
    small = _small(rule)
    for place, texts in (("labels", rule.labels), ("annotations", rule.annotations)):
        for name, text in texts.items():
            if "{{" not in text:
                continue
            problem = template_problem(text)
            if problem:
                yield _at(rule, (place, name), problem.offset, 2, problem.message)
                continue
            yield from _labels(rule, (place, name), text)
            yield from _queries(rule, (place, name), text)
            value = VALUE.search(text)
            if value and place == "labels":
                message = f"the label `{name}` holds the value: each new value is another alert"
                yield _at(rule, (place, name), value.start(1), len(value[1]), message, "move it to an annotation")
            elif value and small and "humanize" not in text and "printf" not in text:
                message = f"`{small}` yields numbers that are hard to read"
                mend = "add `| humanize` or `| humanizePercentage`"
                yield _at(rule, (place, name), value.start(1), len(value[1]), message, mend, Severity.NOTE)


def _at(
    rule: AlertingRule,
    path: tuple[str, str],
    offset: int,
    width: int,
    message: str,
    mend: str = "",
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding("", rule.position(*path, offset=offset), f"{rule.name}: {message}", mend, severity, width)


def _labels(rule: AlertingRule, path: tuple[str, str], text: str) -> Iterator[Finding]:
    """Labels that no result of the query has and that the rule does not set."""
    if rule.query.root is None:
        return
    found = series_of(rule.query.root)
    for match in (*LABEL.finditer(text), *IN_INDEX.finditer(text)):
        label = match[1]
        if label == "alertname" or (path[0] == "annotations" and label in rule.labels):
            continue
        dead = next((series for series in found if not series.can(label)), None)
        if dead:
            all_of_them = not any(series.can(label) for series in found)
            why = reason(dead)
            message = f"the query's results have no label `{label}`" if all_of_them else f"some results have no label `{label}`"
            severity = Severity.ERROR if all_of_them else Severity.WARNING
            yield _at(rule, path, match.start(1), len(label), message + (f" ({why})" if why else ""), severity=severity)


def _queries(rule: AlertingRule, path: tuple[str, str], text: str) -> Iterator[Finding]:
    for match in QUERY.finditer(text):
        written = match[1] if match[1] is not None else match[2]
        if "%" in written or "\\" in written:
            continue
        problem = query_problem(written)
        if problem and problem.fatal:
            start = match.start(1) if match[1] is not None else match.start(2)
            yield _at(rule, path, start + problem.offset, 1, f"the query in the template: {problem.message}", problem.hint)
    for match in READS.finditer(text):
        root = query(match[1] if match[1] is not None else match[2]).root
        for label in PRINTS.finditer(match[3]) if root else ():
            dead = next((series for series in series_of(root) if not series.can(label[1])), None) if root else None
            if dead:
                message = f"the template's query returns no label `{label[1]}` ({reason(dead)})"
                yield _at(rule, path, match.start(3) + label.start(1), len(label[1]), message)


def _small(rule: AlertingRule) -> str:
    """The function that makes small numbers of the alert's value; "" where none does."""
    root = rule.query.root
    while root is not None:
        match root.kind:
            case "call" if root.name in SMALL:
                return f"{root.name}()"
            case "binary" if root.name in ("/", "*", "%"):
                return ""
            case "binary" | "aggregate" | "call" if root.children:
                root = root.children[-1] if root.kind == "aggregate" else root.children[0]
            case _:
                return ""
    return ""
