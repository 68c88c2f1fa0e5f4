"""JSON text: its data at once (orjson), and where each key and value stands when somebody asks.

Positions cost a pass of a scanner in Python, which only a file with a finding or an edit pays.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any

import orjson

Path = tuple[str | int, ...]

_QUOTED = r'("[^"\\]*(?:\\.[^"\\]*)*")'
# a member: its key where it has one, then a text, what opens, what closes, or anything else
_TOKEN = re.compile(rf'[\s,]*(?:{_QUOTED}\s*:\s*)?(?:{_QUOTED}|([{{\[])|([}}\]])|([^\s,{{}}\[\]":]+))', re.DOTALL)
_OPENS, _CLOSES = 3, 4
_DECODE = JSONDecoder().decode
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
MOST_DEPTH = 500


class Broken(Exception):
    """Not JSON. `offset` counts characters."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Node:
    """A value in the text: its extent, that of its key (where it has one), and the values in it by key or index.

    `twice` are keys that stand here a second time, and where. As in every reader of JSON, the last one counts.
    """

    __slots__ = ("begin", "end", "key_begin", "key_end", "members", "twice")

    def __init__(self, begin: int, end: int) -> None:
        self.begin = begin
        self.end = end
        self.key_begin = -1
        self.key_end = -1
        self.members: dict[str | int, Node] = _EMPTY
        self.twice: tuple[tuple[str, int], ...] = ()


_EMPTY: dict[str | int, Node] = {}  # of every value that is no container


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
    root = Node(0, len(text))
    stack: list[Node] = []
    for token in _TOKEN.finditer(text):
        kind = token.lastindex or 0
        if kind == _CLOSES:
            stack.pop().end = token.end()
            continue
        node = Node(*token.span(kind))
        if not stack:
            root = node
        elif token.start(1) < 0:
            members = stack[-1].members
            members[len(members)] = node
        else:
            node.key_begin, node.key_end = token.span(1)
            _add(stack[-1], token[1], node)
        if kind == _OPENS:
            if len(stack) >= MOST_DEPTH:
                raise Broken("nested too deeply", node.begin)
            node.members = {}
            stack.append(node)
    return root


def _add(parent: Node, written: str, node: Node) -> None:
    key = written[1:-1] if "\\" not in written else str(_DECODE(written))
    if key in parent.members:
        parent.twice = (*parent.twice, (key, node.key_begin))
    parent.members[key] = node


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
    while offset > 0:
        escape = text.find("\\", at, node.end)
        if escape < 0 or escape - at >= offset:
            return min(at + offset, node.end - 1)
        found = _ESCAPE.match(text, escape)
        if found is None:
            break
        offset -= escape - at + 1
        at = found.end()
    return at


def duplicates(root: Node) -> list[tuple[str, int]]:
    """All keys that stand twice in one object, and where the second stands."""
    found: list[tuple[str, int]] = []
    todo = [root]
    while todo:
        node = todo.pop()
        found += node.twice
        todo += node.members.values()
    return sorted(found, key=lambda pair: pair[1])
