"""One JSON text that holds dashboards: a whole file, or a text inside a YAML or JSON resource."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Any

from ballast.dashboards import spans
from ballast.dashboards.spans import Node, Path
from ballast.repo import Position


class Source:
    """`data` is the text itself. `line` and `indent` say where it begins in its file and how far its lines are moved in.

    `exact` is False where the file holds it in another shape (escaped, compressed): then everything stands where it begins.
    """

    def __init__(
        self, path: str, data: bytes, value: Any, *, line: int = 1, column: int = 1, indent: int = 0, exact: bool = True
    ) -> None:
        self.path = path
        self.data = data
        self.value = value
        self.line = line
        self.column = column
        self.indent = indent
        self.exact = exact

    @cached_property
    def text(self) -> str:
        """The text, decoded."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def root(self) -> Node:
        """Where everything stands. A text nested too deeply has one node."""
        try:
            return spans.index(self.text)
        except spans.Broken:
            return Node(0, len(self.text))

    @cached_property
    def _starts(self) -> list[int]:
        """The offset of each line."""
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]

    def place(self, offset: int) -> Position:
        """The position of a character of the text."""
        if not self.exact:
            return Position(self.path, self.line, self.column)
        number = bisect_right(self._starts, offset) - 1
        return Position(self.path, self.line + number, offset - self._starts[number] + 1 + self.indent)

    def position(self, path: Path, *, key: bool = False, offset: int = 0) -> Position:
        """Where the value at `path` stands (its key, with `key`), or its nearest ancestor where there is none."""
        if not self.exact:
            return Position(self.path, self.line, self.column)
        node, found = spans.find(self.root, path)
        if found and offset and self.text[node.begin] == '"':
            return self.place(spans.inside(self.text, node, offset))
        if node.key_begin >= 0 and (key or not found or self.text[node.begin : node.begin + 1] in ("{", "[")):
            return self.place(node.key_begin)
        return self.place(node.begin)
