"""Does a query parse, and what is wrong with it in words; `{{.window}}` stands for a duration there, as in Sloth.

The parser is promql-parser (Rust). What it does not know yet and Prometheus does (`1_000`, `[5m*2]`) is rewritten before it is
asked once more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import promql_parser

WINDOW = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{\{")
_REGEX_MATCHER = re.compile(r'([=!]~)\s*"([^"\\\n]+)"')
_STRING = re.compile(r""" "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | `[^`]*` """, re.VERBOSE)
_COMMENT = re.compile(r"#[^\n]*")
_SEPARATOR = re.compile(r"(?<=\d)_(?=\d)")
_ARITHMETIC = re.compile(r"\[[^\[\]]*(?:[-+*/%^(])[^\[\]]*\]")
_EXTENDED = re.compile(r"(\])\s*\b(anchored|smoothed)\b")
_QUOTED_WORD = re.compile(r"'([^']+)'")
_TOKEN = re.compile(r"[\w:.]+|[=!<>]=|[=!]~|[^\s\w]")
_COMPLETIONS = ("", "x", "5m", '"x"', '="x"', "]", "(x)")
_MOST_TOKENS = 200
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_PAIRS = {")": "(", "]": "[", "}": "{"}


class QueryProblem(NamedTuple):
    """`offset` is the character of the query as written; `fatal` is False for what works with a switched-on feature only."""

    message: str
    hint: str = ""
    offset: int = 0
    fatal: bool = True


def has_window(query: str) -> bool:
    """Whether the query contains `{{.window}}`."""
    return WINDOW.search(query) is not None


def query_problem(query: str) -> QueryProblem | None:
    """What keeps Prometheus from running the query once its window is filled in; None when nothing does."""
    filled = WINDOW.sub(lambda found: "5m".ljust(len(found[0])), query)  # as long as before: offsets stay true
    if _parses_quickly(filled):
        return None
    foreign = _TEMPLATE.search(filled)
    if foreign:
        hint = "write the value itself, or use {{.window}}"
        return QueryProblem(f"{foreign[0]} is not replaced: only {{{{.window}}}} is", hint, foreign.start())
    error = _error(filled)
    if error is None:
        return _unusable(filled)
    plain = _COMMENT.sub(_blank, _STRING.sub(_blank, filled))
    rewritten, feature = _rewritten(filled, plain)
    if rewritten != filled and _error(rewritten) is None:
        if not feature:
            return None
        name, flag, at = feature
        return QueryProblem(f"{name} need a Prometheus that runs with --enable-feature={flag}", "", at, fatal=False)
    return _explained(
        error, filled, plain, "try it in Prometheus" + (" with a duration in place of {{.window}}" if filled != query else "")
    )


def matchers_problem(matchers: str) -> QueryProblem | None:
    """What is wrong with matchers that go between braces (`job="checkout", code=~"5.."`)."""
    if not matchers.strip() or _is_selector(f"m{{{matchers}}}"):
        return None
    if matchers.lstrip().startswith("{"):
        return QueryProblem("matchers are written without braces", f"write {matchers.strip().strip('{}')}")
    problem = query_problem(f"m{{{matchers}}}")
    if problem is None:
        return QueryProblem("not only matchers: they are closed by a brace before their end", "remove the brace")
    return problem._replace(offset=min(max(problem.offset - 2, 0), max(len(matchers) - 1, 0)))


def _is_selector(query: str) -> bool:
    try:
        return isinstance(promql_parser.parse(query), promql_parser.VectorSelector)
    except ValueError:
        return False


def _parses_quickly(query: str) -> bool:
    """Parses with each regular expression compiled once in a program's life: compiling them is most of a parse's time.

    False only means that the query must be looked at in full.
    """
    matchers = _REGEX_MATCHER.findall(query)
    if matchers and all(_sound_regex(operator, regex) for operator, regex in matchers):
        query = _REGEX_MATCHER.sub('="r"', query)
    return _error(query) is None and _unusable(query) is None


@lru_cache(maxsize=4096)
def _sound_regex(operator: str, regex: str) -> bool:
    """Whether a matcher with it is one that may stand alone in a selector."""
    return operator == "=~" and _error(f'{{x=~"{regex}"}}') is None


def _error(query: str) -> str | None:
    try:
        promql_parser.parse(query)
    except ValueError as error:
        return str(error)
    return None


