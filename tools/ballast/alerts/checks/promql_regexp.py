"""A regular expression in a selector that says too little or too much.

A text without patterns needs no regular expression, `^` and `$` are there already, `=~".*"` matches everything and `!~".*"`
nothing, and one that cuts pieces out of a label's value (`job=~"api_.+_prod"`) is a label that should have been several.

Mend: the matcher that the message names.

    - expr: up{job=~"api"} == 0
    + expr: up{job="api"} == 0
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.alerts.model import Rule
from ballast.alerts.query import Match, Node
from ballast.findings import Finding, Severity, check

_SPECIAL = re.compile(r"(?<!\\)(?:\\\\)*[.+*?()\[\]{}|^$]")
_TOKENS = re.compile(r"\\.|\.[*+]\??|\[(?:\\.|[^\]])*\]|[()|^$.*+?{}]|[^\\.\[()|^$*+?{}]+", re.DOTALL)


@check("promql/regexp", on=Rule, severity=Severity.WARNING)
def promql_regexp(rule: Rule) -> Iterator[Finding]:
    """Every matcher with a regular expression, once."""
    seen: set[tuple[str, tuple[Match, ...]]] = set()
    for selector in rule.query.selectors:
        if (selector.name, selector.matchers) in seen:
            continue
        seen.add((selector.name, selector.matchers))
        for match in selector.matchers:
            if match.op in ("=~", "!~"):
                for message, mend in _judged(selector, match):
                    yield rule.in_query(rule.query.label_span(selector, match.name), message, mend=mend)


def _judged(selector: Node, match: Match) -> Iterator[tuple[str, str]]:
    name, op, value = match
    said, plain = f'`{name}{op}"{value}"`', "=" if op == "=~" else "!="
    bare = value.removeprefix("^").removesuffix("$") if not value.endswith("\\$") else value.removeprefix("^")
    if bare in (".*", ".+"):
        if op == "=~" and bare == ".*" and (selector.name or len(selector.matchers) > 1):
            yield f"{said} matches everything", "remove it"
        elif op == "!~" and bare == ".*":
            yield (
                f"{said} matches nothing: every value, and no value, is like `.*`",
                f'write {name}="" for series without {name}',
            )
        elif op == "!~":
            yield f"{said} asks for series without `{name}`", f'write {name}=""'
    elif not _SPECIAL.search(bare) and "(?" not in bare:
        literal = re.sub(r"\\(.)", r"\1", bare)
        if "\\" not in bare or re.fullmatch(r"(?:[^\\]|\\[^\w])*", bare):
            yield f"{said} is no pattern", f'write {name}{plain}"{literal}"'
    if _anchored(value):
        yield f"{said}: Prometheus anchors matchers itself", "remove `^` and `$`"
    elif _smells(value):
        yield f"{said} takes a value apart: `{name}` should be several labels", "relabel the target with a label for each part"


def _anchored(value: str) -> bool:
    return any(token in ("^", "$") for token in _TOKENS.findall(value))


def _smells(value: str) -> bool:
    """A literal that is more than digits beside a wildcard, outside groups and alternatives."""
    tokens = _TOKENS.findall(value)
    if not {"(", ")", "|"}.isdisjoint(tokens):
        return False
    literal, before = False, ""
    for token in tokens:
        wildcard, text = token[:2] in (".*", ".+"), token[0] not in ".[\\()|^$*+?{}"
        if literal and ((wildcard and before == "text") or (text and before == "wildcard")):
            return True
        literal |= text and not token.isdigit()
        before = "wildcard" if wildcard else "text" if text else ""
    return False
