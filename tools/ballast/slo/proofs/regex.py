"""A string that a regular expression of a PromQL matcher accepts.

Proofs need one label value for `code=~"5.."`. This walks the plain part of the syntax (alternatives, groups, classes, dots,
repeats) and takes the first choice everywhere; whatever it builds is checked against the expression before it is used.
"""

from __future__ import annotations

import re

__all__ = ["example", "matches"]

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}


def matches(pattern: str, value: str) -> bool:
    """Whether the whole of `value` matches, as in PromQL, where expressions are anchored."""
    try:
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    except re.error:
        return False


def example(pattern: str) -> str | None:
    """A value that `pattern` accepts, not empty where that is possible; None if this reader does not get there."""
    try:
        text, rest = _alternatives(pattern)
    except (IndexError, ValueError, StopIteration, re.error):
        return None
    if rest:
        return None
    number = pattern.split("|")[0]
    plain = [number] if re.fullmatch(r"\d+\.\d+", number) else []  # an unescaped `0.25` means 0.25
    for value in (*plain, text, f"{text}x", "x", ""):
        if matches(pattern, value) and (value or not matches(pattern, "x")):
            return value
    return None


def _alternatives(rest: str) -> tuple[str, str]:
    """The first alternative's example, and what follows the group."""
    first, rest = _sequence(rest)
    while rest.startswith("|"):
        other, rest = _sequence(rest[1:])
        first = first or other
    return first, rest


def _sequence(rest: str) -> tuple[str, str]:
    out = ""
    while rest and rest[0] not in "|)":
        piece, rest = _atom(rest)
        if rest[:1] in ("*", "?"):
            piece, rest = "", rest[1:]
        elif rest.startswith("+"):
            rest = rest[1:]
        elif repeat := re.match(r"\{(\d+)(,\d*)?\}", rest):
            piece, rest = piece * int(repeat[1]), rest[repeat.end() :]
        out += piece
        rest = rest.removeprefix("?") if out and rest.startswith("??") else rest
    return out, rest


def _atom(rest: str) -> tuple[str, str]:
    head, rest = rest[0], rest[1:]
    if head == "\\":
        return _CLASSES.get(rest[0], rest[0]), rest[1:]
    if head == "(":
        inside, rest = _alternatives(re.sub(r"^\?(:|P?<\w+>)", "", rest))
        return inside, rest[1:]
    if head == "[":
        end = rest.index("]", 1) if "]" in rest[1:] else len(rest)
        members = rest[:end]
        choice = (
            next(c for c in "0aA-_~ " if re.match(f"[{members}]", c)) if members.startswith("^") else members.lstrip("\\")[0]
        )
        return choice, rest[end + 1 :]
    return {".": "0", "^": "", "$": ""}.get(head, head), rest