def _unusable(query: str) -> QueryProblem | None:
    """A query may parse and still not be one that a rule can hold."""
    if query.rstrip().endswith((")", "}")):
        return None
    match promql_parser.parse(query):
        case promql_parser.MatrixSelector() | promql_parser.SubqueryExpr():
            return QueryProblem("the query yields a range of samples, not a value", "wrap it: sum(rate(…))")
        case promql_parser.StringLiteral():
            return QueryProblem("the query is a text, not a value")
    return None


def _rewritten(query: str, plain: str) -> tuple[str, tuple[str, str, int] | None]:
    """The query in the grammar that the parser knows, and the switched-off feature that it uses (name, flag, offset)."""
    feature = None
    out = list(query)
    for found in _SEPARATOR.finditer(plain):
        out[found.start()] = ""
    for found in _ARITHMETIC.finditer(plain):
        feature = ("calculated durations", "promql-duration-expr", found.start())
        inside = "[5m:1m]" if ":" in found[0] else "[5m]"
        out[found.start() : found.end()] = [inside, *[""] * (len(found[0]) - 1)]
    for found in _EXTENDED.finditer(plain):
        feature = ("`anchored` and `smoothed`", "promql-extended-range-selectors", found.start(2))
        out[found.start(2) : found.end(2)] = [""] * len(found[2])
    return "".join(out), feature


def _explained(error: str, query: str, plain: str, try_it: str) -> QueryProblem:
    unbalanced = _unbalanced(plain)
    if unbalanced:
        return unbalanced
    if error.startswith("unterminated quoted string"):
        return QueryProblem("a text is not closed by its quote", "close the quote", _open_quote(query))
    word = _QUOTED_WORD.search(error)
    at = max(plain.find(word[1]), 0) if word else 0
    if error == "invalid promql query":
        at = _where_it_stops(query, plain)
        found = _TOKEN.match(plain, at)
        what = f"unexpected `{found[0]}`" if found else "unexpected end"
        return QueryProblem(f"not PromQL: {what}", try_it, at)
    if error == "no expression found in input":
        return QueryProblem("the query is empty", "write the query")
    if error.startswith("illegal regex for "):
        at = max(query.find(error.removeprefix("illegal regex for ")), 0)
    if error.startswith("bad number or duration syntax: "):
        at = max(plain.find(error.rpartition(" ")[2]), 0)
    hint = "is the name right? (MetricsQL's own functions are not PromQL)" if error.startswith("unknown function") else ""
    return QueryProblem(f"not PromQL: {error}", hint, at)


def _unbalanced(plain: str) -> QueryProblem | None:
    """The bracket that is not closed, or closes nothing."""
    stack: list[tuple[str, int]] = []
    for at, letter in enumerate(plain):
        if letter in "([{":
            stack.append((letter, at))
        elif letter in _PAIRS:
            if not stack or stack[-1][0] != _PAIRS[letter]:
                return QueryProblem(f"`{letter}` closes nothing", f"remove it, or open `{_PAIRS[letter]}` before it", at)
            stack.pop()
    if stack:
        letter, at = stack[-1]
        return QueryProblem(f"`{letter}` is not closed", "close it", at)
    return None


def _where_it_stops(query: str, plain: str) -> int:
    """The first character that no valid query could have after what stands before it.

    The parser gives no positions. So each beginning of the query is completed to a whole one, in the few ways that there are.
    """
    ends = [0, *(found.end() for found in _TOKEN.finditer(plain))][-_MOST_TOKENS:]
    for end in reversed(ends):
        head = query[:end]
        stack: list[str] = []
        for letter in plain[:end]:
            if letter in _PAIRS:
                stack = stack[:-1]
            elif letter in _CLOSERS:
                stack.append(_CLOSERS[letter])
        closers = "".join(reversed(stack))
        if any(_error(head + middle + closers) is None for middle in _COMPLETIONS):
            rest = _TOKEN.search(plain, end)
            return rest.start() if rest else max(len(query.rstrip()) - 1, 0)
    return 0


def _open_quote(query: str) -> int:
    """Where the text begins that is never closed."""
    rest = _STRING.sub(_blank, query)
    return min((at for at in map(rest.find, "\"'`") if at >= 0), default=0)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])
