"""A PromQL query as a tree of plain nodes, and where in the text each of them stands.

promql-parser gives the tree without positions. They come from a scan of the query's tokens along the tree, which only a query
with a finding pays for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import promql_parser as pp

COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
ARITHMETIC = frozenset(("+", "-", "*", "/", "%", "^", "atan2"))
SETS = frozenset(("and", "or", "unless"))
_MOST = 4096  # queries that are kept parsed

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
      | (?P<word>[a-zA-Z_:][\w:.]*)
      | (?P<number>0[xX][0-9a-fA-F]+|(?:\d[\d_]*(?:ms|[smhdwy]))+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<mark>==|!=|>=|<=|=~|!~|[-+*/%^<>=(){}\[\],:@])
      | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CARDINALITY = {"ManyToOne": "group_left", "OneToMany": "group_right"}
_CLOSES = {"(": ")", "[": "]", "{": "}"}


class Match(NamedTuple):
    """One label matcher: `op` is =, !=, =~ or !~."""

    name: str
    op: str
    value: str


_OPS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@dataclass(slots=True, eq=False)
class Node:
    """A part of a query. Parentheses are no nodes.

    `kind` is one of binary, aggregate, call, selector, subquery, number, text, minus. `name` is its operator, aggregation,
    function or metric. `span` are the offsets of that name in the query, known after `Query.locate`.
    """

    kind: str
    name: str = ""
    children: list[Node] = field(default_factory=list)
    grouping: str = ""
    """by, without, on, ignoring, or none of them."""
    labels: tuple[str, ...] = ()
    group: str = ""
    """group_left, group_right, or neither."""
    include: tuple[str, ...] = ()
    bool: bool = False
    matchers: tuple[Match, ...] = ()
    range: float = 0.0
    """Seconds; 0 without one."""
    step: float = 0.0
    offset: float = 0.0
    value: float = 0.0
    span: tuple[int, int] = (0, 0)
    extent: tuple[int, int] = (0, 0)
    series: Any = None
    """What `series_of` has found out about it."""

    def walk(self) -> Iterator[Node]:
        """The node and all below it, each before what it contains."""
        yield self
        for child in self.children:
            yield from child.walk()


class Query:
    """`root` is None where the text is not PromQL."""

    __slots__ = ("_located", "_nodes", "root", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._located = False
        self._nodes: list[Node] | None = None
        try:
            self.root: Node | None = _node(pp.parse(text))
        except (ValueError, RecursionError):
            self.root = None

    @property
    def nodes(self) -> list[Node]:
        """All nodes, each before what it contains."""
        if self._nodes is None:
            self._nodes = list(self.root.walk()) if self.root else []
        return self._nodes

    @property
    def selectors(self) -> list[Node]:
        """All vector selectors."""
        return [node for node in self.nodes if node.kind == "selector"]

    def locate(self) -> None:
        """Fill in `span` and `extent` of every node."""
        if not self._located and self.root:
            _Scan(self.text).node(self.root)
        self._located = True

    def span(self, node: Node) -> tuple[int, int]:
        """Offsets of the token that names a node."""
        self.locate()
        return node.span

    def label_span(self, node: Node, label: str) -> tuple[int, int]:
        """Offsets of a label in a node's grouping or matchers; of the node where it is not found."""
        self.locate()
        begin, end = node.extent
        if node.kind == "binary":  # between the two sides: the labels of its `on(…)`
            begin, end = node.span[1], node.children[1].extent[0]
        found = re.compile(rf"(?<![\w:]){re.escape(label)}(?![\w:])").search(self.text, begin, end)
        return (found.start(), found.end()) if found else node.span

    def text_of(self, node: Node) -> str:
        """The node as it is written, on one line and cut where it is long."""
        self.locate()
        text = " ".join(self.text[node.extent[0] : node.extent[1]].split())
        return text if len(text) <= 60 else f"{text[:57]}…"


@lru_cache(maxsize=_MOST)
def query(text: str) -> Query:
    """Parse, once for all checks."""
    return Query(text)


def _node(ast: Any) -> Node:
    match ast:
        case pp.BinaryExpr():
            return _binary(ast)
        case pp.ParenExpr():
            return _node(ast.expr)
        case pp.VectorSelector():
            return _selector(ast)
        case pp.AggregateExpr():
            children = [_node(e) for e in (ast.param, ast.expr) if e is not None]
            node = Node("aggregate", str(ast.op).lower(), children)
            if ast.modifier is not None:
                node.grouping = "by" if str(ast.modifier.type).endswith("By") else "without"
                node.labels = tuple(ast.modifier.labels)
            return node
        case pp.Call():
            return Node("call", ast.func.name, [_node(argument) for argument in ast.args])
        case pp.MatrixSelector():
            node = _selector(ast.vector_selector)
            node.range = _seconds(ast.range)
            return node
        case pp.SubqueryExpr():
            return Node(
                "subquery",
                "",
                [_node(ast.expr)],
                range=_seconds(ast.range),
                step=_seconds(ast.step),
                offset=_seconds(ast.offset),
            )
        case pp.UnaryExpr():
            return Node("minus", "-", [_node(ast.expr)])
        case pp.NumberLiteral():
            return Node("number", value=float(ast.val))
        case pp.StringLiteral():
            return Node("text", str(ast.val))
    raise ValueError(f"unknown part of a query: {type(ast).__name__}")


