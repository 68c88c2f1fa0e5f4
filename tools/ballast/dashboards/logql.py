"""What can be told of LogQL without its parser: brackets, quotes, the stream selector, and the names of stages."""

from __future__ import annotations

import re

from ballast.dashboards.promql import substitute

_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
_MATCHER = re.compile(r'\s*[a-zA-Z_]\w*\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)\s*')
_SELECTOR = re.compile(r"\{([^{}]*)\}")
_STAGE = re.compile(r"(?<![|])\|(?![=~>|])\s*([a-zA-Z_]\w*)\s*(==|=~|!=|!~|>=|<=|=|>|<)?")
STAGES = {
    "json", "logfmt", "pattern", "regexp", "unpack", "line_format", "label_format", "unwrap", "decolorize", "drop", "keep",
    "distinct",
}  # fmt: skip
_PAIRS = {")": "(", "]": "[", "}": "{"}


def problem(expr: str) -> tuple[str, int] | None:
    """What is wrong, and at which character; None where nothing can be told to be."""
    blank = _TEXT.sub(lambda found: found[0][0] + "_" * (len(found[0]) - 2) + found[0][0], expr)
    loose = _TEXT.sub(lambda found: " " * len(found[0]), expr)
    for quote in ('"', "`"):
        if quote in loose:
            return "a text is not closed by its quote", loose.index(quote)
    stack: list[tuple[str, int]] = []
    plain = substitute_blank(loose)
    for at, letter in enumerate(plain):
        if letter in "([{":
            stack.append((letter, at))
        elif letter in _PAIRS:
            if not stack or stack[-1][0] != _PAIRS[letter]:
                return f"`{letter}` closes nothing", at
            stack.pop()
    if stack:
        return f"`{stack[-1][0]}` is not closed", stack[-1][1]
    return _streams(expr, blank, plain) or _stages(plain)


def substitute_blank(expr: str) -> str:
    """Variables as words of the same length, so that offsets hold."""
    return re.sub(r"\$\{[^{}]*\}|\$\w+|\[\[\w+\]\]", lambda found: "v" * len(found[0]), expr)


def _streams(expr: str, blank: str, plain: str) -> tuple[str, int] | None:
    found = list(_SELECTOR.finditer(substitute_blank(blank)))
    if not found:
        return (
            None
            if "$" in expr or "[[" in expr or re.fullmatch(r"[\s\d.+*/()a-z-]*vector\([^()]*\)\s*", plain)
            else ("there is no stream selector in braces", 0)
        )
    for selector in found:
        inner = expr[selector.start(1) : selector.end(1)]
        if substitute(inner) != inner and "=" not in inner:
            continue
        strict = False
        at = 0
        while at < len(inner):
            matcher = _MATCHER.match(inner, at)
            if matcher is None:
                if inner[at:].strip().startswith(("$", "[[")):
                    strict = True
                    break
                return f'`{inner[at:].strip() or inner.strip()}` is no matcher: label="value"', selector.start(1) + at
            value = matcher[2][1:-1]
            strict = strict or (matcher[1] == "=" and value != "") or (matcher[1] == "=~" and value not in (".*", ""))
            at = matcher.end()
            if at < len(inner):
                if inner[at] != ",":
                    return "matchers are separated by commas", selector.start(1) + at
                at += 1
        if not strict:
            return "the stream selector matches nothing in particular, which Loki refuses", selector.start()
    return None


def _stages(plain: str) -> tuple[str, int] | None:
    for stage in _STAGE.finditer(plain):
        if not stage[2] and stage[1] not in STAGES and not stage[1].startswith("v"):
            return f"`{stage[1]}` is no stage that Loki knows", stage.start(1)
    return None
