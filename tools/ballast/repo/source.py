"""One YAML file: its documents as plain data at once, and the place of every key and value when somebody asks.

Reading a file costs one pass of a compiled parser (yamlrocks: YAML 1.2, so `on` is a text and `010` is eight). Positions cost
a second pass, which only a file with a problem pays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yamlrocks as yaml

from ballast.repo.position import Position, Problem

Path = tuple[str | int, ...]

READ = yaml.OPT_DUPLICATE_KEYS_ERROR | yaml.OPT_PASSTHROUGH_TAG
ANNOTATED = yaml.OPT_ANNOTATED | yaml.OPT_ANNOTATE_NUMBERS | yaml.OPT_PASSTHROUGH_TAG

_PLACE = re.compile(r"^(?P<message>.*) at line (?P<line>\d+), column (?P<column>\d+)(?:; .*)?$", re.DOTALL)
_AFTER_KEY = re.compile(r"[ \t]*:[ \t]*(?=[^\s#])")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # unlike str.splitlines: YAML knows no other line breaks
_DOCUMENT = re.compile(rb"^---(?=[ \t\r\n]|$)", re.MULTILINE)
_MARK = "\ue000"  # a character of no alphabet, for keys that stand twice
_MOST_DUPLICATES = 50

_HINTS = (
    ("tab", "indent with spaces: YAML allows no tabs there"),
    ("reserved indicator", "put the value in quotes"),
    ("alias", "define it with `&name` earlier in the same document"),
    ("nesting depth", "no file of Ballast nests deeper than a dozen levels: look for brackets that are never closed"),
    ("alias bomb", "write the repeated parts out, or use fewer aliases"),
    ("quoted scalar", 'close the quotes; inside double quotes write \\" for a quote'),
    ("control character", "remove the invisible character (`cat -v FILE` shows it)"),
    ("implicit", "a key and its `:` stand on one line; put values that contain `: ` in quotes"),
    ("mapping key", "check the indentation, and put values that contain `: ` in quotes"),
    ("unclosed flow", "close the bracket or brace"),
)


class Place(NamedTuple):
    """Line and column (from 1), and the extent of the text there (character offsets; -1 where unknown)."""

    line: int
    column: int
    begin: int = -1
    end: int = -1


class Text:
    """The bytes that one parse covers: a whole file, or one document of a file of which another document is broken."""

    __slots__ = ("_annotated", "_decoded", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._annotated: list[Any] | None = None
        self._decoded: str | None = None

    @property
    def decoded(self) -> str:
        """The text as the parser's offsets count it (without a byte order mark)."""
        if self._decoded is None:
            wide = self.data[:2] in (b"\xff\xfe", b"\xfe\xff")
            self._decoded = self.data.decode("utf-16" if wide else "utf-8", "replace").removeprefix("\ufeff")
        return self._decoded

    @property
    def annotated(self) -> list[Any]:
        """Each document once more, with positions."""
        if self._annotated is None:
            try:
                self._annotated = yaml.loads_all(self.data, option=ANNOTATED)
            except yaml.YAMLRocksError:  # cannot be: it was read before without positions
                self._annotated = []
        return self._annotated

    def place(self, document: int, path: Path, *, key: bool = False, offset: int = 0, within: bool = False) -> Place:
        """Where `path` stands in the document; its nearest ancestor where it does not exist.

        A mapping or list is where its key is. With `key`, the place of the last key itself and not of its value; with `offset`,
        the place of that character of a text value, where the text is written so that it can be told; `within` asks for that of
        the first character too, behind the quote or below the `|`.
        """
        trees = self.annotated
        node: Any = trees[document] if document < len(trees) else None
        place = _of(node) or Place(1, 1)
        for depth, step in enumerate(path):
            if isinstance(node, dict):
                name = next((k for k in node if k == step and isinstance(k, str)), None)
                if name is None:
                    break
                node = node[name]
                at_key = _of(name) or place
                want_key = (key and depth == len(path) - 1) or isinstance(node, dict | list)
                place = at_key if want_key else _of(node) or self._after(at_key)
            elif isinstance(node, list) and isinstance(step, int) and -len(node) <= step < len(node):
                node = node[step]
                place = _of(node) or place
            else:
                break
        return self._within(place, node, offset) if (offset or within) and isinstance(node, str) else place

    def _within(self, place: Place, value: str, offset: int) -> Place:
        """The place of one character of a text: exact where the file holds the text letter by letter (folding aside)."""
        if place.begin < 0 or place.end < 0:
            return place
        head = value[:offset]
        written = self.decoded[place.begin : place.end]
        at = 0  # walks the written text along the value, over indentation and folded line breaks
        for letter in head + value[offset : offset + 1]:
            found = written.find(letter, at) if not letter.isspace() else at
            if found < 0 or written[at:found].strip("\\|>+-'\" \t\r\n0123456789"):
                return place
            at = found + (not letter.isspace())
        start = place.begin + max(at - 1, 0)
        line_start = self.decoded.rfind("\n", 0, start) + 1
        line = place.line + self.decoded.count("\n", place.begin, start)
        column = start - line_start + 1 if line > place.line else place.column + start - place.begin
        return Place(line, column, start)

    def _after(self, key: Place) -> Place:
        """Where the value of a key begins, for values that carry no position (true, false, null)."""
        match = _AFTER_KEY.match(self.decoded, key.end) if key.end >= 0 else None
        if not match:
            return key
        return Place(key.line, key.column + match.end() - key.begin, match.end())

    def raw(self, document: int, path: Path) -> str:
        """A scalar as it is written: `1.10`, not 1.1."""
        place = self.place(document, path)
        if place.begin < 0:
            return ""
        if place.end < 0:
            return re.split(r"[\s,}\]]", self.decoded[place.begin :], maxsplit=1)[0]
        return self.decoded[place.begin : place.end]


