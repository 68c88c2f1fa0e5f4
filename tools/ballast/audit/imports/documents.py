"""Reading JSON as providers export it: an object that holds a list, a list, or an object a line, each with its place."""

from __future__ import annotations

import gzip
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun, Position, Problem

CHECK = "audit/import"
_LIST = re.compile(r'\s*\{(?:[^\[\]{}]|\{[^\[\]{}]*\}){0,4000}?"(?:Records|items|entries)"\s*:\s*(?=\[)')
"""The beginning of an object one of whose own keys (not a deeper one) holds the events."""
_SPACE = re.compile(r"[\s,]*")
_LARGEST = 1 << 30


def documents(path: Path) -> Iterator[tuple[Position, dict[str, Any]] | Problem]:
    """Each object of a file (gzip or plain), or a problem where there is none. CannotRun when the file cannot be read."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            with gzip.open(path) as stream:
                data = stream.read(_LARGEST)
    except (OSError, EOFError) as error:
        raise CannotRun(f"{path} cannot be read: {error}") from error
    text = data.decode("utf-8-sig", errors="replace")
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(offset: int) -> Position:
        line = bisect_right(starts, offset)
        return Position(str(path), line, offset - starts[line - 1] + 1)

    if found := _LIST.match(text):
        yield from _elements(text, found.end() + 1, place)
    elif text.lstrip()[:1] == "[":
        yield from _elements(text, text.index("[") + 1, place)
    else:
        yield from _lines(text, starts, place)


def _elements(text: str, at: int, place: Any) -> Iterator[tuple[Position, dict[str, Any]] | Problem]:
    """From the first element on. What follows a broken one cannot be told apart: the first is the last."""
    decoder = json.JSONDecoder()
    while True:
        at = _end(text, at)
        if text[at : at + 1] == "]":
            return
        try:
            value, after = decoder.raw_decode(text, at)
        except ValueError as error:
            where = error.pos if isinstance(error, json.JSONDecodeError) else at
            what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            yield _problem(
                place(min(where, len(text))), f"not JSON: {what}", "export it again; what follows in this file was not read"
            )
            return
        yield (place(at), value) if isinstance(value, dict) else _problem(place(at), "not an object")
        at = after


def _lines(text: str, starts: list[int], place: Any) -> Iterator[tuple[Position, dict[str, Any]] | Problem]:
    whole = _object(text) if text.lstrip().startswith("{\n") or text.lstrip().startswith("{\r") else None
    if whole is not None:
        yield place(len(text) - len(text.lstrip())), whole
        return
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line = text[start:end].rstrip()
        if not line:
            continue
        first = start + len(line) - len(line.lstrip())
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            yield _problem(place(start + error.pos), f"not JSON: {error.msg}", "export it again; the line was left out")
            continue
        except ValueError as error:
            yield _problem(place(first), f"not JSON: {error}", "export it again; the line was left out")
            continue
        yield (place(first), value) if isinstance(value, dict) else _problem(place(first), "not an object")


def _problem(position: Position, message: str, hint: str = "") -> Problem:
    return Problem(position, CHECK, message, hint)


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _end(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
