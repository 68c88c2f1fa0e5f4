"""Do the templates in labels and annotations parse? A reader of Go's text/template, with the functions that Prometheus adds.

Grammar: https://pkg.go.dev/text/template; functions: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/.
Only the syntax is judged, as Prometheus does when it loads a rule: types and missing labels show when the alert fires.
"""

from __future__ import annotations

import re
from typing import NamedTuple

GO_FUNCTIONS = "and call eq ge gt html index js le len lt ne not or print printf println slice urlquery"
PROMETHEUS_FUNCTIONS = (
    "args externalURL first graphLink humanize humanize1024 humanizeDuration humanizePercentage "
    "humanizeTimestamp label match now parseDuration pathPrefix query reReplaceAll safeHtml sortByLabel "
    "stripDomain stripPort strvalue tableLink title tmpl toDuration toLower toTime toUpper urlQueryEscape "
    "value"
)
FUNCTIONS = frozenset(f"{GO_FUNCTIONS} {PROMETHEUS_FUNCTIONS}".split())
"""What a template may call: Go's own functions, and Prometheus 3's."""

VARIABLES = ("$", "$labels", "$externalLabels", "$externalURL", "$value")
_KEYWORDS = ("block", "break", "continue", "define", "else", "end", "if", "range", "template", "with")

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:[^"\\\n]|\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*" | `[^`]*`)
      | (?P<char>'(?:[^'\\\n]|\\(?:[abfnrtv\\']|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))')
      | (?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+ | 0[bB][01_]+ | 0[oO]?[0-7_]+(?![.\deE])
            | (?:\d+\.\d* | 0 | [1-9]\d*(?:_\d+)* | \.\d+)(?:[eE][+-]?\d+)?)i?)
      | (?P<field>\.[^\W\d]\w*)
      | (?P<dot>\.)
      | (?P<variable>\$\w*)
      | (?P<word>[^\W\d]\w*)
      | (?P<mark>:= | [=|,()])
    """,
    re.VERBOSE,
)
_CONSTANTS = ("true", "false", "nil")
_COMMENT = re.compile(r"/\*.*?\*/(?P<close>\s+-}}|}})", re.DOTALL)
_CLOSE = re.compile(r"\s-}}|}}")


class TemplateProblem(NamedTuple):
    """What is wrong, and at which character."""

    message: str
    offset: int


class _Bad(Exception):
    def __init__(self, message: str, offset: int) -> None:
        self.problem = TemplateProblem(message, offset)


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


def template_problem(text: str) -> TemplateProblem | None:
    """The first thing that keeps Prometheus from loading the template; None when it parses."""
    if "{{" not in text:
        return None
    try:
        _Blocks().read(text)
    except _Bad as bad:
        return bad.problem
    return None


class _Blocks:
    """Follows the nesting of if, range, with, define and block through a text, and the variables in scope."""

    def __init__(self) -> None:
        self.open: list[tuple[str, int, list[str]]] = []  # keyword, offset, the variables before it
        self.ends_with_else: list[bool] = []
        self.variables = list(VARIABLES)

    def read(self, text: str) -> None:
        at = 0
        while (start := text.find("{{", at)) >= 0:
            at = self.action(text, start)
        if self.open:
            keyword, offset, _ = self.open[-1]
            raise _Bad(f"`{{{{ {keyword} … }}}}` has no `{{{{ end }}}}`", offset)

    def action(self, text: str, start: int) -> int:
        """Reads one `{{…}}` and returns where it ends."""
        at = start + 2
        if re.match(r"-\s", text[at : at + 2]):
            at += 2
            at += len(text[at:]) - len(text[at:].lstrip()) if text[at:].lstrip().startswith("/*") else 0
        if text.startswith("/*", at):
            comment = _COMMENT.match(text, at)
            if not comment:
                raise _Bad("a comment that is not closed by `*/}}`", start)
            return comment.end()
        tokens, end = _tokens(text, at, start)
        self.statement(_Line(tokens, start, end))
        return end

    def statement(self, line: _Line) -> None:
        first = line.peek()
        keyword = first.text if first.kind == "word" and first.text in _KEYWORDS else ""
        if not keyword:
            self.pipeline(line)
        else:
            line.next()
            getattr(self, f"on_{keyword}", self.on_if)(line, keyword)
        left = line.peek()
        if left.kind != "close":
            raise _Bad(f"unexpected {_named(left)}", left.offset)

    # --- keywords ---

    def on_if(self, line: _Line, keyword: str) -> None:
        """If, range, with: open a scope that holds the variables of their pipeline."""
        self.open.append((keyword, line.start, self.variables))
        self.ends_with_else.append(False)
        self.variables = list(self.variables)
        self.pipeline(line, ranging=keyword == "range", purpose=keyword)

    def on_define(self, line: _Line, keyword: str) -> None:
        if self.open:
            raise _Bad("`define` stands inside another block", line.start)
        self.name(line, keyword)
        self.open.append((keyword, line.start, self.variables))
        self.ends_with_else.append(True)
        self.variables = ["$"]  # a template of its own sees nothing of what surrounds it

    def on_template(self, line: _Line, keyword: str) -> None:
        self.name(line, keyword)
        if line.peek().kind != "close":
            self.pipeline(line, purpose=keyword)

    def on_block(self, line: _Line, keyword: str) -> None:
        self.name(line, keyword)
        self.pipeline(line, purpose=keyword)
        self.open.append((keyword, line.start, self.variables))
        self.ends_with_else.append(True)
        self.variables = ["$"]

    def on_else(self, line: _Line, keyword: str) -> None:
        if not self.open or self.ends_with_else[-1]:
            raise _Bad("`{{ else }}` without an `if`, `range` or `with` before it", line.start)
        follower = line.peek().text
        outer = self.open[-1][0]
        if follower not in ("if", "with"):
            self.ends_with_else[-1] = True
            self.open[-1] = ("else", *self.open[-1][1:])  # nothing to break out of there
            return
        if follower != outer:
            raise _Bad(f"`else {follower}` in a block that began with `{outer}`", line.start)
        line.next()
        self.pipeline(line, purpose=follower)

    def on_end(self, line: _Line, keyword: str) -> None:
        if not self.open:
            raise _Bad("`{{ end }}` without an `if`, `range` or `with` before it", line.start)
        _, _, self.variables = self.open.pop()
        self.ends_with_else.pop()

    def on_break(self, line: _Line, keyword: str) -> None:
        if not any(outer == "range" for outer, _, _ in self.open):
            raise _Bad(f"`{keyword}` outside of `range`", line.start)

    on_continue = on_break

    def name(self, line: _Line, keyword: str) -> None:
        token = line.next()
        if token.kind != "string":
            raise _Bad(f"`{keyword}` needs a name in quotes", token.offset)

    # --- pipelines ---

    def pipeline(self, line: _Line, *, ranging: bool = False, purpose: str = "", until: str = "close") -> None:
        declared = self.declarations(line, ranging)
        stage = 1
        while True:
            self.command(line, stage, purpose or "an action")
            if line.peek().text != "|":
                break
            line.next()
            stage += 1
        self.variables += declared
        token = line.peek()
        if token.kind != until and token.text != until:
            raise _Bad(f"unexpected {_named(token)}", token.offset)

    def declarations(self, line: _Line, ranging: bool) -> list[str]:
        """`$x :=`, `$x =` and, in range, `$i, $x :=`: the names that are new."""
        names: list[str] = []
        ahead = line.position
        while line.peek().kind == "variable":
            names.append(line.next().text)
            mark = line.next()
            if mark.text == "," and ranging and len(names) == 1:
                continue
            if mark.text in (":=", "="):  # Go does not ask here whether an assigned variable exists
                return names
            break
        line.position = ahead
        return []

    def known(self, variable: str, offset: int) -> None:
        if variable not in self.variables:
            raise _Bad(f"undefined variable `{variable}`", offset)

    def command(self, line: _Line, stage: int, purpose: str) -> None:
        count = 0
        while True:
            token = line.peek()
            if token.kind == "close" or token.text in ("|", ")"):
                break
            self.operand(line)
            constant = token.kind in ("string", "char", "number", "dot") or token.text in _CONSTANTS
            if count == 0 and stage > 1 and constant:
                raise _Bad(f"{_named(token)} cannot stand after `|`: name a function there", token.offset)
            count += 1
        if count == 0 and (stage == 1 or token.text == "|"):
            raise _Bad(f"a value is missing for {purpose}", token.offset)

    def operand(self, line: _Line) -> None:
        token = line.next()
        if token.text == "(":
            self.pipeline(line, until=")")
            line.next()
        elif token.kind == "variable":
            self.known(token.text, token.offset)
        elif token.kind == "word" and token.text not in FUNCTIONS and token.text not in _CONSTANTS:
            raise _Bad(f"function `{token.text}` is not defined", token.offset)
        elif token.kind not in ("word", "string", "char", "number", "field", "dot"):
            raise _Bad(f"unexpected {_named(token)}", token.offset)
        chained = False
        while line.peek().kind == "field" and line.attached():
            chained = True
            line.next()
        if chained and (token.kind in ("string", "char", "number", "dot") or token.text in _CONSTANTS):
            raise _Bad(f"unexpected `.` after {_named(token)}", token.offset)
        follower = line.peek()
        if line.attached() and follower.kind != "close" and follower.text not in ("|", ")", ",", ":=", "="):
            raise _Bad(f"unexpected {_named(follower)} after {_named(token)}: a space is missing", follower.offset)


class _Line:
    """The tokens of one action; `position` may be set back."""

    def __init__(self, tokens: list[_Token], start: int, end: int) -> None:
        self.tokens, self.start, self.end, self.position = tokens, start, end, 0

    def peek(self) -> _Token:
        return self.tokens[self.position]

    def next(self) -> _Token:
        token = self.tokens[self.position]
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    def attached(self) -> bool:
        """No space stands between the last token and the next."""
        before = self.tokens[self.position - 1]
        return before.offset + len(before.text) == self.peek().offset


def _tokens(text: str, at: int, start: int) -> tuple[list[_Token], int]:
    found: list[_Token] = []
    while True:
        close = _CLOSE.match(text, at)
        if close:
            return [*found, _Token("close", "}}", at)], close.end()
        match = _TOKEN.match(text, at)
        if not match:
            if at >= len(text):
                raise _Bad("`{{` is not closed by `}}`", start)
            raise _Bad("a string that is not closed" if text[at] in "\"'`" else f"unexpected {text[at]!r}", at)
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match[0], at))
        at = match.end()


def _named(token: _Token) -> str:
    return "the end `}}`" if token.kind == "close" else f"`{token.text}`"