def _of(node: Any) -> Place | None:
    line = getattr(node, "__line__", None)
    if line is None:
        return None
    start, end = getattr(node, "__offset__", None), getattr(node, "__end_offset__", None)
    return Place(line, node.__column__, -1 if start is None else start, -1 if end is None else end)


class RawDocument(NamedTuple):
    """One YAML document: plain data, and the text (with its index there) from which positions come."""

    data: Any
    text: Text
    number: int


def read(path: str, data: bytes) -> tuple[list[RawDocument], list[Problem]]:
    """All documents of a file that are not empty, and what is wrong with its YAML.

    A document that does not parse is left out; the others of the file are read.
    """
    documents, problems = _read(path, Text(data))
    chunks = list(_chunks(data)) if any(problem.check == "yaml/syntax" for problem in problems) else []
    if len(chunks) > 1:
        parts = [_read(path, Text(chunk)) for chunk in chunks]
        return [document for found, _ in parts for document in found], [
            problem for _, found in parts for problem in found
        ] or problems
    return documents, problems


def _read(path: str, text: Text) -> tuple[list[RawDocument], list[Problem]]:
    try:
        return _documents(text, READ), []
    except yaml.YAMLRocksDuplicateKeyError:
        duplicates = _duplicates(path, text)
    except yaml.YAMLRocksError as error:
        return [], [_syntax(path, text.data, error)]
    try:
        return _documents(text, yaml.OPT_PASSTHROUGH_TAG), duplicates  # the last value of a key wins
    except yaml.YAMLRocksError as error:
        return [], [*duplicates, _syntax(path, text.data, error)]


def _documents(text: Text, option: int) -> list[RawDocument]:
    return [RawDocument(data, text, n) for n, data in enumerate(yaml.loads_all(text.data, option=option)) if data is not None]


def _duplicates(path: str, text: Text) -> list[Problem]:
    """Every duplicate key of a text that has some.

    The parser stops at the first duplicate, so each one found is marked, which makes it another key, and the text read again.
    """
    problems: list[Problem] = []
    lines = _LINE.findall(text.decoded)
    for _ in range(_MOST_DUPLICATES):
        try:
            yaml.loads_all("".join(lines).encode(errors="replace"), option=READ)
            break
        except yaml.YAMLRocksDuplicateKeyError as error:
            message, position = _parsed(path, str(error))
            line = lines[position.line - 1]
            marks = line.count(_MARK, 0, position.column - 1)
            problems.append(_duplicate(Position(path, position.line, position.column - marks), message))
            at = position.column - 1 + (line[position.column - 1] in "'\"")
            lines[position.line - 1] = line[:at] + _MARK * len(problems) + line[at:]
        except yaml.YAMLRocksError:  # the mark broke something (an alias as a key): what was found is true
            break
    return problems


def _duplicate(position: Position, message: str) -> Problem:
    key = message.removeprefix("duplicate mapping key").strip(" :").replace(_MARK, "")
    return Problem(position, "yaml/duplicate-key", f"`{key}` is written twice in the same mapping", "keep one of the two")


def _chunks(data: bytes) -> Iterator[bytes]:
    """Splits at `---`, each part led by as many empty lines as stand before it, so that line numbers hold."""
    starts = [0, *(m.start() for m in _DOCUMENT.finditer(data) if m.start())]
    lines = 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        yield b"\n" * lines + data[start:end]
        lines += _line_breaks(data[start:end])


def _line_breaks(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _syntax(path: str, data: bytes, error: Exception) -> Problem:
    message, position = _parsed(path, str(error))
    if message.startswith("invalid UTF-8"):
        position = _undecodable(path, data) or position
        return Problem(position, "yaml/syntax", "the file is not UTF-8 here", "save the file as UTF-8")
    hint = next((hint for word, hint in _HINTS if word in message), "")
    line = data.splitlines()[position.line - 1] if position.line <= len(data.splitlines()) else b""
    if b"{{" in line and not hint:
        hint = "put a value that begins with `{{` in quotes"
    return Problem(position, "yaml/syntax", f"not YAML: {message}", hint)


def _parsed(path: str, message: str) -> tuple[str, Position]:
    match = _PLACE.match(message)
    if not match:
        return message, Position(path)
    return match["message"], Position(path, int(match["line"]), int(match["column"]))


def _undecodable(path: str, data: bytes) -> Position | None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = re.split(rb"\r\n|\r|\n", before)[-1]
        return Position(path, _line_breaks(before) + 1, len(line.decode(errors="replace")) + 1)
    return None
