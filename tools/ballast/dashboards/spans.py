"""JSON text: its data at once (orjson), and where each key and value stands when somebody asks.

Positions cost a pass of a scanner in Python, which only a file with a finding or an edit pays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from typing import Any

import orjson

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR = re.compile(r"[^\s,\]}]+")
_DECODE = JSONDecoder().decode
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)
MOST_DEPTH = 500


class Broken(Exception):
    """Not JSON. `offset` counts characters."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(slots=True)
class Node:
    """A value in the text: its extent, that of its key (where it has one), and the values in it by key or index."""

    begin: int
    end: int = -1
    key_begin: int = -1
    key_end: int = -1
    members: dict[str | int, Node] = field(default_factory=dict)
    twice: list[tuple[str, int]] = field(default_factory=list)
    """Keys that stand here a second time, and where. As in every reader of JSON, the last one counts."""


def loads(data: bytes) -> tuple[Any, bool]:
    """The value, and whether some object may hold a key twice. Raises Broken.

    orjson keeps the last of equal keys and says nothing. A dropped key is one colon fewer in what is written back.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _broken(data, error) from None
    back = orjson.dumps(value)
    return value, _colons(data) != _colons(back)


def _colons(data: bytes) -> int:
    return data.count(b'":') + data.count(b'" :')


def _broken(data: bytes, error: JSONDecodeError) -> Broken:
    """What is wrong, in the words of the standard library's parser where it agrees that something is."""
    try:
        text = data.decode()
    except UnicodeDecodeError as wrong:
        return Broken("the file is not UTF-8 here", len(data[: wrong.start].decode(errors="replace")))
    if not text.strip():
        return Broken("the file is empty", 0)
    try:
        _DECODE(text)
    except JSONDecodeError as said:
        return Broken(said.msg[:1].lower() + said.msg[1:], said.pos)
    except RecursionError:
        return Broken("nested too deeply", 0)
    return Broken(error.msg, error.pos)


def index(text: str) -> Node:
    """The extents of all values of a text that `loads` has read. Raises Broken where it is nested too deeply."""
    root = Node(_SPACE.match(text, 0).end())  # type: ignore[union-attr]  # it matches the empty text too
    stack: list[Node] = []
    node, at = root, root.begin
    while True:
        letter = text[at : at + 1]
        if letter in ("{", "["):
            if len(stack) >= MOST_DEPTH:
                raise Broken("nested too deeply", at)
            stack.append(node)
            at = _skip(text, at + 1)
            if text[at : at + 1] not in ("}", "]"):
                node, at = _child(text, at, node, letter == "{")
                continue
        elif letter == '"':
            at = _string(text, at)
        else:
            scalar = _SCALAR.match(text, at)
            if scalar is None:
                raise Broken("a value is missing", at)
            at = scalar.end()
        if letter not in ("{", "["):
            node.end = at
            at = _skip(text, at)
        # after a value: close what ends here, or go to the next member
        while stack and text[at : at + 1] in ("}", "]"):
            at += 1
            stack.pop().end = at
            at = _skip(text, at)
        if not stack:
            return root
        if text[at : at + 1] != ",":
            raise Broken("a comma is missing", at)
        parent = stack[-1]
        node, at = _child(text, _skip(text, at + 1), parent, text[parent.begin] == "{")


def _child(text: str, at: int, parent: Node, is_object: bool) -> tuple[Node, int]:
    """The next member of a container, and where its value begins."""
    if not is_object:
        node = Node(at)
        parent.members[len(parent.members)] = node
        return node, at
    end = _string(text, at)
    colon = _skip(text, end)
    if text[colon : colon + 1] != ":":
        raise Broken("a colon is missing", colon)
    node = Node(_skip(text, colon + 1), key_begin=at, key_end=end)
    written = text[at + 1 : end - 1]
    key = written if "\\" not in written else str(_DECODE(text[at:end]))
    if key in parent.members:
        parent.twice.append((key, at))
    parent.members[key] = node
    return node, node.begin


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


def _string(text: str, at: int) -> int:
    found = _STRING.match(text, at)
    if found is None:
        raise Broken("a text is not closed by its quote", at)
    return found.end()


def find(root: Node, path: Path) -> tuple[Node, bool]:
    """The node at `path`, or its nearest ancestor and False."""
    node = root
    for step in path:
        below = node.members.get(step)
        if below is None:
            return node, False
        node = below
    return node, True


def inside(text: str, node: Node, offset: int) -> int:
    """Where character `offset` of a text value is written: escapes count for one."""
    at = node.begin + 1
    if "\\" not in text[node.begin : node.end]:
        return min(at + offset, node.end - 1)
    for _ in range(offset):
        found = _ESCAPE.match(text, at)
        if found is None or found.end() >= node.end:
            break
        at = found.end()
    return at


def duplicates(root: Node) -> list[tuple[str, int]]:
    """All keys that stand twice in one object, and where the second stands."""
    found, todo = [], [root]
    while todo:
        node = todo.pop()
        found += node.twice
        todo += node.members.values()
    return sorted(found, key=lambda pair: pair[1])