def _binary(ast: Any) -> Node:
    node = Node("binary", str(ast.op).lower(), [_node(ast.lhs), _node(ast.rhs)])
    if ast.modifier is not None:
        node.bool = bool(ast.modifier.return_bool)
        node.group = _CARDINALITY.get(str(ast.modifier.card).rpartition(".")[2], "")
        node.include = tuple(ast.modifier.group_labels or ())
        if ast.modifier.matching is not None:
            node.grouping = "on" if str(ast.modifier.matching.type).endswith("Include") else "ignoring"
            node.labels = tuple(ast.modifier.matching.labels)
    return node


def _selector(ast: Any) -> Node:
    alternatives = (ast.matchers.matchers, *ast.matchers.or_matchers)
    matchers = [Match(m.name, _OPS[str(m.op).rpartition(".")[2]], m.value) for group in alternatives for m in group]
    name = ast.name or next((m.value for m in matchers if m.name == "__name__" and m.op == "="), "")
    kept = tuple(m for m in matchers if not (m.name == "__name__" and m.op == "=" and m.value == name))
    return Node("selector", name, matchers=kept, offset=_seconds(ast.offset))


def _seconds(duration: Any) -> float:
    return duration.total_seconds() if duration is not None else 0.0


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Scan:
    """Walks the tokens along the tree: parser and text agree on the order of everything that has a name."""

    def __init__(self, text: str) -> None:
        found = _TOKEN.finditer(text)
        self.tokens = [_Token(str(m.lastgroup), m[0], m.start(), m.end()) for m in found if m.lastgroup != "skip"]
        self.at = 0
        self.end = len(text)

    def node(self, node: Node) -> None:
        getattr(self, node.kind)(node)

    def binary(self, node: Node) -> None:
        left, right = node.children
        self.node(left)
        node.span = self.find("", node.name, skip_brackets=True)
        while self.peek().lower() in ("bool", "on", "ignoring", "group_left", "group_right"):
            takes_labels = self.peek().lower() != "bool"
            self.at += 1
            if takes_labels:
                self.skip_group()
        self.node(right)
        node.extent = left.extent[0], right.extent[1]

    def aggregate(self, node: Node) -> None:
        node.span = self.find("word", node.name)
        if self.peek().lower() in ("by", "without"):
            self.at += 1
            self.skip_group()
        end = self.arguments(node)
        if self.peek().lower() in ("by", "without"):
            self.at += 1
            end = self.skip_group() or end
        node.extent = node.span[0], end

    def call(self, node: Node) -> None:
        node.span = self.find("word", node.name)
        node.extent = node.span[0], self.arguments(node)

    def arguments(self, node: Node) -> int:
        """The arguments between parentheses; where those end."""
        close = self.closing(self.at)
        self.at += 1
        for child in node.children:
            self.node(child)
        self.at = max(self.at, close + 1)
        return self.tokens[close].end if close < len(self.tokens) else self.end

    def selector(self, node: Node) -> None:
        named = {node.name, f'"{node.name}"', f"'{node.name}'"} if node.name else set()
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.text == "{" or (token.kind == "word" and token.text in named):
                break
            self.at += 1
        start = self.tokens[self.at] if self.at < len(self.tokens) else None
        if start is None:
            return
        end = start.end
        if start.text != "{":
            self.at += 1
        node.span = start.start, end
        for opening in "{[":
            if self.peek() == opening:
                close = self.closing(self.at)
                end = self.tokens[close].end if close < len(self.tokens) else self.end
                self.at = close + 1
                if opening == "{" and start.text == "{":
                    node.span = start.start, end
        node.extent = start.start, end

    def subquery(self, node: Node) -> None:
        self.node(node.children[0])
        opening = self.find("mark", "[")
        self.at = self.closing(self.at - 1) + 1
        node.span = opening[0], self.tokens[min(self.at, len(self.tokens)) - 1].end
        node.extent = node.children[0].extent[0], node.span[1]

    def minus(self, node: Node) -> None:
        node.span = self.find("mark", "-")
        self.node(node.children[0])
        node.extent = node.span[0], node.children[0].extent[1]

    def number(self, node: Node) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "number" or token.text.lower() in ("inf", "nan"):
                before = self.tokens[self.at - 2] if self.at > 1 and node.value < 0 else token
                node.span = node.extent = (before.start if before.text == "-" else token.start), token.end
                return

    def text(self, node: Node) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "text":
                node.span = node.extent = token.start, token.end
                return

    def find(self, kind: str, text: str, *, skip_brackets: bool = False) -> tuple[int, int]:
        """Moves past the next token with this text."""
        at = self.at
        while at < len(self.tokens):
            token = self.tokens[at]
            if skip_brackets and token.text in ("[", "{"):
                at = self.closing(at) + 1
                continue
            if skip_brackets and token.text.lower() in ("offset", "@"):
                at += 2 + (at + 1 < len(self.tokens) and self.tokens[at + 1].text in "+-")
                continue
            if token.text.lower() == text and kind in ("", token.kind):
                self.at = at + 1
                return token.start, token.end
            at += 1
        return (self.tokens[self.at].start, self.tokens[self.at].end) if self.at < len(self.tokens) else (0, self.end)

    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def skip_group(self) -> int:
        """Past a `(…)`, if one stands here; where it ends."""
        if self.peek() != "(":
            return 0
        close = self.closing(self.at)
        self.at = close + 1
        return self.tokens[close].end if close < len(self.tokens) else self.end

    def closing(self, at: int) -> int:
        """Index of the token that closes the bracket at `at`."""
        depth = 0
        for index in range(at, len(self.tokens)):
            text = self.tokens[index].text
            if self.tokens[index].kind != "mark":
                continue
            if text in _CLOSES:
                depth += 1
            elif text in ")]}":
                depth -= 1
                if depth <= 0:
                    return index
        return len(self.tokens)
